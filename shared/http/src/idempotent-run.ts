/**
 * Runs a POST at most once for each `Idempotency-Key`. The rules are in idempotency.ts.
 *
 * 1. The key is kept until the work has ended, whatever its caller was told meanwhile: past the deadline it goes on, and its answer is
 *    that of whoever sends it again.
 * 2. What has not begun by the deadline never begins.
 */
import { type Bound, bound, type Clock } from '@leasehold/kernel';
import type { RouteAnswer } from './answer.ts';
import { type Answer, type Exchange, problemAnswer } from './exchange.ts';
import { ANSWER_BYTES, type Begun, type IdempotencyStore, idempotencyKey, WAITS_MS } from './idempotency.ts';
import type { Keeper } from './idempotent-keep.ts';
import { invalidInput, problem } from './problem.ts';

const KEY_LENGTH: Bound = bound('idempotency key characters', 255);

export interface RunAbout {
  readonly subject: string;
  readonly route: string;
  readonly clock: Clock;
  /** Names the input; asked for only where there is a key. */
  readonly input: () => string;
  /** The caller was told that it took too long, or has hung up. */
  readonly gaveUp: () => boolean;
}

export const hasKey = (request: Request): boolean => request.headers.has('idempotency-key');

export async function runOnce(
  { store, keeper }: { readonly store: IdempotencyStore; readonly keeper: Keeper },
  exchange: Exchange,
  about: RunAbout,
  work: () => Promise<RouteAnswer>,
): Promise<Answer> {
  const given = exchange.request.headers.get('idempotency-key') ?? '';
  if (given.length > KEY_LENGTH.value || !/^[\x21-\x7e]+$/.test(given)) {
    throw invalidInput([{ pointer: '/headers/idempotency-key', message: 'expected 1 to 255 printable characters' }]);
  }
  const key = idempotencyKey(about.subject, about.route, given);
  const input = about.input();
  const begun = await beginOrWait(store, { key, input }, about.clock, exchange.request.signal);
  switch (begun.kind) {
    case 'answered':
      return {
        ...begun.answer,
        // A 204 may not even have an empty body.
        body: begun.answer.body === '' ? null : begun.answer.body,
        headers: { ...begun.answer.headers, 'idempotent-replayed': 'true' },
        subject: about.subject,
      };
    case 'other-input':
      throw problem('idempotency-conflict', 'This Idempotency-Key came with another input before.');
    case 'running':
      throw problem('idempotency-conflict', 'The first request with this Idempotency-Key is still under way.', {
        retryAfterMs: 1_000,
      });
    case 'new': {
      if (about.gaveUp()) {
        await store.abandon(key);
        throw problem('unavailable', 'The request took too long to begin; nothing was done.', { retryAfterMs: 1_000 });
      }
      const release = keeper.hold(key, input);
      return keepAnswer(store, { key, input }, exchange, work).finally(release);
    }
  }
}

/** Two requests of one key at once: the second one has the first one's answer, rather than a conflict to handle. */
async function beginOrWait(
  store: IdempotencyStore,
  { key, input }: { readonly key: string; readonly input: string },
  clock: Clock,
  signal: AbortSignal,
): Promise<Begun> {
  for (const wait of WAITS_MS) {
    const begun = await store.begin(key, input);
    if (begun.kind !== 'running') return begun;
    await clock.sleep(wait.value, signal);
  }
  return store.begin(key, input);
}

async function keepAnswer(
  store: IdempotencyStore,
  { key, input }: { readonly key: string; readonly input: string },
  exchange: Exchange,
  work: () => Promise<RouteAnswer>,
): Promise<Answer> {
  // The caller may be gone when the answer is there; what was done must be remembered all the same.
  const answer = await work().catch(
    (error: unknown): RouteAnswer => ({ ...problemAnswer(error, exchange), secret: false }),
  );
  const { status, headers, body, secret } = answer;
  const text = body ?? '';
  const lasting =
    status < 500 && status !== 429 && typeof text === 'string' && Buffer.byteLength(text) <= ANSWER_BYTES.value;
  try {
    if (lasting) await store.finish(key, input, { status, headers, body: text, secret });
    else await store.abandon(key);
  } catch (error) {
    // The work is done: its answer is worth more than its memory.
    exchange.log.warn('the answer to an idempotent request could not be kept', { error });
  }
  return answer;
}
