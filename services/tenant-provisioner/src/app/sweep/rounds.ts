/**
 * The looks at single objects, tenant by tenant and round after round, in the time between listings.
 *
 * R1. Tenants without access come first, at the start and every two minutes, in the middle of a round too: access that somebody gave
 *     back to a suspended or leaving tenant is worse than any drift of one that is in use.
 * R2. A round goes on where it was: the next leader begins at the page at which the last one stood.
 */
import type { Details } from './details.ts';
import { takeUpLeft } from './left.ts';
import { directory, findTenant, isGone, mayBeShutOff, type SweepParts } from './parts.ts';
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
    for await (const { tenants, cursor } of directory(parts, signal, from)) {
      await writePlace(ledger, fence, cursor, signal);
      for (const summary of tenants) {
        if (isGone(summary)) continue;
        const found = await findTenant(parts, summary.tenantId, signal);
        if (found && !takeUpLeft(parts, found)) await details.look(found.state, signal);
        yield undefined;
        await clock.sleep(bounds.roundPauseMs.value, signal);
        yield* shutOff.whenDue(signal);
      }
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

/** R1. */
function createShutOffRounds(parts: SweepParts, details: Details) {
  const { clock, bounds } = parts;
  let atMs = clock.now();
  return {
    dueAtMs: () => atMs,
    async *whenDue(signal: AbortSignal): AsyncGenerator<number | undefined> {
      if (clock.now() < atMs) return;
      for await (const { tenants } of directory(parts, signal)) {
        for (const summary of tenants) {
          if (!mayBeShutOff(summary)) continue;
          const found = await findTenant(parts, summary.tenantId, signal);
          if (found) await details.look(found.state, signal);
          yield undefined;
          await clock.sleep(bounds.roundPauseMs.value, signal);
        }
      }
      atMs = clock.now() + bounds.accessEveryMs.value;
    },
  };
}
