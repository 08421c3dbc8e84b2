/** Which key comes next (1 to 3): what is due by rank and then by turn, what is not yet due by its time. */

import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSchedule, type Placed, type Places, type Wanted } from './schedule.ts';

interface Entry extends Placed {
  readonly name: string;
}

const FREE: Places = { forTakeovers: true, forLow: true, forOthers: true };

function setUp() {
  const clock = manualClock(1_000);
  let due = 0;
  const schedule = createSchedule<Entry>(clock, () => {
    due += 1;
  });
  const place = (name: string, wanted: Partial<Wanted> = {}, entry: Entry = { name, ticket: 0 }) => {
    schedule.place(entry, { atMs: clock.now(), urgent: false, takeover: false, low: false, ...wanted });
    return entry;
  };
  const takeAll = (places: Partial<Places> = {}) => {
    const taken: string[] = [];
    for (let one = schedule.take({ ...FREE, ...places }); one; one = schedule.take({ ...FREE, ...places }))
      taken.push(one.name);
    return taken;
  };
  return { clock, schedule, place, takeAll, due: () => due };
}

test('3: of what is due takeovers come first, then the urgent, and the low last; within each, first come first served', () => {
  const { place, takeAll } = setUp();
  place('low 1', { low: true });
  place('plain 1');
  place('urgent 1', { urgent: true });
  place('takeover 1', { takeover: true });
  place('low 2', { low: true });
  place('plain 2');
  place('urgent 2', { urgent: true });
  place('takeover 2', { takeover: true, low: true });
  place('urgent low', { urgent: true, low: true });
  expect(takeAll()).toEqual([
    'takeover 1',
    'takeover 2',
    'urgent 1',
    'urgent 2',
    'urgent low',
    'plain 1',
    'plain 2',
    'low 1',
    'low 2',
  ]);
});

test('what is not yet due is not taken, and comes in the order of its time', async () => {
  const { clock, place, takeAll } = setUp();
  place('late', { atMs: 3_000 });
  place('soon', { atMs: 2_000 });
  expect(takeAll()).toEqual([]);
  await clock.advance(999);
  expect(takeAll()).toEqual([]);
  await clock.advance(1);
  expect(takeAll()).toEqual(['soon']);
  await clock.advance(5_000);
  expect(takeAll()).toEqual(['late']);
});

test('2: an entry that is placed again comes once, where it was placed last', async () => {
  const { clock, place, takeAll } = setUp();
  const entry = place('a', { atMs: 5_000 });
  place('a', {}, entry);
  place('b', {});
  expect(takeAll()).toEqual(['a', 'b']);
  place('a', {}, entry);
  place('b', {});
  place('a', { atMs: 5_000 }, entry);
  expect(takeAll()).toEqual(['b']);
  await clock.advance(10_000);
  expect(takeAll()).toEqual(['a']);
});

test('2: an entry that is ready and is placed again for later leaves no trace among what is ready', async () => {
  const { place, takeAll } = setUp();
  const entry = place('a', { urgent: true });
  place('b');
  expect(takeAll({ forOthers: false, forTakeovers: false })).toEqual([]);
  place('a', { atMs: 9_000 }, entry);
  expect(takeAll()).toEqual(['b']);
});

test.each<readonly [string, Partial<Places>, readonly string[]]>([
  ['everything', {}, ['takeover', 'plain', 'low']],
  ['takeovers alone', { forOthers: false }, ['takeover']],
  ['all but takeovers’ own: a takeover takes another’s', { forTakeovers: false }, ['takeover', 'plain', 'low']],
  ['nothing low', { forLow: false }, ['takeover', 'plain']],
  ['nothing', { forOthers: false, forTakeovers: false }, []],
])('where there are places for %s, that is taken', (_, places, expected) => {
  const { place, takeAll } = setUp();
  place('low', { low: true });
  place('plain');
  place('takeover', { takeover: true });
  expect(takeAll(places)).toEqual(expected);
  expect([...expected, ...takeAll()].sort()).toEqual(['low', 'plain', 'takeover']);
});

test('a low one that is urgent needs no place for the low', () => {
  const { place, takeAll } = setUp();
  place('both', { low: true, urgent: true });
  expect(takeAll({ forLow: false })).toEqual(['both']);
});

test('1: one timer is set, for the earliest that is not yet due', async () => {
  const { clock, schedule, place, due, takeAll } = setUp();
  schedule.arm();
  expect(clock.sleepers()).toBe(0);
  place('late', { atMs: 3_000 });
  place('soon', { atMs: 2_000 });
  schedule.arm();
  expect(clock.sleepers()).toBe(1);
  await clock.advance(999);
  expect(due()).toBe(0);
  await clock.advance(1);
  expect([due(), takeAll()]).toEqual([1, ['soon']]);
});

test('cleared it holds nothing and wakes nobody', async () => {
  const { clock, schedule, place, takeAll, due } = setUp();
  place('ready');
  place('later', { atMs: 2_000 });
  schedule.arm();
  takeAll({ forOthers: false, forTakeovers: false });
  schedule.clear();
  await clock.advance(10_000);
  expect([takeAll(), due(), clock.sleepers()]).toEqual([[], 0, 0]);
});

test('whatever is placed and placed again, each entry is taken once, at or after its time, and none is forgotten', async () => {
  const act = fc.record({
    name: fc.constantFrom(...'abcdefgh'),
    inMs: fc.integer({ min: -5, max: 30 }),
    urgent: fc.boolean(),
    afterMs: fc.integer({ min: 0, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 30 }), async (acts) => {
      const { clock, schedule, place } = setUp();
      const entries = new Map<string, Entry>();
      const wanted = new Map<string, number>();
      const take = () => {
        for (let one = schedule.take(FREE); one; one = schedule.take(FREE)) {
          expect(wanted.get(one.name)).toBeLessThanOrEqual(clock.now());
          wanted.delete(one.name);
        }
      };
      for (const { name, inMs, urgent, afterMs } of acts) {
        const entry = entries.get(name) ?? { name, ticket: 0 };
        entries.set(name, entry);
        place(name, { atMs: clock.now() + inMs, urgent }, entry);
        wanted.set(name, clock.now() + inMs);
        await clock.advance(afterMs);
        take();
      }
      await clock.advance(100);
      take();
      expect([...wanted]).toEqual([]);
    }),
    { numRuns: 50 },
  );
});
