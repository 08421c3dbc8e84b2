/**
 * How an inventory is kept: read at its turn, and told of the commits of this process.
 *
 * 1. Whoever waits for the inventory has its turn after each reading, with the time at which that began: what came since may be missing.
 * 2. Who has ended here is known no more: what is known as gone was found in the directory that walks read, and has to leave it.
 */
import type { Bound, Clock } from '@leasehold/kernel';
import type { OwnedTypes } from '../model/decision.ts';
import type { Turn } from '../reconcile/turns.ts';
import type { OwnerDefinition } from '../rows/owners.ts';
import type { Inventory } from './inventory.ts';

/** 2. What a commit of this process made of an owner, noted. */
export const noteIn =
  <T extends OwnedTypes>(
    inventory: Pick<Inventory<T['summary']>, 'note'>,
    definition: Pick<OwnerDefinition<T>, 'summaryOf' | 'hasEnded'>,
  ) =>
  (ownerId: string, state: T['state']): void => {
    if (state.generation === 0) return;
    inventory.note(ownerId, definition.hasEnded?.(state) ? undefined : definition.summaryOf(state));
  };

/** 1. */
export type AfterInventory = (readSinceMs: number, signal: AbortSignal) => Promise<void>;

export const inventoryTurn = (
  inventory: Pick<Inventory, 'count' | 'pauseMs'>,
  clock: Pick<Clock, 'now'>,
  every: Bound,
  after: AfterInventory = async () => undefined,
): Turn => ({
  every,
  pauseMs: () => inventory.pauseMs(every.value),
  run: async (signal) => {
    const sinceMs = clock.now();
    await inventory.count(signal);
    await after(sinceMs, signal);
  },
});
