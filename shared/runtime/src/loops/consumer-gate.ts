/**
 * What one topic's consumer may do now, and what is seen of it. Owns who waits for something that is away, and the visible
 * state; leaves whether it moves on to consumer-stall.ts.
 *
 * 1. The gate is open while fewer messages than the window are held and none of them waits for something that is away.
 * 2. `since` moves only when the status does.
 * 3. What waits for itself alone is shown and closes nothing, until such messages fill the window.
 */
import type { IncomingMessage } from '@leasehold/bus';
import type { Fault } from '@leasehold/kernel';
import { createMovement, type MovementOptions } from './consumer-stall.ts';
import type { ConsumerState } from './consumers.port.ts';

type WaitReason = NonNullable<ConsumerState['reason']>;

export interface ConsumerGate {
  /** Resolves when another message may be pulled, or the signal is aborted. */
  whenOpen(stopping: AbortSignal): Promise<void>;
  /** Resolves when no message waits, or the signal is aborted. */
  whenUnblocked(stopping: AbortSignal): Promise<void>;
  take(): void;
  /** @param acked the bus was told. */
  release(acked: boolean): void;
  block(message: IncomingMessage, fault: Fault, attempts: number): void;
  /** It waits, and its lane behind it; the others go on. */
  putAside(message: IncomingMessage, fault: Fault, attempts: number): void;
  unblock(message: IncomingMessage): void;
  connected(): void;
  disconnected(fault: Fault, attempts: number): void;
  close(): void;
  /** Lets whoever waits look again. */
  wake(): void;
  state(): ConsumerState;
}

const reasonOf = (fault: Fault, attempts: number): WaitReason => ({
  code: fault.code,
  message: fault.message,
  attempts,
});

/** Who looks again whenever something has changed. */
function createLookers() {
  let waiters: (() => void)[] = [];
  return {
    wake: (): void => {
      const woken = waiters;
      waiters = [];
      for (const resolve of woken) resolve();
    },
    until: async (isOpen: () => boolean, stopping: AbortSignal): Promise<void> => {
      while (!stopping.aborted && !isOpen()) await new Promise<void>((resolve) => waiters.push(resolve));
    },
  };
}

export interface ConsumerGateOptions extends MovementOptions {
  readonly topic: string;
  readonly window: number;
}

export function createConsumerGate(options: ConsumerGateOptions): ConsumerGate {
  const { topic, window, clock } = options;
  const movement = createMovement(options);
  const blocks = new Map<IncomingMessage, WaitReason>();
  const aside = new Map<IncomingMessage, WaitReason>();
  let link: 'connecting' | 'connected' | 'closed' = 'connecting';
  let linkReason: WaitReason | undefined;
  let status: ConsumerState['status'] = 'connecting';
  let since = clock.now();
  const { wake, until } = createLookers();
  const change = (): void => {
    const next = statusNow();
    if (next !== status) since = clock.now();
    status = next;
    wake();
  };
  const statusNow = (): ConsumerState['status'] => {
    if (link === 'closed') return 'closed';
    const isFull = aside.size > 0 && movement.held >= window;
    if (blocks.size > 0 || isFull || linkReason !== undefined) return 'waiting';
    return link === 'connected' ? 'pulling' : 'connecting';
  };
  const setLink = (next: typeof link, reason: WaitReason | undefined): void => {
    link = next;
    linkReason = reason;
    movement.linked(next !== 'connecting');
    change();
  };
  return {
    whenOpen: (stopping) => until(() => blocks.size === 0 && movement.held < window, stopping),
    whenUnblocked: (stopping) => until(() => blocks.size === 0, stopping),
    take: () => {
      movement.take();
      if (aside.size > 0) change();
    },
    release: (acked) => {
      movement.release(acked);
      change();
    },
    block: (message, fault, attempts) => {
      aside.delete(message);
      blocks.set(message, reasonOf(fault, attempts));
      change();
    },
    putAside: (message, fault, attempts) => {
      blocks.delete(message);
      aside.set(message, reasonOf(fault, attempts));
      change();
    },
    unblock: (message) => {
      const waited = blocks.delete(message) || aside.delete(message);
      if (waited) change();
    },
    connected: () => setLink('connected', undefined),
    disconnected: (fault, attempts) => setLink('connecting', reasonOf(fault, attempts)),
    close: () => setLink('closed', undefined),
    wake,
    state: () => {
      const reason = blocks.values().next().value ?? linkReason ?? aside.values().next().value;
      const { held } = movement;
      if (status === 'closed') return { topic, status, since, held };
      const alone = aside.size > 0 && { alone: aside.size };
      const stall = movement.stall(reason);
      return { topic, status, since, held, ...alone, ...(reason && { reason }), ...(stall && { stall }) };
    },
  };
}
