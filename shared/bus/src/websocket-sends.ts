/**
 * The messages of one producer: those that wait for a place in the window, and those that wait for the broker's answer.
 *
 * 1. They leave in the order in which they came.
 * 2. Each is settled once: by its answer, its signal, its time, or the loss of the socket.
 */
import type { Clock } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';

interface Send {
  readonly frame: string;
  readonly deadlineMs: number;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

export interface Sends {
  /** Resolves with the message's id. */
  add(frame: string, signal?: AbortSignal): Promise<string>;
  /** The next to be sent while the window has room: its text with its context. */
  take(): string | undefined;
  /** The message that an answer belongs to; undefined for one no longer waited for. */
  answered(context: string | undefined): Pick<Send, 'resolve' | 'reject'> | undefined;
  failSent(error: unknown): void;
  failWaiting(error: unknown): void;
  failOverdue(): void;
  /** When the oldest is overdue; undefined if there is none. */
  oldestDeadlineMs(): number | undefined;
  readonly waiting: number;
  /** Resolves when nothing waits. */
  empty(): Promise<void>;
}

export function createSends(clock: Clock, bounds: BusBounds): Sends {
  const waiting = new Set<Send>();
  const sent = new Map<string, Send>();
  let serial = 0;
  let onEmpty: (() => void) | undefined;
  const isEmpty = () => sent.size === 0 && waiting.size === 0;
  const check = () => {
    if (isEmpty()) onEmpty?.();
  };
  const fail = (failing: readonly Send[], error: unknown) => {
    for (const send of failing) {
      waiting.delete(send);
      send.reject(error);
    }
    check();
  };
  const join = (frame: string, signal: AbortSignal | undefined, send: Omit<Send, 'frame' | 'deadlineMs'>) => {
    const leave = () => signal?.removeEventListener('abort', onAbort);
    const joined: Send = {
      frame,
      deadlineMs: clock.now() + bounds.sendMs.value,
      resolve: (id) => {
        leave();
        send.resolve(id);
      },
      reject: (error) => {
        leave();
        send.reject(error);
      },
    };
    const onAbort = () => fail([joined], signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    waiting.add(joined);
  };
  return {
    get waiting() {
      return waiting.size;
    },
    add: (frame, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (waiting.size < bounds.sendQueue.value) return join(frame, signal, { resolve, reject });
        const limit = `${bounds.sendQueue.name} ${bounds.sendQueue.value}`;
        reject(busUnavailable(`too many messages wait for the broker (${limit})`, { retryAfterMs: 1_000 }));
      }),
    take: () => {
      const next = waiting.values().next().value;
      if (!next || sent.size >= bounds.sendWindow.value) return undefined;
      waiting.delete(next);
      serial += 1;
      sent.set(String(serial), next);
      return `${next.frame},"context":"${serial}"}`;
    },
    answered: (context) => {
      const send = context === undefined ? undefined : sent.get(context);
      if (context !== undefined) sent.delete(context);
      queueMicrotask(check);
      return send;
    },
    failSent: (error) => {
      const failing = [...sent.values()];
      sent.clear();
      fail(failing, error);
    },
    failWaiting: (error) => fail([...waiting], error),
    failOverdue: () => {
      const overdue = [...waiting].filter(({ deadlineMs }) => deadlineMs <= clock.now());
      fail(overdue, busUnavailable('the message could not be sent in time', { away: true }));
    },
    oldestDeadlineMs: () => (sent.values().next().value ?? waiting.values().next().value)?.deadlineMs,
    empty: () =>
      new Promise((resolve) => {
        if (isEmpty()) resolve();
        else onEmpty = resolve;
      }),
  };
}
