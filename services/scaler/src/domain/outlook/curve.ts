/**
 * How likely a number of replicas is too few: what a forecast comes down to for a scaling decision.
 *
 * C1. At most `POINTS` points, whatever the numbers: between them it is read off a straight line.
 * C2. It falls with the count; at and beyond the last point nothing more is won.
 * C3. Counts end at `MOST_COUNTED`: no policy allows so many, and far above it one more would be the same number.
 */
export interface Curve {
  /** Steps ahead that it speaks of; 1 is the interval that is running. */
  readonly steps: number;
  /** Replicas at the first point: what the middle of the forecast needs. */
  readonly from: number;
  readonly stride: number;
  readonly over: Float64Array;
}

const POINTS = 96;
/** Chance below which more replicas win nothing. */
const NEGLIGIBLE = 1e-4;
const TINY = 1e-9;
const MOST_COUNTED = 1e9;

export const replicasFor = (load: number, capacity: number): number => Math.ceil(load / capacity - TINY);

export function curveOf(
  steps: number,
  over: (load: number) => number,
  middle: number,
  top: number,
  capacity: number,
): Curve {
  const countFor = (load: number): number => Math.min(MOST_COUNTED, Math.max(0, replicasFor(load, capacity)));
  const from = countFor(middle);
  let high = Math.max(from, countFor(top));
  while (high > from + 1 && over(((from + high) / 2) * capacity) < NEGLIGIBLE) high = Math.ceil((from + high) / 2);
  const stride = Math.max(1, Math.ceil((high - from) / (POINTS - 1)));
  const length = Math.min(POINTS, Math.ceil((high - from) / stride) + 1);
  const points = new Float64Array(length);
  for (let i = 0; i < length; i++) points[i] = over((from + i * stride) * capacity);
  return { steps, from, stride, over: points };
}

/** Chance that so many replicas are too few. */
export function chanceOver(curve: Curve, replicas: number): number {
  const at = (replicas - curve.from) / curve.stride;
  const last = curve.over.length - 1;
  if (at >= last) return curve.over[last] as number;
  if (at < 0) return Math.min(1, (curve.over[0] as number) * (1 - at));
  const i = Math.floor(at);
  const part = at - i;
  return (curve.over[i] as number) * (1 - part) + (curve.over[i + 1] as number) * part;
}

/** The count at which one more replica costs as much as the shortage it averts: price per replica, in minutes short a minute. */
export function pricedCount(curve: Curve, price: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < curve.over.length; i++) {
    const paid = price * i * curve.stride;
    if (paid > least) break;
    const sum = (curve.over[i] as number) + paid;
    if (sum < least - TINY) {
      least = sum;
      best = i;
    }
  }
  return curve.from + best * curve.stride;
}

/** The smallest count that is enough with this probability. */
export function quantileCount(curve: Curve, level: number): number {
  for (let i = 0; i < curve.over.length; i++)
    if ((curve.over[i] as number) <= 1 - level) return curve.from + i * curve.stride;
  return curve.from + (curve.over.length - 1) * curve.stride;
}
