/**
 * Whether one topic's consumer moves on: C8 of consumers.port.ts. Owns when work was taken, when it moved, and since when nothing
 * can be consumed; leaves what may be pulled to consumer-gate.ts.
 *
 * 1. Work is had from the first message taken to the ack that leaves none; an ack that failed is no movement, for the message
 *    comes again.
 * 2. Of several things that stand still the oldest is told.
 */
import type { LostConsumer } from '@leasehold/bus';
import type { Clock } from '@leasehold/kernel';
import type { ConsumerStall } from './consumers.port.ts';

export interface Movement {
  readonly held: number;
  take(): void;
  /** @param acked the bus was told. */
  release(acked: boolean): void;
  linked(isLinked: boolean): void;
  /** @param why something waits, where that is known. */
  stall(why: Pick<ConsumerStall, 'code' | 'message'> | undefined): ConsumerStall | undefined;
}

export interface MovementOptions {
  readonly stallMs: number;
  readonly clock: Clock;
  /** What the bus repairs by itself just now. */
  lost(): LostConsumer | undefined;
}

export function createMovement({ stallMs, clock, lost }: MovementOptions): Movement {
  let held = 0;
  let workSinceMs: number | undefined;
  let unlinkedSinceMs: number | undefined = clock.now();
  const standing = (why: Pick<ConsumerStall, 'code' | 'message'> | undefined): readonly ConsumerStall[] => {
    const since = (sinceMs: number | undefined, message: string): readonly ConsumerStall[] =>
      sinceMs === undefined ? [] : [{ sinceMs, code: 'NotMoving', message, ...(why && { ...why, sinceMs }) }];
    const away = unlinkedSinceMs === undefined ? lost() : undefined;
    return [
      ...since(held > 0 ? workSinceMs : undefined, 'messages are held and none is acked'),
      ...since(unlinkedSinceMs, 'the topic cannot be subscribed to'),
      ...(away === undefined ? [] : [away]),
    ];
  };
  return {
    get held() {
      return held;
    },
    take: () => {
      held += 1;
      workSinceMs ??= clock.now();
    },
    release: (acked) => {
      held -= 1;
      if (acked) workSinceMs = held > 0 ? clock.now() : undefined;
    },
    linked: (isLinked) => {
      unlinkedSinceMs = isLinked ? undefined : (unlinkedSinceMs ?? clock.now());
    },
    stall: (why) => {
      const [oldest] = [...standing(why)].sort((a, b) => a.sinceMs - b.sinceMs);
      if (oldest === undefined || clock.now() - oldest.sinceMs < stallMs) return undefined;
      const { sinceMs, code, message } = oldest;
      return { sinceMs, code, message };
    },
  };
}
