/**
 * The events of a world, ordered by time and, at one time, by a seeded number: what happens "at once" happens in an order
 * that the seed chooses.
 *
 * 1. `pop` gives the events in the order (time, tie); a cancelled event is never given.
 * 2. Nothing is ordered by insertion, so that no code can rely on it by accident.
 */
export interface WorldEvent {
  readonly atMs: number;
  readonly tie: number;
  /** Whether product code may run because of it: if not, the next event may follow at once. */
  readonly wakes: boolean;
  /** Absent: cancelled. */
  run: (() => void) | undefined;
}

export interface EventQueue {
  readonly size: number;
  push(event: WorldEvent): void;
  pop(): WorldEvent | undefined;
  /** The time of the next event, cancelled or not. */
  nextAtMs(): number | undefined;
}

const before = (a: WorldEvent, b: WorldEvent): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie);

function siftUp(heap: WorldEvent[], event: WorldEvent): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as WorldEvent;
    if (!before(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function siftDown(heap: WorldEvent[], event: WorldEvent): void {
  const { length } = heap;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= length) break;
    if (child + 1 < length && before(heap[child + 1] as WorldEvent, heap[child] as WorldEvent)) child += 1;
    if (!before(heap[child] as WorldEvent, event)) break;
    heap[index] = heap[child] as WorldEvent;
    index = child;
  }
  heap[index] = event;
}

export function createEventQueue(): EventQueue {
  const heap: WorldEvent[] = [];
  const take = (): WorldEvent | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && last !== first) siftDown(heap, last);
    return first;
  };
  return {
    get size() {
      return heap.length;
    },
    push: (event) => siftUp(heap, event),
    pop: () => {
      for (;;) {
        const event = take();
        if (event === undefined || event.run !== undefined) return event;
      }
    },
    nextAtMs: () => heap[0]?.atMs,
  };
}
