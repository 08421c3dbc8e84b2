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

export interface SubscriptionOptions {
  readonly bounds: BusBounds;
  /** Unacked messages after a seq, oldest first. */
  read(afterSeq: number, limit: number): readonly Pending[];
  readonly floor: number;
}

/** Rows are read in small steps, so that a few large messages do not pass the bound of bytes by much. */
const STEP = 32;

/** Messages read and not yet handed out, oldest first. */
function createReadAhead({ bounds, read, floor }: SubscriptionOptions) {
  let buffer: Pending[] = [];
  let bytes = 0;
  let readUpTo = floor;
  let exhausted = false;
  const sizeOf = ({ message }: Pending) => message.payload.byteLength;
  const fill = () => {
    while (!exhausted && buffer.length < bounds.readAhead.value && bytes < bounds.readAheadBytes.value) {
      const limit = Math.min(STEP, bounds.readAhead.value - buffer.length);
      const rows = read(readUpTo, limit);
      exhausted = rows.length < limit;
      for (const row of rows) {
        buffer.push(row);
        bytes += sizeOf(row);
        readUpTo = row.seq;
      }
    }
  };
  return {
    mayHaveMore: () => {
      exhausted = false;
    },
    putBack: (returned: readonly Pending[]) => {
      buffer = [...returned, ...buffer].sort((a, b) => a.seq - b.seq);
      for (const pending of returned) bytes += sizeOf(pending);
    },
    /** Offers messages in order while somebody wants one. @param offer true where it was taken. */
    sweep: (wanted: () => boolean, offer: (pending: Pending) => boolean) => {
      for (;;) {
        fill();
        const left: Pending[] = [];
        let at = 0;
        for (; at < buffer.length && wanted(); at += 1) {
          const pending = buffer[at] as Pending;
          if (offer(pending)) bytes -= sizeOf(pending);
          else left.push(pending);
        }
        if (at > 0) buffer = [...left, ...buffer.slice(at)];
        if (buffer.length > 0 || exhausted || !wanted()) return;
      }
    },
  };
}

/** Which keys are with whom (1). */
function createKeyHolders() {
  const held = new Map<string, { readonly taker: Taker; count: number }>();
  return {
    of: (key: string | undefined): Taker | undefined => (key === undefined ? undefined : held.get(key)?.taker),
    hold: (key: string | undefined, taker: Taker) => {
      if (key === undefined) return;
      const mark = held.get(key) ?? { taker, count: 0 };
      mark.count += 1;
      held.set(key, mark);
    },
    free: (key: string | undefined, taker: Taker) => {
      const mark = key === undefined ? undefined : held.get(key);
      if (key === undefined || mark?.taker !== taker) return;
      mark.count -= 1;
      if (mark.count === 0) held.delete(key);
    },
  };
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  const readAhead = createReadAhead(options);
  const holders = createKeyHolders();
  const takers = new Set<Taker>();
  const choose = (key: string | undefined): Taker | undefined => {
    const holder = holders.of(key);
    if (holder) return holder.wants() ? holder : undefined;
    const wanting = [...takers].filter((taker) => taker.wants());
    return wanting.reduce<Taker | undefined>(
      (best, taker) => (best && best.inHand.size <= taker.inHand.size ? best : taker),
      undefined,
    );
  };
  const dispatch = () => {
    // A key whose message nobody could take is passed over to the end of the sweep: while messages are given nobody wants more.
    const offer = (pending: Pending): boolean => {
      const { key } = pending.message;
      const taker = choose(key);
      if (taker) {
        holders.hold(key, taker);
        taker.give(pending);
      }
      return taker !== undefined;
    };
    readAhead.sweep(() => [...takers].some((taker) => taker.wants()), offer);
  };
  return {
    get takers() {
      return takers.size;
    },
    join: (taker) => void takers.add(taker),
    leave: (taker) => {
      takers.delete(taker);
      const returned = [...taker.inHand.values()];
      for (const { message } of returned) holders.free(message.key, taker);
      readAhead.putBack(returned);
      dispatch();
    },
    changed: dispatch,
    wake: () => {
      readAhead.mayHaveMore();
      dispatch();
    },
    release: (taker, { message }) => {
      holders.free(message.key, taker);
      dispatch();
    },
  };
}
