/** Hints whose commit has not been seen: how long each was missed (1), and what is forgotten (2). */
import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createOrphans } from './orphans.ts';

const hint = (partition: string, more = {}) => ({ kind: 'timer', dueAtMs: 0, partition, version: 1, ...more });

function setUp(most = 100) {
  const clock = manualClock();
  const orphans = createOrphans(clock, { orphanMs: bound('orphan', 1_000), orphans: bound('orphans', most) });
  /** A whole scan that meets these. */
  const scan = (...hints: readonly ReturnType<typeof hint>[]) => {
    orphans.startScan();
    const found = hints.map(orphans.isOrphan);
    orphans.endScan();
    return found;
  };
  return { clock, orphans, scan };
}

test('1: from its first sight on it must be missed for longer than the time, and then is an orphan in each scan', async () => {
  const { clock, scan } = setUp();
  expect(scan(hint('p'))).toEqual([false]);
  await clock.advance(1_000);
  expect(scan(hint('p'))).toEqual([false]);
  await clock.advance(1);
  expect(scan(hint('p'))).toEqual([true]);
  expect(scan(hint('p'))).toEqual([true]);
});

test.each([{ kind: 'outbox' }, { dueAtMs: 1 }, { version: 2 }, { partition: 'q' }])(
  'a hint that differs in %j is another',
  async (more) => {
    const { clock, scan } = setUp();
    scan(hint('p'));
    await clock.advance(2_000);
    expect(scan(hint('p', more), hint('p'))).toEqual([false, true]);
  },
);

test('2: what a whole scan no longer finds is forgotten; one that was cut off forgets nothing', async () => {
  const { clock, orphans, scan } = setUp();
  scan(hint('p'));
  await clock.advance(2_000);
  scan();
  expect(scan(hint('p'))).toEqual([false]);
  await clock.advance(2_000);
  orphans.startScan();
  expect(scan(hint('p'))).toEqual([true]);
});

test('2: beyond the bound nothing new is remembered, and so nothing is cleared; what is known stays known', async () => {
  const { clock, scan } = setUp(2);
  scan(hint('a'), hint('b'), hint('c'));
  await clock.advance(2_000);
  expect(scan(hint('a'), hint('b'), hint('c'))).toEqual([true, true, false]);
  scan(hint('a'), hint('c'));
  scan(hint('a'), hint('c'));
  await clock.advance(2_000);
  expect(scan(hint('a'), hint('c'))).toEqual([true, true]);
});
