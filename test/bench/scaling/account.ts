/**
 * What a series of wanted replicas would have cost, simulated from outside the product's own accounts.
 *
 * 1. A replica that is wanted is ready when the start-up delay has passed; one that is given back is gone at once, the youngest first.
 * 2. Between samples the load is the sample's value over its interval. A tick is short when ready * capacity < load.
 * 3. Hours are counted twice: from being wanted, and from being ready, each until given back.
 */
import { createReadiness, type Recorded } from '@leasehold/scaler';

export interface Account {
  readonly shortMinutes: number;
  readonly wantedHours: number;
  readonly readyHours: number;
  readonly changes: number;
  /** Hours of one who knows the load and starts replicas at once. */
  readonly oracleHours: number;
  readonly weeks: number;
}

export interface Place {
  readonly capacity: number;
  readonly startupS: number;
  readonly tickS: number;
  readonly fromMs: number;
}

const WEEK_S = 604_800;

export function accountOf(recorded: Recorded, place: Place, wanted: Iterable<number>): Account {
  const { capacity, startupS, tickS, fromMs } = place;
  const readiness = createReadiness(Math.ceil(startupS / tickS));
  let [short, asked, had, changes, oracle, ticks, before] = [0, 0, 0, 0, 0, 0, -1];
  for (const replicas of wanted) {
    const atMs = fromMs + ticks * tickS * 1_000;
    const load = recorded.values[Math.floor((atMs - recorded.startMs) / recorded.stepMs)] as number;
    const ready = readiness.step(replicas);
    if (ready * capacity < load - 1e-9) short += 1;
    asked += replicas;
    had += ready;
    oracle += Math.max(1, Math.ceil(load / capacity - 1e-9));
    if (before >= 0 && replicas !== before) changes += 1;
    before = replicas;
    ticks += 1;
  }
  const hours = (count: number): number => (count * tickS) / 3_600;
  return {
    shortMinutes: (short * tickS) / 60,
    wantedHours: hours(asked),
    readyHours: hours(had),
    changes,
    oracleHours: hours(oracle),
    weeks: (ticks * tickS) / WEEK_S,
  };
}
