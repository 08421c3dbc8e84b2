/**
 * What is known of the load at a tick: the newest value, and whether something is wrong with it.
 *
 * N1. A load that is missing keeps the one before it, marked.
 * N2. A load that falls below a tenth of what was expected is a collapse for one interval: a broken probe looks like that.
 * N3. A load has a trend when over a day (or all that is known, if that is an hour at least) it went one way only, and went at all.
 */
import type { Anomaly, Trend } from './decide/situation.ts';

const COLLAPSE = 0.1;
const HOUR_S = 3_600;
const DAY_S = 86_400;

export interface Senses {
  /** @param expected the middle of what was forecast for this interval; NaN when nothing was. */
  take(load: number, expected: number): void;
  newest(): number;
  anomaly(): Anomaly | undefined;
  trend(): Trend | undefined;
}

export function createSenses(stepS: number): Senses {
  const hour = HOUR_S / stepS;
  const day = DAY_S / stepS;
  let taken = 0;
  let rose = Number.NEGATIVE_INFINITY;
  let fell = Number.NEGATIVE_INFINITY;
  let newest = Number.NaN;
  let anomaly: Anomaly | undefined;
  const take: Senses['take'] = (load, expected) => {
    if (Number.isNaN(load)) {
      anomaly = 'missing';
      return;
    }
    const broke = load < COLLAPSE * expected && !(newest < COLLAPSE * expected);
    anomaly = broke ? 'collapsed' : undefined;
    taken += 1;
    if (load > newest) rose = taken;
    if (load < newest) fell = taken;
    newest = load;
  };
  const trend = (): Trend | undefined => {
    const from = taken - day;
    if (taken < hour || rose > from === fell > from) return undefined;
    return rose > from ? 'rising' : 'falling';
  };
  return { take, newest: () => newest, anomaly: () => anomaly, trend };
}
