/**
 * Keeps the keys of requests that are under way from being forgotten, however long they take: a request may outlive its deadline,
 * and whoever sends it again in between must not begin it anew.
 *
 * 1. One timer serves all requests; what ends within `RENEW_MS` costs no write.
 * 2. A renewal that fails is tried again at the next turn: the store that is away lets nobody else begin either.
 */
import { type Bound, bound, type Clock, type Log } from '@leasehold/kernel';
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
  dueMs: number;
}

export function createKeeper(store: IdempotencyStore, clock: Clock, log: Log): Keeper {
  const held = new Set<Held>();
  const closed = new AbortController();
  let watching = false;
  const renew = async (one: Held): Promise<void> => {
    await store.renew(one.key, one.input).catch((error: unknown) => {
      log.warn('the key of a request that takes long could not be kept', { error });
    });
    if (!held.delete(one)) return;
    one.dueMs = clock.now() + RENEW_MS.value;
    held.add(one);
  };
  const watch = async (): Promise<void> => {
    for (let [first] = held; first !== undefined && !closed.signal.aborted; [first] = held) {
      await clock.sleep(Math.max(1, first.dueMs - clock.now()), closed.signal);
      await Promise.all([...held].filter(({ dueMs }) => dueMs <= clock.now()).map(renew));
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
    hold: (key, input) => {
      const one = { key, input, dueMs: clock.now() + RENEW_MS.value };
      held.add(one);
      startWatch();
      return () => {
        held.delete(one);
      };
    },
    close: () => closed.abort(),
  };
}
