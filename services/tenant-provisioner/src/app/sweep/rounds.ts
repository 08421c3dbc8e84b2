/**
 * The looks at single objects, tenant by tenant and round after round, in the time between listings.
 *
 * R1. Tenants without access come first, at the start and every two minutes, in the middle of a round too: access that somebody gave
 *     back to a suspended or leaving tenant is worse than any drift of one that is in use.
 * R2. A round goes on where it was: the next leader begins where the last one stood, as a cursor of the directory says it.
 */
import { bound } from '@leasehold/kernel';
import { makeCursor, parseCursor } from '@leasehold/store';
import type { Details } from './details.ts';
import { takeUpLeft } from './left.ts';
import { findTenant, isGone, mayBeShutOff, type SweepParts, tenantPages, understood } from './parts.ts';
import { readPlace, writePlace } from './place.ts';

interface Rounds {
  readonly parts: SweepParts;
  readonly details: Details;
  readonly fence: number;
}

/** One tenant at each step; between rounds it yields until when there is nothing to do. */
export async function* lookInRounds(
  { parts, details, fence }: Rounds,
  signal: AbortSignal,
): AsyncGenerator<number | undefined> {
  const { ledger, clock, bounds } = parts;
  const shutOff = createShutOffRounds(parts, details);
  let { cursor: from } = await readPlace(ledger, signal);
  while (!signal.aborted) {
    yield* shutOff.whenDue(signal);
    let last = from;
    for (const [at, tenantId] of (await namesFrom(parts, from, signal)).entries()) {
      if (at % PLACE_EVERY.value === 0) await writePlace(ledger, fence, last, signal);
      last = makeCursor([tenantId]);
      await lookAtOne({ parts, details }, tenantId, signal, takeUpLeft);
      yield undefined;
      await clock.sleep(bounds.roundPauseMs.value, signal);
      yield* shutOff.whenDue(signal);
    }
    await writePlace(ledger, fence, undefined, signal);
    from = undefined;
    const againAtMs = clock.now() + bounds.roundEveryMs.value;
    while (clock.now() < againAtMs) {
      yield Math.min(againAtMs, shutOff.dueAtMs());
      yield* shutOff.whenDue(signal);
    }
  }
}

/** Tenants between two writings of where a round stands. */
const PLACE_EVERY = bound('sweep-place-every-tenants', 200);

/** Who has not ended, in the order of the names, after the name at which a round stands. */
async function namesFrom({ inventory }: SweepParts, from: string | undefined, signal: AbortSignal) {
  await inventory.whenRead(signal);
  const after = from === undefined ? '' : parseCursor(from, ['string'])[0];
  const names: string[] = [];
  for (const [tenantId, summary] of inventory.entries()) if (!isGone(summary) && tenantId > after) names.push(tenantId);
  return names.sort();
}

type Found = NonNullable<Awaited<ReturnType<typeof findTenant>>>;

/** @param isTaken whether something else is done about it than to look. */
const lookAtOne = (
  { parts, details }: Omit<Rounds, 'fence'>,
  tenantId: string,
  signal: AbortSignal,
  isTaken: (parts: SweepParts, found: Found) => boolean = () => false,
): Promise<void> =>
  understood(parts, tenantId, async () => {
    const found = await findTenant(parts, tenantId, signal);
    if (found && !isTaken(parts, found)) await details.look(found.state, signal);
  });

/** R1. */
function createShutOffRounds(parts: SweepParts, details: Details) {
  const { clock, bounds } = parts;
  let atMs = clock.now();
  return {
    dueAtMs: () => atMs,
    async *whenDue(signal: AbortSignal): AsyncGenerator<number | undefined> {
      if (clock.now() < atMs) return;
      for await (const tenants of tenantPages(parts, signal)) {
        for (const summary of tenants) {
          if (!mayBeShutOff(summary)) continue;
          await lookAtOne({ parts, details }, summary.tenantId, signal);
          yield undefined;
          await clock.sleep(bounds.roundPauseMs.value, signal);
        }
      }
      atMs = clock.now() + bounds.accessEveryMs.value;
    },
  };
}
