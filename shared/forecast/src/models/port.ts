/**
 * A model as the combination sees it. Models read the shared past and never write it.
 *
 * 1. `predict` uses nothing newer than the newest value of the past.
 * 2. A model that has not learned enough answers as the plainest rule would; it never answers NaN, infinity or less than 0.
 */
import type { Tape } from '../tape.ts';

export interface Model {
  readonly name: string;
  /** Called after each value. @param known false where the value was missing and was filled in. */
  learn(known: boolean): void;
  /** @param steps how many intervals after the newest value. */
  predict(steps: number): number;
  /** Passes what it has learned over the tape; what it keeps only to save time is forgotten. */
  carry(tape: Tape): void;
}
