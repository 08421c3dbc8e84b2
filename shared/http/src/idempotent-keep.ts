/**
 * Keeps the keys of requests that are under way from being forgotten, however long they take: a request may outlive its deadline,
 * and whoever sends it again in between must not begin it anew.
 *
 * 1. What ends within `RENEW_MS` costs no write.
 * 2. A renewal that fails is tried again at the next turn: the store that is away lets nobody else begin either.
 */
import { type Bound, bound, type Clock, type Log } from '@leasehold/kernel';
import { createDueQueue } from './due-queue.ts';
import { type IdempotencyStore, RUNNING_MS } from './idempotency.ts';

const RENEW_MS: Bound = bound('idempotency renew ms', RUNNING_MS.value / 3);

export interface Keeper {
  /** @returns the end of the keeping. */
  hold(key: string, input: string): () => void;
  /** What is under way from here on is forgotten after `RUNNING_MS`. */
  close(): void;
}

interface Held {
  readonly key: string;
  readonly input: string;
}

export function createKeeper(store: IdempotencyStore, clock: Clock, log: Log): Keeper {
  const renewals = createDueQueue<Held>(clock, RENEW_MS, async ({ key, input }) => {
    await store.renew(key, input).catch((error: unknown) => {
      log.warn('the key of a request that takes long could not be kept', { error });
    });
    return 'again' as const;
  });
  return { hold: (key, input) => renewals.add({ key, input }), close: renewals.close };
}
