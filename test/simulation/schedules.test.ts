/**
 * The real service in a thousand worlds: nothing that the invariants forbid happens in any of them. More, and other seeds:
 * `npm run sim`.
 */
import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { runPool, seedsFrom } from './pool.ts';
import { describeFailure } from './report.ts';
import { runSchedule } from './schedule.ts';

const SCHEDULES = bound('simulation-schedules', 1_000);
const WORKERS = bound('simulation-workers', 2);
/** Seconds where two cores are free; a machine that is busy with other things gets the time that it needs. */
const PATIENCE_MS = bound('simulation-patience-ms', 600_000);

test(
  'a thousand schedules of the real code break no invariant',
  async () => {
    const summary = await runPool({ seeds: seedsFrom(1, SCHEDULES.value), workers: WORKERS.value, options: {} });
    const perSecond = summary.schedules / (summary.wallMs / 1_000);
    console.info(
      `${summary.schedules} schedules, ${perSecond.toFixed(0)} a second, ${(summary.cpuMs / summary.schedules).toFixed(1)} ms each`,
    );
    const told = summary.failures
      .slice(0, 5)
      .map((failure) => describeFailure({ seed: failure.seed, profile: failure.profile }, failure));
    expect(told).toEqual([]);
    expect(summary.schedules).toBe(SCHEDULES.value);
  },
  PATIENCE_MS.value,
);

test('one seed gives one trace', async () => {
  for (const seed of [3, 12, 48]) {
    const [first, second] = [await runSchedule({ seed }), await runSchedule({ seed, trace: true })];
    expect([second.digest, second.steps]).toEqual([first.digest, first.steps]);
  }
});
