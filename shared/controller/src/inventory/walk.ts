/**
 * How whoever looks after many owners walks over them.
 *
 * 1. What another release wrote of an owner (rows, or what its objects should be) may have a form that only that one understands:
 *    that owner is passed over and told, and the others are looked at.
 */
import { asFault, bound, type Clock, type Log } from '@leasehold/kernel';
import type { Ledger } from '@leasehold/store';
import type { OwnedTypes } from '../model/decision.ts';
import type { OwnerSummary } from '../model/summary.ts';
import type { ServiceNames } from '../rows/names.ts';
import type { Owners } from '../rows/owners.ts';
import type { Inventory } from './inventory.ts';

const PAGE = bound('sweep-page-tenants', 1_000);
const PAGE_PAUSE = bound('sweep-page-pause-ms', 10);

/**
 * Every owner of the inventory, so many at a time, with a pause after each page: whoever is new does not wait for thousands. It
 * costs the store nothing.
 */
export async function* ownerPages<S extends OwnerSummary>(
  { inventory, clock }: { readonly inventory: Pick<Inventory<S>, 'entries' | 'whenRead'>; readonly clock: Clock },
  signal: AbortSignal,
): AsyncGenerator<readonly (readonly [ownerId: string, summary: S])[]> {
  await inventory.whenRead(signal);
  const all = [...inventory.entries()];
  for (let from = 0; from < all.length; from += PAGE.value) {
    yield all.slice(from, from + PAGE.value);
    if (from + PAGE.value < all.length) await clock.sleep(PAGE_PAUSE.value, signal);
  }
}

export interface Understanding {
  readonly names: Pick<ServiceNames, 'ownerType' | 'about'>;
  readonly log: Pick<Log, 'error'>;
}

/** 1. @returns undefined where it was passed over. */
export async function understood<T>(
  { names, log }: Understanding,
  ownerId: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    const fields = { ...names.about(ownerId), err: asFault(error) };
    log.error(`a ${names.ownerType} was not understood, and is passed over`, fields);
    return undefined;
  }
}

/** As it is now. Undefined: only another release can read it. */
export const findOwner = <T extends OwnedTypes>(
  { owners, ledger }: { readonly owners: Pick<Owners<T>, 'find'>; readonly ledger: Pick<Ledger, 'store'> },
  ownerId: string,
  signal: AbortSignal,
) => owners.find(ownerId, { fresh: !ledger.store.exclusive, signal });
