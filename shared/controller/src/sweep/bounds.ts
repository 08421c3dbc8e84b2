/**
 * The bounds of the sweep, by name: how often it lists, how much it looks at, how much it remembers.
 */
import { type Bound, bound } from '@leasehold/kernel';

export interface SweepBounds {
  /** From the start to the first listing. */
  readonly firstMs: Bound;
  /** From one listing of everything to the next. */
  readonly listingEveryMs: Bound;
  /** One listing. */
  readonly listingMs: Bound;
  /** From the end of one round of looks at all finished owners to the beginning of the next. */
  readonly roundEveryMs: Bound;
  /** From the end of one look at all owners without access, whether they have some again, to the beginning of the next. */
  readonly accessEveryMs: Bound;
  /** Between two owners of a round: opening thousands one after the other would hold up a new one. */
  readonly roundPauseMs: Bound;
  /** Looks at single objects, over all backends. */
  readonly looksPerMinute: Bound;
  /** Names of no known owner that are judged in one listing. */
  readonly strangers: Bound;
  /** How long a judgement of such a name lasts. */
  readonly strangerMs: Bound;
  /** Objects of a listing whose look is compared with what should be; the rest in the next. */
  readonly bulkLooks: Bound;
  /** Objects whose last look is remembered as being as it should be. */
  readonly remembered: Bound;
  /** From a listing that its backend did not answer to the next of that backend. */
  readonly relistMs: Bound;
  /** How often a backend that came back is listed again while owners at work have lost something there. */
  readonly relists: Bound;
}

export const SWEEP_BOUNDS: SweepBounds = {
  firstMs: bound('sweep-first-ms', 5_000),
  listingEveryMs: bound('sweep-listing-every-ms', 120_000),
  listingMs: bound('sweep-listing-ms', 60_000),
  roundEveryMs: bound('sweep-round-every-ms', 600_000),
  accessEveryMs: bound('sweep-access-every-ms', 120_000),
  roundPauseMs: bound('sweep-round-pause-ms', 20),
  looksPerMinute: bound('sweep-looks-per-minute', 600),
  strangers: bound('sweep-strangers', 1_000),
  strangerMs: bound('sweep-stranger-ms', 1_800_000),
  bulkLooks: bound('sweep-bulk-looks', 2_000),
  remembered: bound('sweep-remembered-looks', 100_000),
  relistMs: bound('sweep-relist-ms', 5_000),
  relists: bound('sweep-relists', 24),
};
