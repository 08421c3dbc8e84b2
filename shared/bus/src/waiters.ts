/**
 * Callers that wait for a consumer's next message, in the order in which they asked.
 *
 * 1. A caller whose signal is aborted gets its reason and leaves the queue; no message goes to it afterwards.
 */
import type { IncomingMessage } from './port.ts';

interface Waiter {
  readonly resolve: (message: IncomingMessage) => void;
  readonly reject: (error: unknown) => void;
}

export interface Waiters {
  readonly size: number;
  wait(signal?: AbortSignal): Promise<IncomingMessage>;
  /** Hands the message to the one that waits longest. There must be one. */
  give(message: IncomingMessage): void;
  fail(error: unknown): void;
}

export function createWaiters(): Waiters {
  const queue = new Set<Waiter>();
  return {
    get size() {
      return queue.size;
    },
    wait: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = () => {
          queue.delete(waiter);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = () => waiter.reject(signal?.reason);
        const waiter: Waiter = {
          resolve: (message) => {
            leave();
            resolve(message);
          },
          reject: (error) => {
            leave();
            reject(error);
          },
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        queue.add(waiter);
      }),
    give: (message) => (queue.values().next().value as Waiter).resolve(message),
    fail: (error) => {
      for (const waiter of [...queue]) waiter.reject(error);
    },
  };
}
