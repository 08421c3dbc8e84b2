/**
 * A guard around one backend: places, time limit, circuit breaker and health in one. Owns the invariants G1 to G4 of
 * guard.port.ts; breaker.ts owns the circuit, slots.ts the places, deadline.ts the race.
 *
 * 1. The status is `down` when the circuit opens or a probe fails, `up` when anything is answered through a closed circuit.
 * 2. A refusal costs the backend nothing: it is not called.
 */
import { asFault, bound, type Fault, unavailable } from '@leasehold/kernel';
import { type CallOutcome, createBreaker } from './breaker.ts';
import { callWithin } from './deadline.ts';
import type { CallBounds, Guard, GuardBounds, GuardOptions, GuardState } from './guard.port.ts';
import { createHealth } from './health.ts';
import { createSlots, type Slots } from './slots.ts';

export const GUARD_BOUNDS: GuardBounds = {
  failuresToOpen: bound('failures in a row that open a circuit', 5),
  openMs: bound('open circuit ms', 10_000),
  queue: bound('calls that wait for a backend', 1_000),
  probeTimeoutMs: bound('probe timeout ms', 5_000),
};

export function createGuard(options: GuardOptions): Guard {
  const { backend, clock } = options;
  const bounds: GuardBounds = { ...GUARD_BOUNDS, ...options.bounds };
  const health = createHealth(options);
  const breaker = createBreaker({
    clock,
    rng: options.rng,
    failuresToOpen: bounds.failuresToOpen.value,
    openMs: bounds.openMs.value,
    onStatus: health.circuit,
  });
  const placesOf = createPlaces(bounds);
  const refuseWhileOpen = (label: string): void => {
    const retryAfterMs = breaker.refusedForMs();
    if (retryAfterMs > 0) throw refused(backend.name, label, retryAfterMs);
  };
  const attempt = async <T>(
    label: string,
    timeoutMs: number,
    fn: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<CallOutcome<T>> => {
    const onTime = () => timedOut(backend.name, label, timeoutMs);
    const outcome = await breaker.run<T>(async () => {
      try {
        return { kind: 'value', value: await callWithin({ clock, timeoutMs, onTime }, fn, signal) };
      } catch (error) {
        return { kind: 'error', error, weight: weigh(error, signal) };
      }
    });
    health.outcome(outcome, breaker.status());
    return outcome;
  };
  let probing: Promise<GuardState> | undefined;
  const probe = async (signal: AbortSignal | undefined): Promise<GuardState> => {
    // A trial call is under way and decides; a probe beside it would only wait for it.
    if (breaker.status() === 'half-open') return health.state();
    const startMs = clock.now();
    const strict = (inner: AbortSignal) => backend.probe(inner).catch((error) => Promise.reject(asAway(error)));
    const outcome = await attempt('probe', bounds.probeTimeoutMs.value, strict, signal);
    if (outcome.kind === 'value') health.probed(clock.now() - startMs);
    else if (outcome.weight === 'strike') health.down(asFault(outcome.error));
    return health.state();
  };
  return {
    backend,
    run: async (label, call, fn, signal) => {
      signal?.throwIfAborted();
      refuseWhileOpen(label);
      const slots = placesOf(call);
      if (!slots.tryTake()) await (slots.wait(signal) ?? Promise.reject(busy(backend.name, label, bounds)));
      try {
        refuseWhileOpen(label);
        const outcome = await attempt(label, call.timeoutMs.value, fn, signal);
        if (outcome.kind === 'error') throw outcome.error;
        return outcome.value;
      } finally {
        slots.give();
      }
    },
    probe: (signal) => {
      probing ??= probe(signal).finally(() => {
        probing = undefined;
      });
      return probing;
    },
    state: health.state,
    onUp: health.onUp,
    onChange: health.onChange,
  };
}

function createPlaces(bounds: GuardBounds): (call: CallBounds) => Slots {
  const places = new Map<string, Slots>();
  return (call) => {
    const group = call.group ?? call.parallelism.name;
    const known = places.get(group);
    if (known !== undefined) return known;
    const made = createSlots(call.parallelism.value, bounds.queue.value);
    places.set(group, made);
    return made;
  };
}

function weigh(error: unknown, signal: AbortSignal | undefined): 'strike' | 'answer' | 'given-up' {
  if (signal?.aborted) return 'given-up';
  const fault = asFault(error);
  return fault.class === 'Unavailable' && fault.away ? 'strike' : 'answer';
}

/** Whatever a probe fails with, the backend cannot be used. */
function asAway(error: unknown): unknown {
  const fault = asFault(error);
  if (fault.class === 'Unavailable' && fault.away) return fault;
  return unavailable(fault.message, { code: fault.code, away: true, cause: error });
}

const refused = (name: string, label: string, retryAfterMs: number): Fault =>
  unavailable(`${label}: ${name} is away, not tried`, { code: 'CircuitOpen', backend: name, away: true, retryAfterMs });

const timedOut = (name: string, label: string, timeoutMs: number): Fault =>
  unavailable(`${label}: ${name} did not answer within ${timeoutMs} ms`, {
    code: 'BackendTimeout',
    backend: name,
    away: true,
    unknownOutcome: true,
  });

const busy = (name: string, label: string, bounds: GuardBounds): Fault =>
  unavailable(`${label}: ${bounds.queue.value} calls wait for ${name} already`, {
    code: 'BackendBusy',
    backend: name,
    retryAfterMs: 1_000,
  });
