/**
 * Moves owners that have ended out of the directory that walks read (D2 of listing.ts): those that a former release left there, and those
 * whose process died behind its commit.
 *
 * 1. A walk moves a bounded number; the next goes on behind the last that was tried, so that who has to stay keeps nobody from it.
 * 2. The partition has the last word: an entry may say what is so no more.
 * 3. Who has to stay, as something of it was left behind, is not looked at again by each walk, only after a while: what its entry says is
 *    no sign, for it may have been written before its commit.
 */
import { bound, type Clock } from '@leasehold/kernel';
import type { OwnedTypes } from '../model/decision.ts';
import { isGone } from '../model/summary.ts';
import type { Owners } from '../rows/owners.ts';
import type { Inventory } from './inventory.ts';

const MOVED_A_WALK = bound('ended-owners-moved-a-walk', 200);
/** 3. */
const STAYS_MS = bound('ended-owner-stays-ms', 3_600_000);

export interface EndedMover {
  /** To be called when the inventory was read. */
  move(signal: AbortSignal): Promise<void>;
}

export function createEndedMover<T extends OwnedTypes>(
  inventory: Pick<Inventory, 'entries'>,
  owners: Pick<Owners<T>, 'relist'>,
  clock: Pick<Clock, 'now'>,
): EndedMover {
  let last = '';
  /** 3: until when, by name; of those alone that the last walk found. */
  let stay: ReadonlyMap<string, number> = new Map();
  return {
    move: async (signal) => {
      const gone = [...inventory.entries()].filter(([, summary]) => isGone(summary)).map(([name]) => name);
      const staying = new Map<string, number>();
      for (const name of gone) {
        const untilMs = stay.get(name);
        if (untilMs !== undefined && untilMs > clock.now()) staying.set(name, untilMs);
      }
      stay = staying;
      const names = gone.filter((name) => !staying.has(name)).sort();
      const behind = names.filter((name) => name > last);
      const inTurn = [...behind, ...names.slice(0, names.length - behind.length)];
      for (const name of inTurn.slice(0, MOVED_A_WALK.value)) {
        const hasMoved = await owners.relist(name, signal);
        if (!hasMoved) staying.set(name, clock.now() + STAYS_MS.value);
        last = name;
      }
    },
  };
}
