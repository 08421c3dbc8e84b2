/**
 * Moves owners that have ended out of the directory that walks read (D2 of listing.ts): those that a former release left there, and those
 * whose process died behind its commit.
 *
 * 1. A walk moves a bounded number; the next goes on behind the last that was tried, so that who has to stay keeps nobody from it.
 * 2. The partition has the last word: an entry may say what is so no more.
 */
import { bound } from '@leasehold/kernel';
import type { OwnedTypes } from '../model/decision.ts';
import { isGone } from '../model/summary.ts';
import type { Owners } from '../rows/owners.ts';
import type { Inventory } from './inventory.ts';

const MOVED_A_WALK = bound('ended-owners-moved-a-walk', 200);

export interface EndedMover {
  /** To be called when the inventory was read. */
  move(signal: AbortSignal): Promise<void>;
}

export function createEndedMover<T extends OwnedTypes>(
  inventory: Pick<Inventory, 'entries'>,
  owners: Pick<Owners<T>, 'relist'>,
): EndedMover {
  let last = '';
  return {
    move: async (signal) => {
      const gone = [...inventory.entries()].filter(([, summary]) => isGone(summary));
      const names = gone.map(([name]) => name).sort();
      const behind = names.filter((name) => name > last);
      const inTurn = [...behind, ...names.slice(0, names.length - behind.length)];
      for (const name of inTurn.slice(0, MOVED_A_WALK.value)) {
        await owners.relist(name, signal);
        last = name;
      }
    },
  };
}
