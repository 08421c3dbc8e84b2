/**
 * Measures what forecasting costs on one core: taking in one value, forecasting a day with intervals, starting from nothing.
 *
 * 1. Series differ (seeded), have two weeks at five minutes behind them, and are all alive at once.
 * 2. Processor time is counted, not time on the wall: the figure is of one core, whatever else the machine does.
 */
import { createForecaster, type Forecaster } from '@leasehold/forecast';
import { loadDecompose } from '@leasehold/forecast/edge';
import { seededRng } from '@leasehold/kernel';

const STEP_MS = 300_000;
const DAY = 288;
const WEEKS_2 = 14 * DAY;
const REFRESHES = 10_000;
const FORECASTS = 500;
const START_MS = Date.UTC(2026, 0, 5);

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
};

function load(seed: number): (index: number) => number {
  const rng = seededRng(seed);
  const [base, swing, noise] = [50 + 400 * rng.next(), rng.next(), 0.02 + 0.2 * rng.next()];
  return (index) =>
    base * (1 + swing * Math.sin((2 * Math.PI * index) / DAY)) * Math.exp(noise * (rng.next() + rng.next() - 1));
}

/** @param count how many series are alive at once. */
export async function forecastSpeed(count: number, log: (line: string) => void): Promise<string> {
  const decompose = await loadDecompose();
  const before = process.memoryUsage().rss;
  let used = process.cpuUsage();
  const series = Array.from({ length: count }, (_, seed): { forecaster: Forecaster; next: (i: number) => number } => {
    const forecaster = createForecaster({ startMs: START_MS, stepMs: STEP_MS, decompose, order: seed });
    const next = load(seed + 1);
    for (let i = 0; i < WEEKS_2; i++) forecaster.observe(next(i));
    return { forecaster, next };
  });
  const startMs = cpuMs(used) / count;
  const bytes = (process.memoryUsage().rss - before) / count;
  log(`${count} series started`);
  used = process.cpuUsage();
  for (let i = 0; i < REFRESHES; i++) {
    const { forecaster, next } = series[i % count] as (typeof series)[number];
    forecaster.observe(next(WEEKS_2 + Math.floor(i / count)));
    forecaster.forecast(1).quantile(0.95, 1);
  }
  const refreshMs = cpuMs(used);
  used = process.cpuUsage();
  for (let i = 0; i < FORECASTS; i++) {
    const forecast = (series[i % count] as (typeof series)[number]).forecaster.forecast(DAY);
    for (let step = 1; step <= DAY; step++) {
      forecast.quantile(0.05, step);
      forecast.quantile(0.95, step);
    }
  }
  const forecastMs = cpuMs(used);
  return [
    '| what | processor time |',
    '| --- | --- |',
    `| ${REFRESHES} series take in one value and forecast the next | ${(refreshMs / 1_000).toFixed(1)} s |`,
    `| ${FORECASTS} series forecast 24 h with intervals | ${(forecastMs / 1_000).toFixed(1)} s |`,
    `| one series of two weeks from nothing, models chosen and calibrated on the way | ${(startMs / 1_000).toFixed(2)} s |`,
    `| memory of one living series | ${Math.round(bytes / 1_024)} KiB |`,
  ].join('\n');
}
