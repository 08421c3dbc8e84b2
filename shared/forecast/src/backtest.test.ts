import { seededRng } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { backtestTrace, COMBINATION } from './backtest.ts';
import type { Trace } from './trace/trace.ts';

const HOUR_MS = 3_600_000;

/** A daily shape with a wandering level. */
function trace(days: number): Trace {
  const rng = seededRng(21);
  let level = 0;
  const values = Float64Array.from({ length: days * 24 }, (_, i) => {
    level = 0.9 * level + 6 * (rng.next() - 0.5);
    return 60 + 20 * Math.sin((i * Math.PI) / 12) + level;
  });
  return { startMs: 0, stepMs: HOUR_MS, values };
}
const OPTIONS = { horizonsMs: [HOUR_MS, 24 * HOUR_MS], origins: 100, after: 0.5 };

test('repeating the day before measures near 1, and the combination measures less (1)', () => {
  const rows = backtestTrace(trace(30), OPTIONS);
  const of = (model: string, horizonMs: number) =>
    rows.find((row) => row.model === model && row.horizonMs === horizonMs)?.atMase ?? Number.NaN;
  expect(of('seasonal-naive-day', 24 * HOUR_MS)).toBeGreaterThan(0.8);
  expect(of('seasonal-naive-day', 24 * HOUR_MS)).toBeLessThan(1.4);
  expect(of(COMBINATION, HOUR_MS)).toBeLessThan(0.6);
  expect(of(COMBINATION, 24 * HOUR_MS)).toBeLessThan(of('seasonal-naive-day', 24 * HOUR_MS) * 0.9);
});

test('every origin is counted, at each horizon, with the coverage of the combination only', () => {
  for (const row of backtestTrace(trace(20), OPTIONS)) {
    expect(row.origins).toBe(100);
    expect(row.atCoverage90 === undefined).toBe(row.model !== COMBINATION);
  }
});

test('what comes after an origin has no part in its forecast', () => {
  const whole = trace(20);
  const cut = { ...whole, values: whole.values.map((value, i) => (i < 470 ? value : 0)) };
  const options = { horizonsMs: [HOUR_MS], origins: 50, after: 0.5 };
  const [one, two] = [
    backtestTrace({ ...whole, values: whole.values.slice(0, 460) }, options),
    backtestTrace({ ...cut, values: cut.values.slice(0, 460) }, options),
  ];
  expect(one).toEqual(two);
});
