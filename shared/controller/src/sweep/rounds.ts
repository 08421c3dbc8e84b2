/**
 * The looks at single objects, owner by owner and round after round, in the time between listings.
 *
 * R1. Owners without access come first, at the start and every two minutes, in the middle of a round too: access that somebody gave
 *     back to a suspended or leaving owner is worse than any drift of one that is in use.
 * R2. A round goes on where it was: the next leader begins where the last one stood, as a cursor of the directory says it.
 */
import { bound } from '@leasehold/kernel';
import { makeCursor, parseCursor } from '@leasehold/store';
import { findOwner, ownerPages, understood } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import { isGone } from '../model/summary.ts';
import type { ReadRows } from '../rows/owners.ts';
import type { Details } from './details.ts';
import { takeUpLeft } from './left.ts';
import type { SweepParts } from './parts.ts';
import { readPlace, writePlace } from './place.ts';

interface Rounds<T extends OwnedTypes> {
  readonly parts: SweepParts<T>;
  readonly details: Details<T>;
  readonly fence: number;
}

/** One owner at each step; between rounds it yields until when there is nothing to do. */
export async function* lookInRounds<T extends OwnedTypes>(
  { parts, details, fence }: Rounds<T>,
  signal: AbortSignal,
): AsyncGenerator<number | undefined> {
  const { clock, bounds } = parts;
  const shutOff = createShutOffRounds(parts, details);
  let { cursor: from } = await readPlace(parts, signal);
  while (!signal.aborted) {
    yield* shutOff.whenDue(signal);
    let last = from;
    for (const [at, ownerId] of (await namesFrom(parts, from, signal)).entries()) {
      if (at % PLACE_EVERY.value === 0) await writePlace(parts, fence, last, signal);
      last = makeCursor([ownerId]);
      await lookAtOne({ parts, details }, ownerId, signal, takeUpLeft<T>);
      yield undefined;
      await clock.sleep(bounds.roundPauseMs.value, signal);
      yield* shutOff.whenDue(signal);
    }
    await writePlace(parts, fence, undefined, signal);
    from = undefined;
    const againAtMs = clock.now() + bounds.roundEveryMs.value;
    while (clock.now() < againAtMs) {
      yield Math.min(againAtMs, shutOff.dueAtMs());
      yield* shutOff.whenDue(signal);
    }
  }
}

/** Owners between two writings of where a round stands. */
const PLACE_EVERY = bound('sweep-place-every-tenants', 200);

/** Who has not ended, in the order of the names, after the name at which a round stands. */
async function namesFrom<T extends OwnedTypes>(
  { inventory }: SweepParts<T>,
  from: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await inventory.whenRead(signal);
  const after = from === undefined ? '' : parseCursor(from, ['string'])[0];
  const names: string[] = [];
  for (const [ownerId, summary] of inventory.entries()) if (!isGone(summary) && ownerId > after) names.push(ownerId);
  return names.sort();
}

/** @param isTaken whether something else is done about it than to look. */
const lookAtOne = <T extends OwnedTypes>(
  { parts, details }: Omit<Rounds<T>, 'fence'>,
  ownerId: string,
  signal: AbortSignal,
  isTaken: (parts: SweepParts<T>, ownerId: string, found: ReadRows<T>) => boolean = () => false,
): Promise<void> =>
  understood(parts, ownerId, async () => {
    const found = await findOwner(parts, ownerId, signal);
    if (found && !isTaken(parts, ownerId, found)) await details.look(ownerId, found.state, signal);
  });

/** R1. */
function createShutOffRounds<T extends OwnedTypes>(parts: SweepParts<T>, details: Details<T>) {
  const { clock, bounds, sweep } = parts;
  let atMs = clock.now();
  return {
    dueAtMs: () => atMs,
    async *whenDue(signal: AbortSignal): AsyncGenerator<number | undefined> {
      if (clock.now() < atMs) return;
      for await (const owners of ownerPages<T['summary']>(parts, signal)) {
        for (const [ownerId, summary] of owners) {
          if (!sweep.mayBeShutOff?.(summary)) continue;
          await lookAtOne({ parts, details }, ownerId, signal);
          yield undefined;
          await clock.sleep(bounds.roundPauseMs.value, signal);
        }
      }
      atMs = clock.now() + bounds.accessEveryMs.value;
    },
  };
}
