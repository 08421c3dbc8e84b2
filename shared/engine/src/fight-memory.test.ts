/** What is remembered of repairs, and what follows from it: D1 and D2 at their bounds. */
import { expect, test } from 'vitest';
import { dampedUntilMs, isDamped, isFought, isToldFight, lasting, remember } from './fight.ts';
import type { Change } from './provider.ts';
import { freshRecord, type LeftChange, type Repair } from './record.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const repair = (times: number, path = '/a', lastAtMs = 0): Repair => ({ path, times, lastAtMs });
const memory = (...repairs: readonly Repair[]) => ({ repairs });
const change = (path: string): Change => ({ path, from: 1, to: 2, weight: 'settings' });

test.each([
  [4, 10],
  [5, 20],
  [6, 40],
  [9, 320],
  [10, 360],
  [400, 360],
])('D2: after %i repairs the next waits %i minutes', (times, minutes) => {
  const until = minutes * MINUTE_MS;
  expect(dampedUntilMs(memory(repair(times)), '/a')).toBe(until);
  expect(isDamped(memory(repair(times)), '/a', until)).toBe(false);
  expect(isDamped(memory(repair(times)), '/a', until - 1)).toBe(true);
});

test('D2: the first three repairs need no pause', () => {
  expect([1, 2, 3].map((times) => isDamped(memory(repair(times)), '/a', 0))).toEqual([false, false, false]);
});

test('a pause is of its own path alone, and counts from the repair', () => {
  const both = memory(repair(9, '/a', 5), repair(4, '/b', 7));
  expect([dampedUntilMs(both, '/a'), dampedUntilMs(both, '/b'), dampedUntilMs(both, '/c')]).toEqual([
    320 * MINUTE_MS + 5,
    10 * MINUTE_MS + 7,
    0,
  ]);
  expect(dampedUntilMs({}, '/a')).toBe(0);
});

test('D2: a fight lasts for a quarter of an hour after a repair that needed a pause', () => {
  const fought = (times: number, nowMs: number) => isFought(memory(repair(times, '/a', 1_000)), '/a', nowMs);
  expect([fought(3, 1_000), fought(4, 1_000), fought(5, 1_000)]).toEqual([false, true, true]);
  expect([fought(4, 1_000 + 15 * MINUTE_MS), fought(4, 1_001 + 15 * MINUTE_MS)]).toEqual([true, false]);
  expect(isFought(memory(repair(9, '/b')), '/a', 0)).toBe(false);
});

test('a fight counts as told from the repair after the one that began it', () => {
  expect([3, 4, 5].map((times) => isToldFight(memory(repair(times)), '/a'))).toEqual([false, false, true]);
  expect([isToldFight({}, '/a'), isToldFight(memory(repair(9)), '/b')]).toEqual([false, false]);
});

test('D1: repairs of a path within an hour of one another are counted, each path for itself', () => {
  const known = memory(repair(2, '/a'), repair(3, '/b'));
  expect(remember(known, [change('/a'), change('/c'), change('/a')], HOUR_MS)).toEqual([
    repair(3, '/b'),
    repair(3, '/a', HOUR_MS),
    repair(1, '/c', HOUR_MS),
  ]);
  expect(remember(known, [change('/a')], HOUR_MS + 1)).toEqual([repair(1, '/a', HOUR_MS + 1)]);
  expect(remember({}, [], 0)).toBeUndefined();
});

test('D2: what is fought over is remembered over its own pause and a lull after it', () => {
  const known = memory(repair(10));
  const endMs = (360 + 15) * MINUTE_MS;
  expect(remember(known, [], endMs)).toEqual([repair(10)]);
  expect(remember(known, [], endMs + 1)).toBeUndefined();
});

test('what is known to be a fight counts as one at once, and is not counted down', () => {
  expect(remember({}, [change('/a')], 0, 4)).toEqual([repair(4)]);
  expect(remember(memory(repair(6)), [change('/a')], 0, 4)).toEqual([repair(7)]);
});

test('of many paths the latest are remembered', () => {
  const many = Array.from({ length: 20 }, (_, at) => change(`/p${at}`));
  const kept = remember(memory(repair(3, '/old')), many, 0)?.map(({ path }) => path);
  expect([kept?.length, kept?.[0], kept?.at(-1)]).toEqual([16, '/p4', '/p19']);
});

test('of what was left before, only what is still fought over lasts', () => {
  const left = (path: string, why: LeftChange['why']): LeftChange => ({ ...change(path), why });
  const record = {
    ...freshRecord({ id: 'a', kind: 'a', part: 'main', name: 'a' }),
    left: [left('/a', 'fight'), left('/b', 'consent'), left('/c', 'fight')],
  };
  expect(lasting(record, memory(repair(9, '/a'), repair(9, '/b')), 0)).toEqual([left('/a', 'fight')]);
  expect(lasting({ ...record, left: undefined } as never, memory(repair(9)), 0)).toEqual([]);
});
