/**
 * The loads that are replayed: CSV files of a folder, or seeded synthetic ones, so that a clone can run without any file.
 *
 * 1. The synthetic ones are the same on every machine: a daily web load, a low rate of independent arrivals, batch bursts that come at
 *    a time of day but not every day, and a level that shifts.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTrace, type Trace } from '@leasehold/forecast/trace';
import { type Rng, seededRng } from '@leasehold/kernel';

export interface NamedTrace {
  readonly name: string;
  readonly trace: Trace;
}

const DAY_S = 86_400;
const START_MS = Date.UTC(2026, 0, 5);

export async function readTraces(folder: string): Promise<readonly NamedTrace[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.csv')).sort();
  if (files.length === 0) throw new Error(`${folder} holds no .csv file`);
  return Promise.all(
    files.map(async (file) => {
      const outcome = parseTrace(await readFile(join(folder, file), 'utf8'));
      if (outcome.kind === 'invalid') throw new Error(`${file}: ${outcome.problems.join('; ')}`);
      return { name: file.replace(/\.csv$/, ''), trace: outcome.trace };
    }),
  );
}

/** Sum of twelve uniform numbers: near enough to a normal one. */
const normal = (rng: Rng): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += rng.next();
  return sum;
};

function poisson(rng: Rng, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(rng)));
  let count = 0;
  for (let product = rng.next(); product > Math.exp(-mean); product *= rng.next()) count += 1;
  return count;
}

const swing = (atS: number, peakS: number): number => (1 + Math.cos((2 * Math.PI * (atS - peakS)) / DAY_S)) / 2;
const workday = (atS: number): number => (Math.floor(atS / DAY_S) % 7 < 5 ? 1 : 0.55);

type Shape = (atS: number, rng: Rng) => number;

/** A load that drifts as it goes: shapes with a memory are made anew for each trace. */
function dailyWeb(): Shape {
  let drift = 0;
  return (atS, rng) => {
    drift = 0.98 * drift + 0.03 * normal(rng);
    return (80 + 400 * swing(atS, 54_000) * workday(atS)) * Math.exp(drift);
  };
}

function shiftingLevel(): Shape {
  let level = 60;
  return (_atS, rng) => {
    if (rng.chance(0.004)) level = 20 + 180 * rng.next();
    return level * Math.exp(0.06 * normal(rng));
  };
}

const lowRate: Shape = (atS, rng) => poisson(rng, 20 + 90 * swing(atS, 64_800)) / 300;

function nightBatch(): Shape {
  let left = 0;
  let size = 0;
  return (atS, rng) => {
    const due = atS % DAY_S === 7_200 || atS % DAY_S === 64_800;
    if (due && rng.chance(0.85)) {
      left = 12 + rng.int(18);
      size = 900 + 500 * rng.next();
    }
    left -= 1;
    return 60 + 8 * normal(rng) + (left > 0 ? size * Math.exp(0.1 * normal(rng)) : 0);
  };
}

const SYNTHETIC: readonly { readonly name: string; readonly stepS: number; make(): Shape }[] = [
  { name: 'synthetic daily web', stepS: 60, make: dailyWeb },
  { name: 'synthetic low rate', stepS: 300, make: () => lowRate },
  { name: 'synthetic night batch', stepS: 300, make: nightBatch },
  { name: 'synthetic shifting level', stepS: 300, make: shiftingLevel },
];

export const syntheticTraces = (days = 21): readonly NamedTrace[] =>
  SYNTHETIC.map(({ name, stepS, make }, seed) => {
    const rng = seededRng(seed + 1);
    const shape = make();
    const values = Float64Array.from({ length: (days * DAY_S) / stepS }, (_, i) => Math.max(0, shape(i * stepS, rng)));
    return { name, trace: { startMs: START_MS, stepMs: stepS * 1_000, values } };
  });
