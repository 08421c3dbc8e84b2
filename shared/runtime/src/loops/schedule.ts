/**
 * Which key comes next: a heap of what is not yet due and a heap of what is. Owns order and time; work-queue.ts owns what runs.
 *
 * 1. At most one timer is set, for the earliest entry that is not yet due.
 * 2. Placing an entry again leaves a stale item in a heap, told by its ticket and dropped when it comes up.
 * 3. Of what is due, takeovers come first, then urgent entries, and low ones last; otherwise first come, first served.
 */
import type { Clock } from '@leasehold/kernel';
import { createHeap } from './heap.ts';
import { createWakeTimer } from './wake-timer.ts';

export interface Wanted {
  readonly atMs: number;
  readonly urgent: boolean;
  /** Was begun by another process, which may be gone: goes before all others, and has places of its own. */
  readonly takeover: boolean;
  /** Goes after all others, and only where there is room for such. */
  readonly low: boolean;
}

/** What can be placed: `ticket` is the schedule's own. */
export interface Placed {
  ticket: number;
}

export interface Schedule<E extends Placed> {
  place(entry: E, wanted: Wanted): void;
  /** The next entry that is due, where there is a place for such; it is placed no more. */
  take(places: Places): E | undefined;
  /** Sets the timer for what is not yet due. */
  arm(): void;
  clear(): void;
}

export interface Places {
  readonly forTakeovers: boolean;
  readonly forLow: boolean;
  readonly forOthers: boolean;
}

const TAKEN = -1;

const LOW = 3;
const rank = ({ takeover, urgent, low }: Wanted): number => (takeover ? 0 : urgent ? 1 : low ? LOW : 2);
const hasPlace = ({ forTakeovers, forLow, forOthers }: Places, wanted: Wanted): boolean =>
  wanted.takeover ? forTakeovers || forOthers : forOthers && (forLow || rank(wanted) !== LOW);

export function createSchedule<E extends Placed>(clock: Clock, onDue: () => void): Schedule<E> {
  type Item = Wanted & { readonly entry: E; readonly ticket: number };
  const delayed = createHeap<Item>((a, b) => (a.atMs === b.atMs ? a.ticket < b.ticket : a.atMs < b.atMs));
  const ready = createHeap<Item>((a, b) => (rank(a) === rank(b) ? a.ticket < b.ticket : rank(a) < rank(b)));
  const timer = createWakeTimer(clock, onDue);
  let tickets = 0;
  const isStale = (item: Item): boolean => item.ticket !== item.entry.ticket;
  const moveDue = (): void => {
    const now = clock.now();
    for (let top = delayed.peek(); top !== undefined && (isStale(top) || top.atMs <= now); top = delayed.peek()) {
      delayed.pop();
      if (!isStale(top)) ready.push(top);
    }
  };
  return {
    place: (entry, wanted) => {
      entry.ticket = ++tickets;
      delayed.push({ ...wanted, entry, ticket: entry.ticket });
    },
    take: (places) => {
      moveDue();
      for (let item = ready.peek(); item !== undefined; item = ready.peek()) {
        if (!isStale(item) && !hasPlace(places, item)) return undefined;
        ready.pop();
        if (isStale(item)) continue;
        item.entry.ticket = TAKEN;
        return item.entry;
      }
      return undefined;
    },
    arm: () => {
      const next = delayed.peek();
      if (next !== undefined) timer.set(next.atMs);
    },
    clear: () => {
      timer.clear();
      delayed.clear();
      ready.clear();
    },
  };
}
