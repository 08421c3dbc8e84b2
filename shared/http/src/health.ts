/**
 * `/health`, `/ready`, `/metrics`: for orchestrators and monitoring, without a token, without a tenant's name.
 *
 * 1. `/health` answers 200 while the process can work at all; `/ready` 503 while it is starting, draining or cannot do without
 *    what is away.
 * 2. However often `/ready` is asked, the backends are looked at once in `readyMs`, and a look ends within `readyWaitMs`.
 */
import type { Clock } from '@leasehold/kernel';
import type { AppBounds, AppOptions, Readiness } from './app-options.ts';
import { type Answer, jsonAnswer } from './exchange.ts';
import { problem } from './problem.ts';

export const READY_PATH = '/ready';

export interface Health {
  health(): Answer;
  /** Throws `unavailable` with the backends' states. */
  ready(): Promise<Answer>;
  metrics(): Promise<Answer>;
  drain(): void;
}

export function createHealth(options: AppOptions, bounds: Pick<AppBounds, 'readyMs' | 'readyWaitMs'>): Health {
  const look = createLook(options, bounds.readyMs.value, bounds.readyWaitMs.value);
  let draining = false;
  return {
    health: () => {
      if (!options.health()) throw problem('unavailable', 'The process cannot work any more and should be restarted.');
      return jsonAnswer(200, { status: 'ok' });
    },
    ready: async () => {
      const seen = await look();
      const reason = draining ? 'draining' : seen.ready ? undefined : (seen.reason ?? 'starting');
      if (reason === undefined) return jsonAnswer(200, { status: 'ready', backends: seen.backends });
      throw problem('unavailable', `Not ready: ${reason}.`, {
        extra: { ready: false, reason, backends: JSON.parse(JSON.stringify(seen.backends)) },
      });
    },
    metrics: async () => ({
      status: 200,
      headers: { 'content-type': options.metrics.contentType },
      body: await options.metrics.render(),
    }),
    drain: () => {
      draining = true;
    },
  };
}

/** One look at a time, shared by everybody who asks meanwhile and shortly after. */
function createLook({ ready, clock }: AppOptions, keepMs: number, waitMs: number): () => Promise<Readiness> {
  let last: { readonly atMs: number; readonly seen: Promise<Readiness> } | undefined;
  return () => {
    const now = clock.now();
    if (last !== undefined && now - last.atMs < keepMs) return last.seen;
    const seen = lookWithin(clock, waitMs, ready);
    last = { atMs: now, seen };
    seen.catch(() => {
      if (last?.seen === seen) last = undefined;
    });
    return seen;
  };
}

/** A look that takes too long is told to end: what does not answer counts as away. */
function lookWithin(clock: Clock, waitMs: number, ready: AppOptions['ready']): Promise<Readiness> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(waitMs, done.signal).then(
    () => late.abort(problem('unavailable', `The store or the bus did not answer within ${waitMs} ms.`)),
    () => undefined,
  );
  return ready(late.signal).finally(() => done.abort());
}
