/**
 * How the engine's calls reach the backends: through the lane of the provider, the guard of its backend, and the metrics.
 *
 * Y1. The time of a call begins when it has its lane and its slot: waiting for others is not the backend's fault.
 * Y2. A provider without a guard is not configured; the engine never calls it.
 * Y3. What waits for its lane when the process ends was never begun: it is given up, not failed.
 * Y4. A look that trips over an answer has not understood it. What is answered may be another next time, and may be what everybody is
 *     answered: it is tried again like other failures of the backend, and told with the place in the log.
 */
import { type Caller, type Provider, type Scope, SUPERSEDED, type Verb } from '@leasehold/engine';
import { asFault, type Clock, conflict, type Log, unavailable } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Guard, Lane } from '@leasehold/runtime';

export interface CallsDeps {
  readonly guards: ReadonlyMap<string, Guard>;
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'resourceOperations' | 'resourceOperation'>;
}

/**
 * @param fence of the run that calls: handed on in each call's scope.
 * @param subject the owner on whose behalf; absent: a look whose refusal is nobody's.
 */
export const createCaller =
  (deps: CallsDeps, fence: number, subject?: string): Caller =>
  async (provider, verb, call, signal) => {
    const lane =
      verb === 'observe' || provider.bounds.lane === undefined ? undefined : deps.lanes.get(provider.bounds.lane);
    const guarded = (within: AbortSignal) =>
      guardedCall(deps, { provider, verb, subject }, (scope) => call({ ...scope, fence }), within);
    return lane ? inLane(lane, guarded, signal) : guarded(signal);
  };

/** Y3. */
async function inLane<T>(lane: Lane, guarded: (within: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await lane.run((_generation, held) => guarded(held), signal);
  } catch (error) {
    if (asFault(error).code !== 'LaneClosed') throw error;
    throw conflict('the process hands its work over', { code: SUPERSEDED, cause: error });
  }
}

async function guardedCall<T>(
  deps: CallsDeps,
  {
    provider,
    verb,
    subject,
  }: { readonly provider: Provider; readonly verb: Verb; readonly subject: string | undefined },
  call: (scope: Omit<Scope, 'fence'>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, log, metrics } = deps;
  const guard = deps.guards.get(provider.backend);
  if (!guard) throw new RangeError(`${provider.kind} was called without a guard for ${provider.backend}`);
  const { kind } = provider;
  let startedAtMs = clock.now();
  let outcome = 'ok';
  try {
    return await guard.run(
      `${kind} ${verb}`,
      {
        timeoutMs: provider.bounds.timeoutMs,
        parallelism: provider.bounds.parallelism,
        group: `${kind}:${verb === 'observe' ? 'look' : 'act'}`,
        ...(subject === undefined ? {} : { subject }),
      },
      (within) => {
        startedAtMs = clock.now();
        const answer = call({ signal: within, clock, log });
        return verb === 'observe' ? understood(answer, provider, log) : answer;
      },
      signal,
    );
  } catch (error) {
    outcome = signal.aborted ? 'aborted' : asFault(error).class.toLowerCase();
    throw error;
  } finally {
    metrics.resourceOperations.inc({ kind, operation: verb, outcome });
    metrics.resourceOperation.observe({ kind, operation: verb }, (clock.now() - startedAtMs) / 1000);
  }
}

/** Y4. */
async function understood<T>(answer: Promise<T>, { kind, backend }: Provider, log: Log): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
    log.error('an answer was not understood', { backend, kind, error });
    throw unavailable(`${backend} answered in a way that is not understood: ${error.message}`, {
      code: 'AnswerNotUnderstood',
      backend,
      cause: error,
    });
  }
}
