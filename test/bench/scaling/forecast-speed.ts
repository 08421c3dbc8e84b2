/**
 * Measures what forecasting costs on one core: starting from nothing, going on from states that were kept, a fleet that takes in a value.
 *
 * 1. Series differ (seeded) and have two weeks at five minutes behind them.
 * 2. Processor time is counted, not time on the wall: the figure is of one core, whatever else the machine does.
 * 3. What an earlier step worked out and did not keep as bytes is not used.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFleet, createForecaster, type Decompose, restoreForecaster } from '@leasehold/forecast';
import { loadDecompose } from '@leasehold/forecast/edge';
import { seededRng } from '@leasehold/kernel';

const STEP_MS = 300_000;
const DAY = 288;
/** Two weeks, and as far into the next hour as the second value from now ends it. */
const KNOWN = 14 * DAY + 10;
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

interface Started {
  readonly snapshots: readonly Uint8Array[];
  readonly next: readonly ((i: number) => number)[];
  readonly startMs: number;
}

/** @param count how many series differ; more than that are copies of them. */
export async function forecastSpeed(count: number, log: (line: string) => void): Promise<string> {
  const decompose = await loadDecompose();
  const started = start(count, decompose);
  log(`${count} series started`);
  const restored = await restoreFromDisk(started, decompose);
  log(`${FORECASTS} series restored and forecast`);
  const refreshed = refresh(started, decompose);
  const row = (what: string, figure: string) => `| ${what} | ${figure} |`;
  return [
    '| what | processor time or memory |',
    '| --- | --- |',
    row(
      'one series of two weeks from nothing, models chosen and calibrated on the way',
      `${seconds(started.startMs)} s`,
    ),
    row(
      `${FORECASTS} series read from disk, restored, one value taken in, 24 h with intervals`,
      `${seconds(restored)} s`,
    ),
    row(`${REFRESHES} series take in one value and forecast the next`, `${seconds(refreshed.oneMs)} s`),
    row('the same when the hour ends and one in 24 is decomposed anew', `${seconds(refreshed.hourMs)} s`),
    row('one of them in memory', `${(refreshed.bytes / 1_024).toFixed(0)} KiB`),
    row(`all ${REFRESHES} in one process (RSS)`, `${(refreshed.rssBytes / 2 ** 20).toFixed(0)} MiB`),
  ].join('\n');
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2);

/** Ends two values before the end of an hour. */
function start(count: number, decompose: Decompose): Started & { readonly startMs: number } {
  const used = process.cpuUsage();
  const next = Array.from({ length: count }, (_, seed) => load(seed + 1));
  const snapshots = next.map((at, order) => {
    const forecaster = createForecaster({ startMs: START_MS, stepMs: STEP_MS, decompose, order });
    for (let i = 0; i < KNOWN; i++) forecaster.observe(at(i));
    return forecaster.snapshot();
  });
  return { snapshots, next, startMs: cpuMs(used) / count };
}

/** As a process would that starts: each state is a file, and one value has come since. */
async function restoreFromDisk({ snapshots, next }: Started, decompose: Decompose): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'forecast-speed-'));
  try {
    for (let i = 0; i < FORECASTS; i++) await writeFile(join(folder, `${i}`), pick(snapshots, i));
    const used = process.cpuUsage();
    for (let i = 0; i < FORECASTS; i++) {
      const forecaster = restoreForecaster(await readFile(join(folder, `${i}`)), decompose);
      forecaster.observe(pick(next, i)(KNOWN));
      const forecast = forecaster.forecast(DAY);
      for (let step = 1; step <= DAY; step++) {
        forecast.quantile(0.05, step);
        forecast.quantile(0.95, step);
      }
    }
    return cpuMs(used);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function refresh({ snapshots, next }: Started, decompose: Decompose) {
  const fleet = createFleet({ startMs: START_MS, stepMs: STEP_MS, decompose });
  for (let i = 0; i < REFRESHES; i++) fleet.add(`${i}`, pick(snapshots, i).slice());
  const all = (index: number): number => {
    const used = process.cpuUsage();
    for (let i = 0; i < REFRESHES; i++) {
      fleet.observe(`${i}`, pick(next, i)(index));
      fleet.forecast(`${i}`, 1).quantile(0.95, 1);
    }
    return cpuMs(used);
  };
  const [oneMs, hourMs] = [all(KNOWN), all(KNOWN + 1)];
  return { oneMs, hourMs, bytes: fleet.sizeBytes() / REFRESHES, rssBytes: process.memoryUsage().rss };
}

function pick<T>(of: readonly T[], index: number): T {
  return of[index % of.length] as T;
}
