/**
 * `Idempotency-Key`: a POST that is sent again has the first one's answer. Owns the port and a bounded store in memory; a
 * process brings one over its ledger, so that a key outlives it.
 *
 * 1. A key belongs to one subject and one route. The same key with the same input gets the first answer (status, headers,
 *    body); with another input it is a conflict.
 * 2. While the first request is under way a second one waits a little for its answer (`WAITS_MS`), and is then told to come
 *    back, also when the first one's caller has long been told that it took too long. A first one that never ended (a crash) is
 *    forgotten after `RUNNING_MS`, or as soon as its process is known to be dead.
 * 3. Answers of 500 and above, and 429, are not kept: trying again is what the caller should do.
 */
import { type Bound, bound, type Clock, createLru, digest } from '@leasehold/kernel';

export const KEEP_MS: Bound = bound('idempotency keep ms', 24 * 3_600_000);
export const RUNNING_MS: Bound = bound('idempotency running ms', 120_000);
/** How long a second request waits between its looks at the first one, which most often ends within milliseconds. */
export const WAITS_MS: readonly Bound[] = [25, 50, 100, 200, 400, 800].map((ms) =>
  bound('wait for an idempotent request ms', ms),
);
/** A larger answer is not kept, and the log says so. */
export const ANSWER_BYTES: Bound = bound('idempotent answer bytes', 512 * 1024);

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Holds a secret: keep it encrypted. */
  readonly secret: boolean;
}

export type Begun =
  | { readonly kind: 'new' }
  | { readonly kind: 'running' }
  | { readonly kind: 'other-input' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer };

export interface IdempotencyStore {
  /**
   * @param key 32 hex digits that stand for subject, route and the caller's key.
   * @param input 32 hex digits that stand for path, query and body.
   */
  begin(key: string, input: string, signal?: AbortSignal): Promise<Begun>;
  /** The request is still under way here: its key is kept for `RUNNING_MS` from now. */
  renew(key: string, input: string, signal?: AbortSignal): Promise<void>;
  /** Keeps the answer for `KEEP_MS`. */
  finish(key: string, input: string, answer: StoredAnswer, signal?: AbortSignal): Promise<void>;
  /** Forgets a key that was begun here and is nobody else's: its request failed, or its answer cannot be kept. */
  abandon(key: string, signal?: AbortSignal): Promise<void>;
}

export const idempotencyKey = (subject: string, route: string, key: string): string => digest([subject, route, key]);

interface Entry {
  readonly input: string;
  readonly untilMs: number;
  readonly answer?: StoredAnswer;
}

/** For tests and for a process whose answers need not outlive it. The oldest key goes beyond the bound. */
export function createMemoryIdempotencyStore(
  clock: Clock,
  entries: Bound = bound('idempotency keys in memory', 10_000),
): IdempotencyStore {
  const table = createLru<string, Entry>(entries);
  return {
    begin: async (key, input) => {
      const entry = table.peek(key);
      if (entry !== undefined && entry.untilMs > clock.now()) {
        if (entry.input !== input) return { kind: 'other-input' };
        return entry.answer === undefined ? { kind: 'running' } : { kind: 'answered', answer: entry.answer };
      }
      table.set(key, { input, untilMs: clock.now() + RUNNING_MS.value });
      return { kind: 'new' };
    },
    renew: async (key, input) => {
      const entry = table.peek(key);
      if (entry !== undefined && entry.answer === undefined)
        table.set(key, { input, untilMs: clock.now() + RUNNING_MS.value });
    },
    finish: async (key, input, answer) => table.set(key, { input, untilMs: clock.now() + KEEP_MS.value, answer }),
    abandon: async (key) => {
      table.delete(key);
    },
  };
}
