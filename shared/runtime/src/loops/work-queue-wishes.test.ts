/** What is asked for while a key waits, runs or pauses (W1 to W4, W6, W7), and what is said of failures. */
import { bound, bug, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { workBench } from '../../test/scripted-work.ts';

const storeAway = () => unavailable('the store is away', { code: 'StoreUnavailable', away: true });
const busy = (more = {}) => unavailable('busy', { code: 'Busy', ...more });
const always = { rng: { next: () => 1 } as never };

function listening() {
  const said: string[] = [];
  const note = (level: string) => (message: string) => void said.push(`${level} ${message}`);
  const log = { ...silentLog, debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  return { said, log };
}

test('W1: of what the work asks for and what others ask for meanwhile, the earlier time wins', async () => {
  for (const [own, others, expected] of [
    [5_000, 3_000, 3_000],
    [3_000, 5_000, 3_000],
    [undefined, 5_000, 5_000],
  ] as const) {
    const { clock, queue, last } = workBench();
    queue.add('a');
    await clock.settle();
    queue.add('a', { atMs: others });
    expect(queue.due('a')).toBe(others);
    last().end(own === undefined ? {} : { againAtMs: own });
    await clock.settle();
    expect([queue.due('a'), queue.running()]).toEqual([expected, 0]);
  }
});

test('W3: what is urgent stays so through a run, and a plain word does not take it back', async () => {
  const { clock, queue, keys, last } = workBench();
  queue.add('a');
  await clock.settle();
  queue.add('b');
  queue.add('a', { urgent: true });
  queue.add('a');
  last().end();
  await clock.settle();
  expect(keys()).toEqual(['a', 'a']);
});

test('W4: a word that came during a run that failed waits with it, an urgent one does not', async () => {
  const plain = workBench(1, always);
  plain.queue.add('a');
  await plain.clock.settle();
  plain.queue.add('a');
  plain.last().fail(busy());
  await plain.clock.settle();
  expect([plain.keys().length, plain.queue.due('a')]).toEqual([1, 1_000]);
  const urgent = workBench(1, always);
  urgent.queue.add('a');
  await urgent.clock.settle();
  urgent.queue.add('a', { urgent: true });
  urgent.last().fail(busy());
  await urgent.clock.settle();
  expect(urgent.keys()).toEqual(['a', 'a']);
});

test('W4: a plain word for later than the pause is for then, unless the pause ends before', async () => {
  const { clock, queue, keys, last } = workBench(1, always);
  queue.add('a');
  await clock.settle();
  last().fail(busy());
  await clock.settle();
  queue.add('a', { atMs: 60_000 });
  expect(queue.due('a')).toBe(1_000);
  await clock.advance(1_000);
  expect(keys()).toEqual(['a', 'a']);
});

test('W4: while the store is away no pause is longer than five seconds; whoever is told to wait longer does', async () => {
  const { clock, queue, keys, last } = workBench(1, { ...always, backoff: { baseMs: 1_000, capMs: 60_000 } });
  queue.add('a');
  for (let time = 0; time < 6; time++) {
    await clock.settle();
    last().fail(storeAway());
    await clock.settle();
    await clock.advance((queue.due('a') ?? 0) - clock.now());
  }
  expect([keys().length, clock.now()]).toEqual([7, 1_000 + 2_000 + 4_000 + 5_000 + 5_000 + 5_000]);
  last().fail(busy({ retryAfterMs: 3_600_000 }));
  await clock.settle();
  expect(queue.due('a')).toBe(clock.now() + 3_600_000);
});

test('W4: of the store the pause is no longer than others are either', async () => {
  const { clock, queue, last } = workBench(1, { ...always, backoff: { baseMs: 1_000, capMs: 1_500 } });
  queue.add('a');
  for (const expected of [1_000, 1_500]) {
    await clock.settle();
    last().fail(storeAway());
    await clock.settle();
    expect((queue.due('a') ?? 0) - clock.now()).toBe(expected);
    await clock.advance(expected);
  }
});

test('a failure is told once as long as it lasts, a fault of ours each time, and one of the store by others', async () => {
  for (const [fault, lines] of [
    [busy(), ['warn work failed, tried again later', 'debug work failed again']],
    [storeAway(), ['debug work failed again', 'debug work failed again']],
    [bug('oops'), ['error work failed', 'error work failed']],
    [new TypeError('oops'), ['error work failed', 'error work failed']],
  ] as const) {
    const { said, log } = listening();
    const { clock, queue, last } = workBench(1, { log });
    queue.add('a');
    for (let time = 0; time < 2; time++) {
      await clock.settle();
      last().fail(fault);
      await clock.settle();
      await clock.advance(10_000);
    }
    expect(said).toEqual(lines);
  }
});

test('W5: that it is full is told once, and how many were dropped is counted', async () => {
  const { said, log } = listening();
  const { clock, queue } = workBench(1, { log, capacity: bound('capacity', 2) });
  for (const key of ['a', 'b', 'c', 'd', 'b']) queue.add(key);
  await clock.settle();
  expect([queue.size(), queue.dropped(), said.length]).toEqual([2, 2, 1]);
});

test('W6, W7: a low key that goes on or fails is low again, a takeover a takeover', async () => {
  for (const end of ['again', 'fail'] as const) {
    const { clock, queue, keys, runs } = workBench(1, { ...always, lowParallelism: bound('low', 1) });
    queue.add('low', { low: true });
    await clock.settle();
    queue.add('plain');
    queue.add('takeover', { takeover: true });
    await clock.settle();
    expect(keys()).toEqual(['low', 'takeover']);
    for (const run of [...runs]) end === 'again' ? run.end({ againAtMs: clock.now() + 1_000 }) : run.fail(busy());
    await clock.settle();
    expect(keys().slice(2)).toEqual(['plain']);
    queue.add('other', { atMs: 1_000 });
    await clock.advance(1_000);
    expect(keys().slice(3)).toEqual(['takeover']);
    runs[2]?.end();
    await clock.settle();
    // The other goes before the low one, though it was asked for later.
    expect(keys().slice(4)).toEqual(['other']);
  }
});

test('W6: a low key gives its place back, whichever way it ends', async () => {
  const { clock, queue, keys, last } = workBench(3, { lowParallelism: bound('low', 1) });
  for (const key of ['a', 'b', 'c']) queue.add(key, { low: true });
  for (const end of ['end', 'fail', 'end'] as const) {
    await clock.settle();
    if (end === 'end') last().end();
    else last().fail(busy());
  }
  await clock.settle();
  expect(keys()).toEqual(['a', 'b', 'c']);
});

test('W6: without a bound of their own low keys take all places', async () => {
  const { clock, queue, keys } = workBench(2);
  for (const key of ['a', 'b', 'c']) queue.add(key, { low: true });
  await clock.settle();
  expect(keys()).toEqual(['a', 'b']);
});

test('W7: as many takeovers as others run beside them; a takeover in another’s place keeps the others out', async () => {
  const { clock, queue, keys, runs } = workBench(1);
  queue.add('takeover 1', { takeover: true });
  queue.add('takeover 2', { takeover: true });
  queue.add('plain');
  await clock.settle();
  expect([keys(), queue.running()]).toEqual([['takeover 1', 'takeover 2'], 2]);
  runs[0]?.end();
  await clock.settle();
  // The first one’s place was the takeovers’: it is free for takeovers alone.
  expect(keys()).toEqual(['takeover 1', 'takeover 2']);
  queue.add('takeover 3', { takeover: true });
  await clock.settle();
  expect(keys().at(-1)).toBe('takeover 3');
  runs[1]?.end();
  await clock.settle();
  expect(keys().at(-1)).toBe('plain');
});

test('a key that was worked on and asks for nothing is forgotten', async () => {
  const { clock, queue, last } = workBench(1, { capacity: bound('capacity', 1) });
  queue.add('a');
  await clock.settle();
  last().end();
  await clock.settle();
  expect([queue.size(), queue.due('a')]).toEqual([0, undefined]);
  queue.add('b');
  expect([queue.size(), queue.dropped()]).toEqual([1, 0]);
});

test('closing forgets what waits, and what a run asks for in its end', async () => {
  const { clock, queue, runs, last } = workBench(1);
  queue.add('a');
  queue.add('b');
  queue.add('later', { atMs: 99_999 });
  await clock.settle();
  const closed = queue.close();
  expect(queue.size()).toBe(1);
  last().end({ againAtMs: 0 });
  await closed;
  queue.add('c');
  await clock.advance(200_000);
  expect([runs.length, queue.size(), clock.sleepers(), runs[0]?.signal.aborted]).toEqual([1, 0, 0, false]);
});

test('closing with nothing under way ends at once', async () => {
  const { clock, queue } = workBench();
  queue.add('later', { atMs: 99_999 });
  await queue.close();
  expect([queue.size(), clock.sleepers()]).toEqual([0, 0]);
});
