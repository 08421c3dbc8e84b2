/** Keys for level-based work (W1 to W7): once, in their order, at their time. */
import { bound, seededRng, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { workBench } from '../../test/scripted-work.ts';

test('W1: a key added many times runs once, at the earliest time', async () => {
  const { clock, queue, keys } = workBench();
  queue.add('a', { atMs: 5_000 });
  queue.add('a', { atMs: 3_000 });
  queue.add('a', { atMs: 9_000 });
  expect(queue.due('a')).toBe(3_000);
  await clock.advance(2_999);
  expect(keys()).toEqual([]);
  await clock.advance(1);
  expect(keys()).toEqual(['a']);
});

test('W2: a key added while it runs runs once more afterwards, never beside itself', async () => {
  const { clock, queue, runs, keys, last } = workBench(4);
  queue.add('a');
  await clock.settle();
  queue.add('a');
  queue.add('a');
  await clock.settle();
  expect([keys(), queue.running(), queue.size()]).toEqual([['a'], 1, 1]);
  runs[0]?.end();
  await clock.settle();
  expect(keys()).toEqual(['a', 'a']);
  last().end();
  await clock.settle();
  expect([keys().length, queue.running(), queue.size()]).toEqual([2, 0, 0]);
});

test('W3: urgent keys go before all others that are due, otherwise first come, first served', async () => {
  const { clock, queue, keys, last } = workBench();
  queue.add('first');
  await clock.settle();
  for (const key of ['a', 'b', 'c']) queue.add(key);
  queue.add('new', { urgent: true });
  queue.add('c', { urgent: true });
  for (let i = 0; i < 5; i++) {
    last().end();
    await clock.settle();
  }
  expect(keys()).toEqual(['first', 'new', 'c', 'a', 'b']);
});

test('W4: a failed key waits by backoff, longer each time, and as long as it was asked to', async () => {
  const { clock, queue, keys, last } = workBench();
  queue.add('a');
  await clock.settle();
  last().fail(new Error('boom'));
  await clock.settle();
  const first = queue.due('a') ?? 0;
  expect(first).toBeGreaterThanOrEqual(500);
  await clock.advance(first);
  last().fail(unavailable('away', { code: 'Away', retryAfterMs: 30_000 }));
  await clock.settle();
  expect((queue.due('a') ?? 0) - clock.now()).toBe(30_000);
  expect(keys()).toEqual(['a', 'a']);
});

test('W4: a plain add does not shorten the backoff, an urgent one does', async () => {
  const { clock, queue, keys, last } = workBench();
  queue.add('a');
  await clock.settle();
  queue.add('a');
  last().fail(new Error('boom'));
  await clock.settle();
  queue.add('a');
  expect(queue.due('a')).toBeGreaterThan(clock.now());
  expect(keys()).toEqual(['a']);
  queue.add('a', { urgent: true });
  await clock.settle();
  expect(keys()).toEqual(['a', 'a']);
});

test('W4: after a success the backoff starts from the beginning', async () => {
  const { clock, queue, last } = workBench();
  queue.add('a');
  await clock.settle();
  for (let i = 0; i < 4; i++) {
    last().fail(new Error('boom'));
    await clock.advance(20_000);
  }
  last().end({ againAtMs: clock.now() });
  await clock.settle();
  last().fail(new Error('boom'));
  await clock.settle();
  expect((queue.due('a') ?? 0) - clock.now()).toBeLessThanOrEqual(1_000);
});

test('W5: beyond the capacity new keys are dropped, known ones are not', async () => {
  const { clock, queue, keys, last } = workBench(1, { capacity: bound('capacity', 2) });
  queue.add('a');
  queue.add('b');
  queue.add('c');
  queue.add('b', { urgent: true });
  expect([queue.size(), queue.dropped()]).toEqual([2, 1]);
  await clock.settle();
  last().end();
  await clock.settle();
  expect(keys()).toEqual(['a', 'b']);
});

test('the work says when to run again, unless it is asked to sooner', async () => {
  const { clock, queue, keys, last } = workBench();
  queue.add('a');
  await clock.settle();
  queue.add('a', { atMs: 2_000 });
  last().end({ againAtMs: 10_000 });
  await clock.settle();
  expect(queue.due('a')).toBe(2_000);
  await clock.advance(2_000);
  last().end({ againAtMs: 60 * 24 * 3_600_000 });
  await clock.advance(30 * 24 * 3_600_000);
  expect(keys()).toHaveLength(2);
  await clock.advance(30 * 24 * 3_600_000);
  expect(keys()).toHaveLength(3);
});

test('as many keys run at once as the bound says', async () => {
  const { clock, queue, keys, runs } = workBench(2);
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await clock.settle();
  expect([keys(), queue.running(), queue.size()]).toEqual([['a', 'b'], 2, 3]);
  runs[1]?.end();
  await clock.settle();
  expect(keys()).toEqual(['a', 'b', 'c']);
});

test('adding never runs work on the caller’s stack', () => {
  const { queue, keys } = workBench();
  queue.add('a');
  expect(keys()).toEqual([]);
});

test('closing waits for work under way, aborts it after its time, starts nothing and leaves no timer', async () => {
  const { clock, queue, keys, last } = workBench(1, { drainMs: bound('drain', 1_000) });
  queue.add('a');
  queue.add('later', { atMs: 50_000 });
  queue.add('b');
  await clock.settle();
  const closed = queue.close();
  queue.add('c');
  await clock.advance(999);
  expect(last().signal.aborted).toBe(false);
  await clock.advance(1);
  expect(last().signal.aborted).toBe(true);
  last().fail(new Error('aborted'));
  await closed;
  await clock.settle();
  expect([keys(), queue.size(), queue.running(), clock.sleepers()]).toEqual([['a'], 0, 0, 0]);
});

test('a thousand keys with random times run in the order of their times', async () => {
  const rng = seededRng(7);
  const seen: number[] = [];
  const times = new Map<string, number>(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, rng.int(100_000)]));
  const { clock, queue } = workBench(1, {
    capacity: bound('capacity', 2_000),
    work: async (key) => {
      seen.push(times.get(key) ?? -1);
      return {};
    },
  });
  for (const [key, atMs] of times) queue.add(key, { atMs });
  await clock.advance(100_000);
  expect(seen).toHaveLength(1_000);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('W6: low keys go after all others, and only so many at once', async () => {
  const { clock, queue, runs, keys } = workBench(3, { lowParallelism: bound('low', 1) });
  queue.add('l1', { low: true });
  queue.add('l2', { low: true });
  await clock.settle();
  expect(keys()).toEqual(['l1']);
  queue.add('new', { urgent: true });
  queue.add('plain');
  await clock.settle();
  expect(keys()).toEqual(['l1', 'new', 'plain']);
  runs[1]?.end();
  runs[2]?.end();
  await clock.settle();
  expect(keys()).toHaveLength(3);
  runs[0]?.end({ againAtMs: clock.now() });
  await clock.settle();
  expect(keys().at(-1)).toBe('l2');
});

test('W6: a low key that is asked for otherwise too is low no more', async () => {
  const { clock, queue, keys } = workBench(2, { lowParallelism: bound('low', 0) });
  queue.add('a', { low: true });
  await clock.settle();
  expect(keys()).toEqual([]);
  queue.add('a');
  await clock.settle();
  expect(keys()).toEqual(['a']);
});

test('W7: what another process had begun goes first, in places of its own', async () => {
  const { clock, queue, runs, keys } = workBench(1);
  queue.add('own', { urgent: true });
  await clock.settle();
  queue.add('next', { urgent: true });
  queue.add('left', { takeover: true });
  queue.add('left too', { takeover: true });
  await clock.settle();
  expect(keys()).toEqual(['own', 'left']);
  runs[0]?.end();
  await clock.settle();
  expect(keys()).toEqual(['own', 'left', 'left too']);
  runs[2]?.end();
  await clock.settle();
  expect(keys().at(-1)).toBe('next');
});
