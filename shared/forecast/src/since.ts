/**
 * Whose models are right since the level left the season: errors of forecasts that were made since, apart from all before, which say only
 * what was right at the old level.
 *
 * 1. A forecast made before the change counts for nobody: all models missed it alike.
 * 2. What has not lasted for four hours may be a burst, and changes nothing.
 * 3. A horizon that was measured since has weights of its own. A farther one borrows those of the farthest that was, as far ahead as the change
 *    is proof of; models that have learned their equations at the old level, or fade to it, have no say there.
 */
import type { Horizon } from './horizons.ts';
import type { Say } from './models/port.ts';
import type { Tape } from './tape.ts';
import { weigh } from './weights.ts';

/** A horizon is measured once this many times its steps have passed since the change, and the change is proof for as many times as far. */
const TIMES_MEASURED = 4;
/** Share of a day below which what left the season may be a burst. */
const BURST_SHARE = 1 / 6;

export interface Since {
  /** @param shiftedSteps for how long the level has been apart; 0 while it is not. */
  measure(horizon: number, forecasts: Float64Array, offset: number, value: number, shiftedSteps: number): void;
  /** Undefined where the weights of the whole past hold. */
  weights(horizon: number, shiftedSteps: number): Float64Array | undefined;
  carry(tape: Tape): void;
}

export function createSince(horizons: readonly Horizon[], says: readonly Say[], day: number): Since {
  const rows = () => horizons.map(() => new Float64Array(says.length));
  const [errors, own, lent] = [rows(), rows(), rows()];
  const everyone = says.map(() => true);
  const unlearned = says.map((say) => say !== 'measured');
  const measure: Since['measure'] = (horizon, forecasts, offset, value, shiftedSteps) => {
    const row = errors[horizon] as Float64Array;
    if (shiftedSteps <= (horizons[horizon] as Horizon).steps) {
      row.fill(0);
      return;
    }
    for (let m = 0; m < row.length; m++)
      row[m] = (row[m] as number) + Math.abs((forecasts[offset + m] as number) - value);
    weigh(row, everyone, own[horizon] as Float64Array);
    weigh(row, unlearned, lent[horizon] as Float64Array);
  };
  const weights: Since['weights'] = (horizon, shiftedSteps) => {
    if (shiftedSteps <= day * BURST_SHARE) return undefined;
    let measured = -1;
    while (TIMES_MEASURED * (horizons[measured + 1]?.steps ?? Number.POSITIVE_INFINITY) <= shiftedSteps) measured++;
    if (horizon <= measured) return own[horizon];
    return (horizons[horizon] as Horizon).steps <= TIMES_MEASURED * shiftedSteps ? lent[measured] : undefined;
  };
  const carry = (tape: Tape): void => {
    for (const row of [...errors, ...own, ...lent]) tape.row(row);
  };
  return { measure, weights, carry };
}
