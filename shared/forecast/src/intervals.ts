/**
 * Intervals along a whole path of horizons: what the calibration says at the measured ones, interpolated between them.
 *
 * 1. It is a copy: what is observed later does not change a forecast that was made.
 * 2. A horizon that has too few measured errors borrows from the nearest shorter one that has enough, widened with the square root of the
 *    distance as a random walk would be; with none at all the spread of the values seen stands in.
 */
import { type Calibration, LEVELS } from './calibration.ts';
import type { Horizon, Place } from './horizons.ts';
import type { Series } from './series.ts';

const MOST_WIDENING = 4;
/** Of the normal distribution, at LEVELS. */
const NORMAL = [-2.326, -1.96, -1.645, -1.282, -0.674, 0.674, 1.282, 1.645, 1.96, 2.326] as const;

export interface Intervals {
  /** Distance from the median on the root scale. */
  distance(place: Place, level: number): number;
  /** The farthest horizon that has measured errors of its own, 0 for none. */
  readonly measuredSteps: number;
}

export function takeIntervals({ horizons, rehearsals, regime }: Series): Intervals {
  const calibrations = rehearsals.map(({ calibration }) => calibration);
  const width = LEVELS.length;
  const table = new Float64Array(horizons.length * width);
  let lender: number | undefined;
  horizons.forEach(({ steps }, h) => {
    if ((calibrations[h] as Calibration).enough()) lender = h;
    const from = lender === undefined ? undefined : (calibrations[lender] as Calibration);
    const widening =
      lender === undefined ? 1 : Math.min(MOST_WIDENING, Math.sqrt(steps / (horizons[lender] as Horizon).steps));
    for (let level = 0; level < width; level++)
      table[h * width + level] =
        from === undefined
          ? (NORMAL[level] as number) * regime.spread()
          : from.quantile(level) * from.size() * regime.turbulence() * widening;
    straighten(table, h * width, width);
  });
  const distance = ({ low, high, share }: Place, level: number): number => {
    const from = atLevel(table, low * width, level);
    return share === 0 ? from : from + share * (atLevel(table, high * width, level) - from);
  };
  return { distance, measuredSteps: lender === undefined ? 0 : (horizons[lender] as Horizon).steps };
}

/** Levels adapt apart from each other: makes them grow from the middle outwards. */
function straighten(table: Float64Array, offset: number, width: number): void {
  for (let i = width / 2 + 1; i < width; i++)
    table[offset + i] = Math.max(table[offset + i] as number, table[offset + i - 1] as number);
  for (let i = width / 2 - 2; i >= 0; i--)
    table[offset + i] = Math.min(table[offset + i] as number, table[offset + i + 1] as number);
}

function atLevel(table: Float64Array, offset: number, level: number): number {
  const last = LEVELS.length - 1;
  if (level <= LEVELS[0]) return table[offset] as number;
  if (level >= (LEVELS[last] as number)) return table[offset + last] as number;
  // The median lies between the two inner levels, at distance 0.
  let [lowAt, lowValue] = [0, 0];
  for (let i = 0; i <= last; i++) {
    const at = LEVELS[i] as number;
    const crossesMedian = i === LEVELS.length / 2;
    if (crossesMedian && level > 0.5) [lowAt, lowValue] = [0.5, 0];
    if (crossesMedian && level <= 0.5) return lowValue * ((0.5 - level) / (0.5 - lowAt));
    const value = table[offset + i] as number;
    if (level <= at) return lowValue + ((level - lowAt) / (at - lowAt)) * (value - lowValue);
    [lowAt, lowValue] = [at, value];
  }
  return lowValue;
}
