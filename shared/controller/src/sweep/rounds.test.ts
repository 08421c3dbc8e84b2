/** Rounds of looks at single shelves: in which order, from where on, with which pauses, and who without access goes first. */
import { bound } from '@leasehold/kernel';
import { makeCursor } from '@leasehold/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LABEL } from '../../test/shelf.ts';
import { openSwept, type Swept } from '../../test/swept-shelves.ts';
import { SWEEP_BOUNDS } from './bounds.ts';
import { readPlace, writePlace } from './place.ts';
import { lookInRounds } from './rounds.ts';

const { signal } = new AbortController();
let swept: Swept;
let looked: string[];
let slept: number[];
beforeEach(async () => {
  swept = await openSwept();
  [looked, slept] = [[], []];
});
afterEach(() => swept.close());

const SUMMARIES = ['completed', 'deleted', 'deleting', 'provisioning'] as const;

/** Sleeps take their time at once. Entries are `id status`. */
function rounds(entries: readonly string[], over = {}, fence = 1) {
  const { world } = swept.room;
  const clock = {
    now: () => world.nowMs,
    sleep: async (ms: number) => {
      slept.push(ms);
      world.nowMs += ms;
    },
  };
  const inventory = {
    whenRead: async () => undefined,
    entries: () =>
      entries.map((each) => each.split(' ') as [string, string]).map(([id, status]) => [id, { status }] as const),
  };
  const details = {
    compare: async () => undefined,
    look: async (id: string) => {
      looked.push(id);
    },
  };
  const { owners } = swept.parts();
  const find = async (id: string) => (id === 'later.one' ? undefined : owners.find(id));
  const parts = swept.parts({ clock, inventory, owners: { ...owners, find }, ...over } as never);
  return lookInRounds({ parts, details, fence }, signal);
}
const steps = async (round: AsyncGenerator<number | undefined>, count: number): Promise<unknown[]> => {
  const seen: unknown[] = [];
  for (let step = 0; step < count; step++) seen.push((await round.next()).value);
  return seen;
};

test('each owner that has not ended is looked at, by name, one at a step, with a pause behind each', async () => {
  const round = rounds(
    SUMMARIES.map((status, at) => `${'dbca'[at]}.x ${status}`),
    {
      sweep: { ...swept.parts().sweep, mayBeShutOff: undefined },
    },
  );
  expect(await steps(round, 3)).toEqual([undefined, undefined, undefined]);
  expect([looked, slept]).toEqual([
    ['a.x', 'c.x', 'd.x'],
    [20, 20],
  ]);
  const endMs = swept.room.world.nowMs + 20;
  // Between rounds it tells when there is something to do again: whoever has no access is looked at before.
  const due = [(await round.next()).value, (await round.next()).value];
  expect(due).toEqual([endMs - 60 + SWEEP_BOUNDS.accessEveryMs.value, endMs - 60 + SWEEP_BOUNDS.accessEveryMs.value]);
  swept.room.world.nowMs = endMs + SWEEP_BOUNDS.roundEveryMs.value - 1;
  await round.next();
  expect(looked).toHaveLength(3);
  swept.room.world.nowMs = endMs + SWEEP_BOUNDS.roundEveryMs.value;
  await round.next();
  expect(looked).toEqual(['a.x', 'c.x', 'd.x', 'a.x']);
});

test('R1: who is without access comes first, and again when two minutes are over, in the middle of a round too', async () => {
  const bounds = { ...SWEEP_BOUNDS, accessEveryMs: bound('access', 50) };
  const round = rounds(['a.x completed', 'b.x completed', 'c.x completed', 'd.x deleting', 'e.x deleting'], { bounds });
  await steps(round, 9);
  expect(looked).toEqual(['d.x', 'e.x', 'a.x', 'b.x', 'c.x', 'd.x', 'e.x', 'd.x', 'e.x']);
  expect(slept).toEqual(Array(8).fill(20));
});

test('R2: a round goes on behind the name at which the last leader stood, and the next begins at the start', async () => {
  const place = swept.parts();
  await writePlace(place, 1, makeCursor(['b.x']), signal);
  const round = rounds(['a.x completed', 'b.x completed', 'c.x completed'], {}, 2);
  await round.next();
  expect([looked, await readPlace(place, signal)]).toEqual([['c.x'], { v: 1, fence: 2, cursor: makeCursor(['b.x']) }]);
  await round.next();
  expect(await readPlace(place, signal)).toEqual({ v: 1, fence: 2 });
  swept.room.world.nowMs += SWEEP_BOUNDS.roundEveryMs.value;
  await round.next();
  expect(looked).toEqual(['c.x', 'a.x']);
});

test('R2: where a round stands is written before the first of two hundred, with the last that was looked at', async () => {
  const place = swept.parts();
  const ids = Array.from({ length: 201 }, (_, at) => `t${1_000 + at}.x`);
  const round = rounds(
    ids.map((id) => `${id} completed`),
    { owners: { find: async () => undefined } },
  );
  await steps(round, 200);
  expect(await readPlace(place, signal)).toEqual({ v: 1, fence: 1 });
  await round.next();
  expect(await readPlace(place, signal)).toEqual({ v: 1, fence: 1, cursor: makeCursor(['t1199.x']) });
});

test('a leader that another has followed looks at nobody', async () => {
  await writePlace(swept.parts(), 5, undefined, signal);
  await expect(rounds(['a.x completed'], {}, 4).next()).rejects.toMatchObject({ code: 'FenceLost' });
  expect(looked).toEqual([]);
});

test('whom only another release can read is passed over', async () => {
  expect(await steps(rounds(['later.one completed', 'z.x completed']), 2)).toEqual([undefined, undefined]);
  expect(looked).toEqual(['z.x']);
});

test('W5: what was left undone is taken up instead of looked at, in the class that goes last; what a timer tells is not', async () => {
  await swept.settle('acme.left', 'acme.right');
  const { nowMs } = swept.room.world;
  const claim = { holder: 'r9', fence: 1, untilMs: nowMs };
  await swept.room.become({ claim: claim as never });
  await steps(rounds(['acme.left completed', 'acme.right completed']), 2);
  expect([looked, swept.queued, swept.logged]).toEqual([
    ['acme.right'],
    [['acme.left', { low: true }]],
    ['info what was left undone is taken up'],
  ]);
  await swept.room.become({ claim: { ...claim, untilMs: nowMs + 3_600_000 } as never });
  // What is due by a timer of the store is found by that.
  await swept.room.ask({ kind: 'look' }, 'ops', 'acme.right');
  swept.room.world.nowMs += 1_000;
  await steps(rounds(['acme.left completed', 'acme.right completed']), 2);
  expect([looked, swept.queued.length]).toEqual([['acme.right', 'acme.left', 'acme.right'], 1]);
  expect(swept.room.backend.asked('look', LABEL)).toBe(0);
});
