/**
 * Who gets which message of one subscription, inside the process.
 *
 * 1. A key is with one consumer as long as that consumer holds unacked messages of it; other consumers wait (B1).
 * 2. A message is with one consumer; what a closing consumer had not acked goes back to its place in the order (B2).
 * 3. At most `bus.readAhead` messages and `bus.readAheadBytes` are read before somebody takes them. While all of them belong
 *    to keys that are held, others wait behind.
 * Leaves to `embedded-bus.ts` what is on disk.
 */
import type { BusBounds } from './bounds.ts';
import type { IncomingMessage } from './port.ts';

export interface Pending {
  readonly seq: number;
  readonly message: IncomingMessage;
}

/** A consumer, as the subscription sees it. */
export interface Taker {
  /** True while it waits for a message and its window has room. */
  wants(): boolean;
  readonly inHand: ReadonlyMap<string, Pending>;
  give(pending: Pending): void;
}

export interface Subscription {
  join(taker: Taker): void;
  /** What the taker has in hand goes to the others. */
  leave(taker: Taker): void;
  /** The taker wants something, or gave a message's key free. */
  changed(): void;
  /** There may be new messages on disk. */
  wake(): void;
  /** To be called once the ack is durable. */
  release(taker: Taker, pending: Pending): void;
  readonly takers: number;
}

interface Held {
  readonly taker: Taker;
  count: number;
}

export interface SubscriptionOptions {
  readonly bounds: BusBounds;
  /** Unacked messages after a seq, oldest first. */
  read(afterSeq: number, limit: number): readonly Pending[];
  readonly floor: number;
}

export function createSubscription({ bounds, read, floor }: SubscriptionOptions): Subscription {
  let buffer: Pending[] = [];
  let bufferBytes = 0;
  let readUpTo = floor;
  let exhausted = false;
  const takers = new Set<Taker>();
  const held = new Map<string, Held>();

  const fill = () => {
    while (!exhausted && buffer.length < bounds.readAhead.value && bufferBytes < bounds.readAheadBytes.value) {
      // In small steps, so that a few large messages do not pass the bound of bytes by much.
      const limit = Math.min(32, bounds.readAhead.value - buffer.length);
      const rows = read(readUpTo, limit);
      exhausted = rows.length < limit;
      for (const row of rows) {
        buffer.push(row);
        bufferBytes += row.message.payload.byteLength;
        readUpTo = row.seq;
      }
    }
  };

  const choose = (key: string | undefined): Taker | undefined => {
    const holder = key === undefined ? undefined : held.get(key)?.taker;
    if (holder) return holder.wants() ? holder : undefined;
    let best: Taker | undefined;
    for (const taker of takers) {
      if (taker.wants() && (!best || taker.inHand.size < best.inHand.size)) best = taker;
    }
    return best;
  };

  const hand = (pending: Pending, taker: Taker) => {
    const { key } = pending.message;
    if (key !== undefined) {
      const mark = held.get(key) ?? { taker, count: 0 };
      mark.count += 1;
      held.set(key, mark);
    }
    bufferBytes -= pending.message.payload.byteLength;
    taker.give(pending);
  };

  const dispatch = () => {
    const wanting = () => [...takers].some((taker) => taker.wants());
    fill();
    const left: Pending[] = [];
    const passedOver = new Set<string>();
    let at = 0;
    for (; at < buffer.length && wanting(); at += 1) {
      const pending = buffer[at] as Pending;
      const { key } = pending.message;
      const taker = key !== undefined && passedOver.has(key) ? undefined : choose(key);
      if (taker) hand(pending, taker);
      else {
        left.push(pending);
        if (key !== undefined) passedOver.add(key);
      }
    }
    buffer = at === 0 ? buffer : [...left, ...buffer.slice(at)];
    if (buffer.length === 0 && !exhausted && wanting()) dispatch();
  };

  const unhold = (taker: Taker, key: string | undefined) => {
    if (key === undefined) return;
    const mark = held.get(key);
    if (mark?.taker !== taker) return;
    mark.count -= 1;
    if (mark.count === 0) held.delete(key);
  };

  return {
    get takers() {
      return takers.size;
    },
    join: (taker) => void takers.add(taker),
    leave: (taker) => {
      takers.delete(taker);
      const returned = [...taker.inHand.values()];
      for (const { message } of returned) {
        unhold(taker, message.key);
        bufferBytes += message.payload.byteLength;
      }
      buffer = [...returned, ...buffer].sort((a, b) => a.seq - b.seq);
      dispatch();
    },
    changed: dispatch,
    wake: () => {
      exhausted = false;
      dispatch();
    },
    release: (taker, { message }) => {
      unhold(taker, message.key);
      dispatch();
    },
  };
}
