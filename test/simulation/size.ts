/**
 * How much happens in one schedule: many small ones find more than few large ones, and a tail of large ones finds what only
 * crowds show.
 */
import type { Rng } from '@leasehold/kernel';

export interface Size {
  readonly tenants: readonly number[];
  readonly leastSteps: number;
  readonly moreSteps: number;
}

const SMALL: Size = { tenants: [1, 1, 1, 1, 2], leastSteps: 1, moreSteps: 2 };
const MIDDLE: Size = { tenants: [1, 2, 2, 3], leastSteps: 1, moreSteps: 3 };
export const CROWD: Size = { tenants: [2, 3, 3, 4], leastSteps: 0, moreSteps: 2 };
const LARGE: Size = { tenants: [2, 3, 3, 4], leastSteps: 2, moreSteps: 4 };

export function sizeOf(rng: Rng): Size {
  const draw = rng.next();
  return draw < 0.82 ? SMALL : draw < 0.97 ? MIDDLE : LARGE;
}
