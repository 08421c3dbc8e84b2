/**
 * What is known of the load at a tick: the newest value that is believed, and whether something is wrong with it.
 *
 * T1. A load has a trend when over a day (or all that is known, if that is an hour at least) it went one way only, and went at all.
 */
import type { Believed } from './belief.ts';
import type { Anomaly, Trend } from './decide/situation.ts';
import { DAY_S, HOUR_S } from './time.ts';

export interface Signals {
  take(believed: Believed): void;
  newest(): number;
  /** The load is followed while the models know nothing of it. */
  apart(): boolean;
  anomaly(): Anomaly | undefined;
  trend(): Trend | undefined;
}

export function createSignals(stepS: number): Signals {
  const hour = HOUR_S / stepS;
  const day = DAY_S / stepS;
  let taken = 0;
  let rose = Number.NEGATIVE_INFINITY;
  let fell = Number.NEGATIVE_INFINITY;
  let newest = Number.NaN;
  let anomaly: Anomaly | undefined;
  let apart = false;
  const take = (believed: Believed): void => {
    const { load } = believed;
    [anomaly, apart] = [believed.anomaly, believed.apart];
    if (Number.isNaN(load)) return;
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
  return { take, newest: () => newest, anomaly: () => anomaly, apart: () => apart, trend };
}
