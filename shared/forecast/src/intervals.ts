/**
 * Intervals along a whole path of horizons: what the calibration says at the measured ones, interpolated between them.
 *
 * 1. It is a copy: what is observed later does not change a forecast that was made.
 * 2. A horizon that has too few measured errors borrows from the nearest shorter one that has enough, widened with the square root of the
 *    distance as a random walk would be; with none at all the spread of the values seen stands in.
 * 3. Quantiles grow with the level and meet the median; from `HOLDS_LEVEL` on they hold the present level carried on and, while the
 *    level is apart from the season, what was forecast without regard to that. None passes the ceiling.
 */
import { atLeast, type Calibration, LEVELS } from './calibration.ts';
import { type Horizon, type Place, placeOf } from './horizons.ts';
import type { Paths } from './paths.ts';
import { type Reach, reachOf } from './reach.ts';
import type { Series } from './series.ts';

const MOST_WIDENING = 4;
/** Of the normal distribution, at LEVELS. */
const NORMAL = [-2.326, -1.96, -1.645, -1.282, -0.674, 0.674, 1.282, 1.645, 1.96, 2.326] as const;
/** The interval of 80 % and all wider ones hold the present level; narrower ones as much of the way to it as they are wide. */
const HOLDS_LEVEL = 0.9;

export interface Intervals {
  /** What the load stays below with this probability, so many steps ahead; @param median what `steps` ahead is forecast. */
  quantile(level: number, steps: number, median: number): number;
  readonly reach: Reach;
  /** The farthest horizon that has measured errors of its own, 0 for none. */
  readonly measuredSteps: number;
}

interface Table {
  /** Distance from the median in sizes, by horizon and level. */
  readonly scores: Float64Array;
  /** Size of errors by horizon, on the root scale. */
  readonly sizes: Float64Array;
  readonly measuredSteps: number;
}

/** @param paths what is forecast for all steps that will be asked for. */
export function takeIntervals(series: Series, { median: path, unshifted }: Paths): Intervals {
  const { horizons, past } = series;
  const table = tableOf(series);
  const reach = reachOf(past, path.length);
  const distance = ({ low, high, share }: Place, level: number, root: number): number => {
    const at = (h: number): number =>
      atLevel(table.scores, h * LEVELS.length, level) * atLeast(table.sizes[h] as number, root);
    return share === 0 ? at(low) : at(low) + share * (at(high) - at(low));
  };
  const former = unshifted?.map((value) => Math.min(reach.ceiling, value));
  const quantile = (level: number, steps: number, median: number): number => {
    if (level === 0.5) return median;
    const root = Math.sqrt(median);
    const plain = Math.max(0, root + distance(placeOf(horizons, steps), level, root)) ** 2;
    const part = Math.min(1, Math.abs(level - 0.5) / (HOLDS_LEVEL - 0.5));
    const towards = (path: Float64Array | undefined): number =>
      median + part * ((path?.[steps - 1] ?? median) - median);
    const held = [towards(reach.carried), towards(former)];
    if (level < 0.5) return Math.min(median, plain, ...held);
    return Math.min(Math.max(median, reach.ceiling), Math.max(median, plain, ...held));
  };
  return { quantile, reach, measuredSteps: table.measuredSteps };
}

function tableOf({ horizons, rehearsals, regime }: Series): Table {
  const width = LEVELS.length;
  const scores = new Float64Array(horizons.length * width);
  const sizes = new Float64Array(horizons.length);
  let lender: number | undefined;
  horizons.forEach(({ steps }, h) => {
    const own = (rehearsals[h] as { readonly calibration: Calibration }).calibration;
    if (own.enough()) lender = h;
    const from = lender === undefined ? undefined : rehearsals[lender]?.calibration;
    const widening =
      lender === undefined ? 1 : Math.min(MOST_WIDENING, Math.sqrt(steps / (horizons[lender] as Horizon).steps));
    sizes[h] = from === undefined ? regime.spread() : from.size() * regime.turbulence();
    for (let level = 0; level < width; level++)
      scores[h * width + level] = from === undefined ? (NORMAL[level] as number) : from.quantile(level) * widening;
    straighten(scores, h * width, width);
  });
  return { scores, sizes, measuredSteps: lender === undefined ? 0 : (horizons[lender] as Horizon).steps };
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
