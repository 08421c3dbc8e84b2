/**
 * The budget of changes: a service may change as often as the plain autoscaler would, and no oftener.
 *
 * B1. A change of the yardstick earns a little less than one change; a change of ours spends one. Savings are bounded.
 * B2. What a schedule, a bound or a person changes is not charged: it is no change of ours.
 * B3. A rise is never refused: it may take the budget below zero, and later falls wait for it.
 * B4. Nobody waits longer than an hour: what keeps a number that nothing else asks for may not keep it for days.
 */
import { HOUR_S } from './time.ts';

const EARNED = 0.97;
const FIRST = 3;
const MOST = 40;
const LEAST = -20;
const LONGEST_HOLD_S = HOUR_S;

export interface Budget {
  earn(): void;
  spend(): void;
  left(): number;
  /** Whether the budget alone keeps the number, at a tick that long after the one before. */
  hold(held: boolean, tickS: number): void;
}

export function createBudget(): Budget {
  let left = FIRST;
  let heldS = 0;
  return {
    earn: () => {
      left = Math.min(MOST, left + EARNED);
    },
    spend: () => {
      left = Math.max(LEAST, left - 1);
    },
    left: () => (heldS >= LONGEST_HOLD_S ? Math.max(1, left) : left),
    hold: (held, tickS) => {
      heldS = held ? heldS + tickS : 0;
    },
  };
}
