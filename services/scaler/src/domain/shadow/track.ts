/**
 * What a strategy would have cost: minutes short, replica hours and changes, by day. The real run and every shadow have one,
 * so that they are compared by the same measure.
 *
 * K1. A minute is short when what was ready could not bear the load of that interval; it is counted when the load is known.
 * K2. Hours run from being wanted to being given back: a replica that is still starting costs too.
 * K3. Days are kept for `MOST_DAYS`; older ones are forgotten.
 */

import { DAY_S, MOST_DAYS } from '../time.ts';
import { createReadiness } from './ready.ts';

export interface Cost {
  readonly shortS: number;
  /** What the forecast made at the time expected of the shortage. */
  readonly riskS: number;
  readonly replicaS: number;
  readonly changes: number;
  readonly seconds: number;
}

export interface Track {
  /** One tick: what is wanted from now on. @returns what is ready. */
  record(wanted: number): number;
  /** Seconds of shortage that were to be expected of this tick. */
  expect(seconds: number): void;
  /** The load of the interval whose ticks were recorded since the last call; NaN when it is missing. */
  settle(load: number): void;
  wanted(): number;
  /** Sums over whole days counted back from today, which is day 0: from `newest` to `oldest`, both included. */
  cost(newest: number, oldest: number): Cost;
  /** Days that hold anything. */
  days(): number;
}

const KEPT = MOST_DAYS.value;

export function createTrack(tickS: number, startupS: number, capacity: number): Track {
  const readiness = createReadiness(Math.ceil(startupS / tickS));
  const short = new Float64Array(KEPT);
  const risk = new Float64Array(KEPT);
  const replicas = new Float64Array(KEPT);
  const changes = new Float64Array(KEPT);
  const seconds = new Float64Array(KEPT);
  const pending: number[] = [];
  let pendingCount = 0;
  let atS = 0;
  let day = 0;
  let wanted = -1;
  const open = (): void => {
    const today = Math.floor(atS / DAY_S);
    while (day < today) {
      day += 1;
      const slot = day % KEPT;
      short[slot] = 0;
      risk[slot] = 0;
      replicas[slot] = 0;
      changes[slot] = 0;
      seconds[slot] = 0;
    }
  };
  const record = (count: number): number => {
    open();
    const slot = day % KEPT;
    replicas[slot] = (replicas[slot] as number) + count * tickS;
    seconds[slot] = (seconds[slot] as number) + tickS;
    if (wanted >= 0 && wanted !== count) changes[slot] = (changes[slot] as number) + 1;
    wanted = count;
    const ready = readiness.step(count);
    pending[pendingCount] = ready;
    pendingCount += 1;
    atS += tickS;
    return ready;
  };
  const expect = (amount: number): void => {
    risk[day % KEPT] = (risk[day % KEPT] as number) + amount;
  };
  const settle = (load: number): void => {
    let ticks = 0;
    for (let i = 0; i < pendingCount; i++) if ((pending[i] as number) * capacity < load - 1e-9) ticks += 1;
    pendingCount = 0;
    const slot = day % KEPT;
    short[slot] = (short[slot] as number) + ticks * tickS;
  };
  const cost = (newest: number, oldest: number): Cost => {
    const sum = { shortS: 0, riskS: 0, replicaS: 0, changes: 0, seconds: 0 };
    for (let back = newest; back <= Math.min(oldest, day, KEPT - 1); back++) {
      const slot = (day - back) % KEPT;
      sum.shortS += short[slot] as number;
      sum.riskS += risk[slot] as number;
      sum.replicaS += replicas[slot] as number;
      sum.changes += changes[slot] as number;
      sum.seconds += seconds[slot] as number;
    }
    return sum;
  };
  return { record, expect, settle, wanted: () => Math.max(0, wanted), cost, days: () => Math.min(day + 1, KEPT) };
}
