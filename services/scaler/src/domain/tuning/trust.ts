/**
 * A forecast has a say only while it has earned it: its measured error is not worse than repeating the newest value, and what it calls
 * rare is rare. Promotion asks for more than staying does, so that trust does not flicker.
 *
 * R1. Nothing is trusted before a day of forecasts was measured.
 * R2. Every promotion and demotion is recorded with its figures.
 */
import { type Reason, reason } from '@leasehold/kernel';
import type { Quality } from '../outlook/quality.ts';
import { DAY_S } from '../time.ts';

const LEAST_MEASURED = 100;
const PROMOTE = { errorRatio: 1.1, above05: 0.1 };
const DEMOTE = { errorRatio: 1.25, above05: 0.14 };

export interface Trust {
  readonly trusted: boolean;
  /** Why it changed; absent while it did not. */
  readonly change?: Reason;
}

export function judgeTrust(before: boolean, quality: Quality, stepS: number): Trust {
  const measured = quality.count >= Math.max(LEAST_MEASURED, DAY_S / stepS);
  const bar = before ? DEMOTE : PROMOTE;
  const good = measured && quality.errorRatio <= bar.errorRatio && quality.above05 <= bar.above05;
  if (good === before) return { trusted: before };
  const figures = {
    errorRatio: Number(quality.errorRatio.toFixed(4)),
    above05: Number(quality.above05.toFixed(4)),
    measured: quality.count,
  };
  const text = `error ${figures.errorRatio} of repeating the newest value, ${(figures.above05 * 100).toFixed(1)} % above the 95 % point`;
  return good
    ? { trusted: true, change: reason('ForecastPromoted', `the forecast may act: ${text}`, figures) }
    : { trusted: false, change: reason('ForecastDemoted', `the forecast may not act: ${text}`, figures) };
}
