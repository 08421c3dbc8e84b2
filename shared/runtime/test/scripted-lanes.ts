/**
 * Lanes over one lease in memory for this package's own tests, with jobs that tell when they ran and under which fence. Not part of
 * the package's interface.
 */
import { bound, seededRng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import type { LaneBounds } from '../src/loops/lane.port.ts';
import { createLane } from '../src/loops/lane.ts';
import { createLanes } from '../src/loops/lanes.ts';
import { scriptedLeases } from './scripted-leases.ts';

const TTL = bound('lease', 12_000);

/** @param missedMs what the machine slept through: the clock went on, and no timer has fired. */
export function laneBench(bounds: Partial<LaneBounds> = {}, missedMs = () => 0) {
  const clock = manualClock();
  const leases = scriptedLeases(clock, 'ddl');
  const running: string[] = [];
  const log: string[] = [];
  let most = 0;
  const optionsOf = (holder: string) => ({
    leases: leases.table,
    holder,
    clock: { now: () => clock.now() + missedMs(), sleep: clock.sleep },
    rng: seededRng(holder.length),
    log: silentLog,
    bounds: { ttlMs: TTL, ...bounds },
  });
  const lane = (holder: string) => createLane({ ...optionsOf(holder), name: 'ddl' });
  /** All lanes of a process. */
  const lanes = (holder: string) => createLanes(optionsOf(holder));
  const job = (name: string, ms: number) => async (fence: number, signal: AbortSignal) => {
    running.push(name);
    most = Math.max(most, running.length);
    log.push(`${name}#${fence}`);
    try {
      await clock.sleep(ms, signal);
    } finally {
      running.splice(running.indexOf(name), 1);
    }
    return name;
  };
  return { clock, lane, lanes, job, log, leases, most: () => most };
}
