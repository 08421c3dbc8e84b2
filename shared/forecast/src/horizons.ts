/**
 * The horizons at which models are fitted, compared and calibrated; between two of them everything is interpolated.
 *
 * 1. Near ones double, far ones are parts of a day; the farthest that is asked for is always among them.
 * 2. Far ones but the whole days are no multiple of an hour or a part of it: what runs by the clock would look as if it were due to
 *    the horizon, and between two such horizons nothing would be as at them.
 * 3. A far horizon is looked at every few steps only: its errors overlap almost wholly from one step to the next.
 */
import { bound } from '@leasehold/kernel';

/** Shares no divisor with an hour or a day in any usual step, so that in time every minute of the hour is looked at. */
const LONGEST_STRIDE = bound('steps between two looks at one horizon', 7);
/** Horizons shorter than this share of a day are looked at on every step. */
const STRIDE_SHARE = 1 / 6;
/** With fewer steps in a day there are too few looks to leave any out. */
const FEWEST_STEPS = 96;

export interface Horizon {
  /** How many steps ahead. */
  readonly steps: number;
  readonly stride: number;
}

export function horizonsFor(day: number, farthest: number): readonly Horizon[] {
  const near = [1, 3, 6, 12].filter((steps) => steps < day);
  const far: number[] = [];
  for (let steps = 24; steps < day / 2; steps *= 2) far.push(steps);
  far.push(...[1 / 2, 2 / 3, 5 / 6].map((share) => Math.round(share * day)));
  const days = Array.from({ length: Math.ceil(farthest / day) }, (_, i) => (i + 1) * day);
  const all = new Set([
    ...near,
    ...far.filter((steps) => steps > 12).map(nudge),
    ...days,
    ...days.map((steps) => steps - 1),
  ]);
  const sorted = [...[...all].filter((steps) => steps >= 1 && steps < farthest), farthest].sort((a, b) => a - b);
  return sorted.map((steps) => ({ steps, stride: strideOf(steps, day) }));
}

/** The next number that shares no divisor with twelve. */
function nudge(steps: number): number {
  let odd = steps;
  while (odd % 2 === 0 || odd % 3 === 0) odd++;
  return odd;
}

const strideOf = (steps: number, day: number): number =>
  day < FEWEST_STEPS || steps < day * STRIDE_SHARE ? 1 : LONGEST_STRIDE.value;

/** Between which two horizons a number of steps lies, and how far towards the second. */
export interface Place {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

export function placeOf(horizons: readonly Horizon[], steps: number): Place {
  let high = 0;
  while (high < horizons.length - 1 && (horizons[high] as Horizon).steps < steps) high++;
  const low = Math.max(0, (horizons[high] as Horizon).steps > steps ? high - 1 : high);
  const [from, to] = [(horizons[low] as Horizon).steps, (horizons[high] as Horizon).steps];
  return { low, high, share: to > from ? Math.min(1, Math.max(0, (steps - from) / (to - from))) : 0 };
}

export interface Layout {
  readonly horizons: readonly Horizon[];
  /** The place of every number of steps up to the farthest horizon, by that number. */
  readonly places: readonly Place[];
}

const LAYOUTS = bound('layouts kept', 16);
const layouts = new Map<string, Layout>();

/** Series of one step share one layout: it is a value that nobody changes. */
export function layoutFor(day: number, farthest: number): Layout {
  const key = `${day}/${farthest}`;
  const known = layouts.get(key);
  if (known !== undefined) return known;
  const horizons = horizonsFor(day, farthest);
  const layout = { horizons, places: Array.from({ length: farthest + 1 }, (_, steps) => placeOf(horizons, steps)) };
  if (layouts.size >= LAYOUTS.value) layouts.clear();
  layouts.set(key, layout);
  return layout;
}
