/**
 * The forecaster that callers make. It keeps the recent past, repeats the day before and takes its quantiles from the errors that
 * this made.
 *
 * 1. Time and memory of one sample do not grow with the length of the series.
 */
import { bound, invalid, reason } from '@leasehold/kernel';
import type { Forecast, Forecaster, ForecasterOptions, HorizonQuality } from './port.ts';

const DAY_MS = 86_400_000;
const MOST_KEPT = bound('errors kept', 2016);

export function createForecaster(options: ForecasterOptions): Forecaster {
  const { startMs, stepMs } = options;
  const day = Math.max(1, Math.round(DAY_MS / stepMs));
  const values: number[] = [];
  const errors: number[] = [];
  const repeat = (index: number): number => {
    for (let i = index - day; i >= 0; i -= day) if (!Number.isNaN(values[i])) return values[i] as number;
    for (let i = Math.min(index, values.length) - 1; i >= 0; i--)
      if (!Number.isNaN(values[i])) return values[i] as number;
    return 0;
  };
  const observe = (value: number): void => {
    if (!(value >= 0) && !Number.isNaN(value))
      throw invalid(`a load must not be negative, got ${value}`, { code: 'InvalidSample' });
    if (values.length > 0 && !Number.isNaN(value)) {
      errors.push(value - repeat(values.length));
      if (errors.length > MOST_KEPT.value) errors.shift();
    }
    values.push(value);
  };
  const forecast = (steps: number): Forecast => {
    const median = Float64Array.from({ length: steps }, (_, i) => {
      let index = values.length + i;
      while (index - day >= values.length) index -= day;
      return repeat(index);
    });
    const sorted = errors.toSorted((a, b) => a - b);
    return {
      fromMs: startMs + values.length * stepMs,
      stepMs,
      median,
      quantile: (level, step) => {
        const error = sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))] ?? 0;
        const at = median[step - 1] as number;
        return Math.max(0, level === 0.5 ? at : level > 0.5 ? at + Math.max(0, error) : at + Math.min(0, error));
      },
      model: 'seasonal-naive-day',
      reasons:
        values.length < day ? [reason('ShortHistory', 'less than a day of history: the last value is repeated')] : [],
    };
  };
  return { observe, forecast, quality: (): readonly HorizonQuality[] => [] };
}
