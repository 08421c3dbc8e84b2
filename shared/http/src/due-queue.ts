/**
 * One timer for all that wait equally long: they are due in the order in which they were added. A timer for each request would
 * cost more than the rest of a small one. Leaves what is done when one is due to whoever makes the queue.
 */
import type { Bound, Clock } from '@leasehold/kernel';

export interface DueQueue<T> {
  /** @returns the way to take it out. */
  add(entry: T): () => void;
  /** Nothing is due any more. */
  close(): void;
}

interface Slot<T> {
  readonly entry: T;
  dueMs: number;
}

/** @param onDue never rejects; `again`: it waits once more, unless it was taken out meanwhile. */
export function createDueQueue<T>(
  clock: Clock,
  wait: Bound,
  onDue: (entry: T) => 'again' | 'done' | Promise<'again' | 'done'>,
): DueQueue<T> {
  const slots = new Set<Slot<T>>();
  const closed = new AbortController();
  let watching = false;
  const turn = async (slot: Slot<T>): Promise<void> => {
    const outcome = await onDue(slot.entry);
    if (!slots.delete(slot) || outcome === 'done') return;
    slot.dueMs = clock.now() + wait.value;
    slots.add(slot);
  };
  /** Those that are due stand first: the walk ends at the first that is not. */
  const dueNow = (): readonly Slot<T>[] => {
    const found: Slot<T>[] = [];
    for (const slot of slots) {
      if (slot.dueMs > clock.now()) break;
      found.push(slot);
    }
    return found;
  };
  const watch = async (): Promise<void> => {
    for (let [first] = slots; first !== undefined && !closed.signal.aborted; [first] = slots) {
      await clock.sleep(Math.max(1, first.dueMs - clock.now()), closed.signal);
      await Promise.all(dueNow().map(turn));
    }
  };
  const startWatch = (): void => {
    if (watching || closed.signal.aborted) return;
    watching = true;
    // Rejects only when it is closed.
    watch().then(
      () => {
        watching = false;
      },
      () => undefined,
    );
  };
  return {
    add: (entry) => {
      const slot = { entry, dueMs: clock.now() + wait.value };
      slots.add(slot);
      startWatch();
      return () => {
        slots.delete(slot);
      };
    },
    close: () => closed.abort(),
  };
}
