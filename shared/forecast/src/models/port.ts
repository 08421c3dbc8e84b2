/**
 * A model as the combination sees it. Models read the shared past and never write it.
 *
 * 1. `predict` uses nothing newer than the newest value of the past.
 * 2. A model that has not learned enough answers as the plainest rule would; it never answers NaN, infinity or less than 0.
 */
import type { Tape } from '../tape.ts';

/**
 * When a model has a say: always; not at horizons where it was not measured since the level changed, because what it has learned
 * there is the old level, or what it fades to; or only while the level is apart from the season.
 */
export type Say = 'always' | 'measured' | 'shifted';

export interface Model {
  readonly name: string;
  readonly say: Say;
  /** Called after each value. @param known false where the value was missing and was filled in. */
  learn(known: boolean): void;
  /** @param steps how many intervals after the newest value. */
  predict(steps: number): number;
  /** Passes what it has learned over the tape; what it keeps only to save time is forgotten. */
  carry(tape: Tape): void;
}
