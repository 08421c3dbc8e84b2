/** The sweep as a whole over shelves: when it lists, what it lists again, who leads, and what it does when a backend is away. */
import { bound, seededRng } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL } from '../../test/shelf.ts';
import { openSwept, SWEPT, type Swept } from '../../test/swept-shelves.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { type Sweep, startSweep } from './sweep.ts';

let swept: Swept;
let sweeps: Sweep[];
beforeEach(async () => {
  swept = await openSwept();
  sweeps = [];
});
afterEach(async () => {
  for (const sweep of sweeps) await sweep.close();
  await swept.close();
});

const RARELY = {
  ...SWEEP_BOUNDS,
  listingEveryMs: bound('rarely', 100_000_000),
  roundEveryMs: bound('seldom', 90_000_000),
};
const start = (over = {}, holder = 'r1'): Sweep => {
  const sweep = startSweep({ ...swept.parts({ bounds: RARELY, ...over }), holder, rng: seededRng(1) });
  sweeps.push(sweep);
  return sweep;
};
const lists = () => [swept.room.backend.asked('list', BOX), swept.room.backend.asked('list', LABEL)];
const pass = (ms: number) => swept.room.clock.pass(ms);

test('W2: everything is listed five seconds after the start and at intervals, and each listing is counted', async () => {
  await swept.settle('acme.left');
  start({ bounds: SWEEP_BOUNDS });
  await pass(4_900);
  expect(lists()).toEqual([0, 0]);
  await pass(200);
  expect([lists(), swept.counted]).toEqual([
    [1, 1],
    ['sweeps box ok 1', 'sweeps label ok 1'],
  ]);
  // The backend of neither lost anything: after the first listing there is no other before its time.
  await pass(119_000);
  expect(lists()).toEqual([1, 1]);
  await pass(1_500);
  expect(lists()).toEqual([2, 2]);
});

test('what is missing, differs or is an orphan is found by one listing', async () => {
  await swept.settle('acme.left', 'acme.right', 'acme.top');
  start();
  // The round has been at all labels by then, and the next one is far.
  await pass(1_000);
  swept.take(LABEL, 'acme.left');
  swept.put(BOX, 'acme.right', 'wrong');
  swept.put(BOX, 'lost.one');
  await pass(5_000);
  expect(await swept.wished('acme.left', 'acme.right', 'acme.top')).toEqual(['acme.left', 'acme.right']);
  expect(swept.counted).toEqual([
    'findings box differs 1',
    'sweeps box ok 1',
    'findings label missing 1',
    'sweeps label ok 1',
  ]);
  expect(swept.orphans.at(-1)).toEqual([
    { labels: { kind: BOX }, value: 1 },
    { labels: { kind: LABEL }, value: 0 },
  ]);
});

test('W2: a backend that is back is listed at once, and it alone', async () => {
  await swept.settle('acme.left');
  start();
  await pass(6_000);
  swept.take(LABEL, 'acme.left');
  swept.up[1]?.();
  await pass(1);
  expect([lists(), await swept.wished('acme.left')]).toEqual([[1, 2], ['acme.left']]);
});

test('W3: one that is away or paused is put off, and listed again in five seconds; the rest goes on', async () => {
  await swept.settle('acme.left');
  swept.room.backend.away.add(BOX);
  start();
  await pass(6_000);
  expect([lists(), swept.counted]).toEqual([
    [1, 1],
    ['sweeps box unavailable 1', 'sweeps label ok 1'],
  ]);
  expect(swept.logged).toContain('info a sweep is put off');
  swept.room.backend.away.clear();
  await pass(5_000);
  expect([lists(), swept.counted.at(-1)]).toEqual([[2, 1], 'sweeps box ok 1']);
  await pass(60_000);
  expect(lists()).toEqual([2, 1]);
  swept.paused.add(LABEL);
  for (const listener of swept.up) listener();
  await pass(1);
  expect(lists()).toEqual([3, 1]);
});

test('a fault that is nobody’s absence is told as one, and is not listed again soon', async () => {
  swept.room.providers.set(BOX, {
    ...swept.provider(BOX),
    observeAll: () => {
      throw new RangeError('broken');
    },
  });
  start();
  await pass(30_000);
  expect([lists(), swept.counted]).toEqual([
    [0, 1],
    ['sweeps box bug 1', 'sweeps label ok 1'],
  ]);
  expect(swept.logged.filter((line) => line.includes('sweep'))).toEqual(['error a sweep failed']);
});

/** A shelf that is at work has lost its label, and nobody tells it. */
async function loseAtWork(): Promise<void> {
  await swept.settle('acme.left');
  await swept.room.ask({ kind: 'look' });
  swept.take(LABEL, 'acme.left');
}
const AT_WORK = { ...SWEPT, isFinished: () => false, isAtWork: () => true };

test('W4: while a shelf at work lacks something its backend is listed again, so many times after the start', async () => {
  await loseAtWork();
  start({ sweep: AT_WORK, bounds: { ...RARELY, relists: bound('thrice', 3) } });
  await pass(60_000);
  expect(lists()).toEqual([1, 4]);
  swept.up[1]?.();
  await pass(60_000);
  expect(lists()).toEqual([1, 8]);
});

test('W4: it is not listed again once the shelf is at rest and was told', async () => {
  await loseAtWork();
  start({ sweep: AT_WORK });
  await pass(6_000);
  await swept.room.become({ recheck: undefined as never, operation: undefined as never });
  await pass(60_000);
  // The second one found it at rest.
  expect([lists(), await swept.wished('acme.left')]).toEqual([[1, 2], ['acme.left']]);
});

test('W1: one replica sweeps; when it closes the other does, from the start, and what the first told of orphans is gone', async () => {
  await swept.settle('acme.left');
  const first = start();
  await pass(1_000);
  start({}, 'r2');
  await pass(6_000);
  expect(lists()).toEqual([1, 1]);
  swept.orphans.length = 0;
  await first.close();
  expect(swept.orphans).toEqual([[]]);
  await pass(20_000);
  expect(lists()).toEqual([2, 2]);
});

test('looks at single objects fill the time between listings, and go on after them', async () => {
  await swept.settle('acme.left', 'acme.right');
  start({ bounds: { ...SWEEP_BOUNDS, roundEveryMs: bound('round', 30_000) } });
  await pass(1_000);
  expect([lists(), swept.room.backend.asked('look', LABEL)]).toEqual([[0, 0], 2]);
  await pass(31_000);
  expect([lists(), swept.room.backend.asked('look', LABEL)]).toEqual([[1, 1], 4]);
});

test('a sweep that is closed listens to no backend and asks nothing more', async () => {
  let listening = 0;
  const guard = {
    state: () => ({ status: 'up', circuit: 'closed', since: 0 }),
    run: (_label: string, _bounds: unknown, call: (within: AbortSignal) => unknown, within: AbortSignal) =>
      call(within),
    onUp: () => {
      listening += 1;
      return () => {
        listening -= 1;
      };
    },
  };
  const sweep = start({ guards: new Map([BOX, LABEL].map((kind) => [kind, guard])) as never });
  await pass(1_000);
  expect(listening).toBe(2);
  await sweep.close();
  await pass(60_000);
  expect([listening, lists()]).toEqual([0, [0, 0]]);
});
