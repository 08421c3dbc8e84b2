/** What becomes of a key that is asked for more than once before its turn: its place, its class, its time (W1, W3, W6, W7). */
import { bound, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { scriptedLog } from '../../test/scripted-log.ts';
import { workBench } from '../../test/scripted-work.ts';

type Bench = ReturnType<typeof workBench>;

/** One key runs, so that all others wait; then they run one after the other. */
async function occupied(options = {}): Promise<Bench> {
  const bench = workBench(1, options);
  bench.queue.add('first');
  await bench.clock.settle();
  return bench;
}

async function runAll({ clock, queue, last, keys }: Bench): Promise<readonly string[]> {
  while (queue.running() > 0) {
    last().end();
    await clock.settle();
  }
  return keys().slice(1);
}

test('W3: a key that is asked for again keeps its place among those that wait', async () => {
  const bench = await occupied();
  for (const key of ['a', 'b', 'a']) bench.queue.add(key);
  expect(await runAll(bench)).toEqual(['a', 'b']);
});

test('W3: a key that is asked for sooner is not more urgent than others by that', async () => {
  const bench = await occupied();
  bench.queue.add('b', { atMs: 5_000 });
  bench.queue.add('a');
  bench.queue.add('b');
  expect(await runAll(bench)).toEqual(['a', 'b']);
});

test('W6: a low key that is asked for sooner, as a low one, is low all the same', async () => {
  const bench = await occupied();
  bench.queue.add('low', { low: true, atMs: 5_000 });
  bench.queue.add('low', { low: true });
  bench.queue.add('a');
  expect(await runAll(bench)).toEqual(['a', 'low']);
});

test('W6: a low key that is asked for at the same time as an ordinary one is low no more', async () => {
  const bench = await occupied();
  bench.queue.add('b', { low: true });
  bench.queue.add('b');
  bench.queue.add('a', { low: true });
  bench.queue.add('c');
  expect(await runAll(bench)).toEqual(['b', 'c', 'a']);
});

test.each([
  ['before', [{ takeover: true }, {}]],
  ['afterwards', [{}, { takeover: true }]],
  ['and sooner', [{ takeover: true, atMs: 5_000 }, {}]],
] as const)(
  'W7: a key that another process had begun is a takeover, whoever else asks for it %s',
  async (_, wishes) => {
    const bench = workBench(1);
    bench.queue.add('first', { takeover: true });
    bench.queue.add('second');
    await bench.clock.settle();
    bench.queue.add('a');
    for (const wish of wishes) bench.queue.add('b', wish);
    bench.runs[1]?.end();
    await bench.clock.settle();
    // The place that came free is one for others: a takeover has it before them.
    expect(bench.keys()).toEqual(['first', 'second', 'b']);
  },
);

test('when a key is wanted next is not known of one that runs and is not asked for, nor of one that is not there', async () => {
  const { queue } = await occupied();
  expect([queue.due('first'), queue.due('none')]).toEqual([undefined, undefined]);
});

test('closing waits for all that run, not for the first that ends', async () => {
  const { clock, queue, runs } = workBench(2);
  queue.add('a');
  queue.add('b');
  await clock.settle();
  let closed = false;
  void queue.close().then(() => {
    closed = true;
  });
  runs[0]?.end();
  await clock.settle();
  expect(closed).toBe(false);
  runs[1]?.end();
  await clock.settle();
  expect(closed).toBe(true);
});

test('what is said of a full queue and of a failure names the queue, its bound, the key and the wait', async () => {
  const { log, lines } = scriptedLog();
  const rng = { next: () => 1 } as never;
  const { clock, queue, last } = workBench(1, { name: 'work', capacity: bound('keys', 1), log, rng });
  queue.add('a');
  queue.add('b');
  expect(lines).toEqual(['warn work queue is full: further keys wait for their hints {"queue":"work","bound":"keys"}']);
  queue.add('c');
  expect([lines.length, queue.dropped()]).toEqual([1, 2]);
  await clock.settle();
  last().fail(unavailable('busy', { code: 'Busy' }));
  await clock.settle();
  expect(lines.slice(1)).toEqual([
    'warn work failed, tried again later {"queue":"work","key":"a","failures":1,"wait_ms":1000,"err":"Busy"}',
  ]);
});
