/**
 * A guard around one backend: places, time limit, circuit breaker and health in one. Owns the invariants G1 to G4 of
 * guard.port.ts; breaker.ts owns the circuit, slots.ts the places, deadline.ts the race.
 *
 * 1. The status is `down` when the circuit opens, a probe fails or everybody is refused, `up` when anything else is answered
 *    through a closed circuit.
 * 2. A refusal costs the backend nothing: it is not called.
 */
import { asFault, bound, type Fault, unavailable } from '@leasehold/kernel';
import { type Breaker, type CallOutcome, createBreaker } from './breaker.ts';
import { callWithin } from './deadline.ts';
import type { CallBounds, Guard, GuardBounds, GuardOptions, GuardState } from './guard.port.ts';
import { createHealth, type Health } from './health.ts';
import { asBackends, createRefusals, isOfOneObject, isRefusal, type Refusals } from './refusals.ts';
import { createSlots, type Slots } from './slots.ts';

export const GUARD_BOUNDS: GuardBounds = {
  failuresToOpen: bound('failures in a row that open a circuit', 5),
  openMs: bound('open circuit ms', 10_000),
  queue: bound('calls that wait for a backend', 1_000),
  probeTimeoutMs: bound('probe timeout ms', 5_000),
};

interface Parts {
  readonly options: GuardOptions;
  readonly bounds: GuardBounds;
  readonly health: Health;
  readonly breaker: Breaker;
  readonly refusals: Refusals;
}

export function createGuard(options: GuardOptions): Guard {
  const { backend, clock, rng } = options;
  const bounds: GuardBounds = { ...GUARD_BOUNDS, ...options.bounds };
  const health = createHealth(options);
  const breaker = createBreaker({
    clock,
    rng,
    failuresToOpen: bounds.failuresToOpen.value,
    openMs: bounds.openMs.value,
    onStatus: health.circuit,
  });
  const parts: Parts = { options, bounds, health, breaker, refusals: createRefusals(clock, bounds.openMs) };
  const placesOf = createPlaces(bounds);
  const probing = createProbing(parts);
  const refuseWhileOpen = (label: string): void => {
    const retryAfterMs = breaker.refusedForMs();
    if (retryAfterMs > 0) throw refused(backend.name, label, retryAfterMs);
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
        refuseWhileRefused(parts, label, call);
        const again = () => attempt(parts, { label, timeoutMs: call.timeoutMs.value }, fn, signal);
        const outcome = await settle(parts, probing, call, { first: await again(), again });
        if (outcome.kind === 'value') parts.refusals.succeeded(groupOf(call));
        if (outcome.kind === 'value' || outcome.weight === 'answer') answered(parts, outcome);
        if (outcome.kind === 'error') throw outcome.error;
        return outcome.value;
      } finally {
        slots.give();
      }
    },
    probe: probing.probe,
    state: health.state,
    onUp: health.onUp,
    onChange: health.onChange,
  };
}

const groupOf = (call: CallBounds): string => call.group ?? call.parallelism.name;

async function attempt<T>(
  { options: { backend, clock }, breaker, health }: Parts,
  { label, timeoutMs }: { readonly label: string; readonly timeoutMs: number },
  fn: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<CallOutcome<T>> {
  const onTime = () => timedOut(backend.name, label, timeoutMs);
  const outcome = await breaker.run<T>(async () => {
    try {
      return { kind: 'value', value: await callWithin({ clock, timeoutMs, onTime }, fn, signal) };
    } catch (error) {
      return { kind: 'error', error, weight: weigh(error, signal) };
    }
  });
  if (outcome.kind === 'error' && outcome.weight === 'strike') health.outcome(outcome, breaker.status());
  return outcome;
}

/** An answer is a sign of life, but for a backend that refuses everybody, or fails its own probe: a good probe alone ends that. */
function answered({ refusals, health, breaker }: Parts, outcome: CallOutcome<unknown>): void {
  if (refusals.blamed() === undefined) health.outcome(outcome, breaker.status());
}

interface Probing {
  readonly probe: (signal?: AbortSignal) => Promise<GuardState>;
  /** Whether one that begins now, or later, goes well. */
  readonly confirm: () => Promise<boolean>;
}

function createProbing(parts: Parts): Probing {
  const { options, bounds, health, breaker, refusals } = parts;
  const { backend, clock } = options;
  let good = 0;
  const probe = async (signal: AbortSignal | undefined): Promise<GuardState> => {
    // A trial call is under way and decides; a probe beside it would only wait for it.
    if (breaker.status() === 'half-open') return health.state();
    const startMs = clock.now();
    let fault: Fault | undefined;
    const strict = (inner: AbortSignal) =>
      backend.probe(inner).catch((error: unknown) => {
        fault = asFault(error);
        // Whatever a probe fails with, the backend cannot be used.
        throw asBackends(fault);
      });
    const call = { label: 'probe', timeoutMs: bounds.probeTimeoutMs.value };
    const outcome = await attempt(parts, call, strict, signal);
    if (outcome.kind === 'error' && outcome.weight !== 'strike') return health.state();
    refusals.probed(outcome.kind === 'error' ? (fault ?? asFault(outcome.error)) : undefined);
    if (outcome.kind === 'error') health.down(asFault(outcome.error));
    else {
      good += 1;
      health.probed(clock.now() - startMs);
      answered(parts, outcome);
    }
    return health.state();
  };
  let under: Promise<GuardState> | undefined;
  const shared = (signal?: AbortSignal): Promise<GuardState> => {
    under ??= probe(signal).finally(() => {
      under = undefined;
    });
    return under;
  };
  return {
    probe: shared,
    confirm: async () => {
      // One that is under way began before.
      await under;
      const before = good;
      await shared();
      return good > before;
    },
  };
}

function refuseWhileRefused({ options: { backend }, refusals }: Parts, label: string, call: CallBounds): void {
  if (call.subject === undefined) return;
  const retryAfterMs = refusals.refusedForMs(groupOf(call));
  if (retryAfterMs > 0) throw refusesAll(backend.name, label, refusals.blamed()?.code, retryAfterMs);
}

type Failed = Extract<CallOutcome<unknown>, { kind: 'error' }>;

/**
 * What comes of a refusal. Only a backend that answers its own probe well can tell a tenant that it is wrong, and where no try mends
 * that, only by saying so again: what it said before may have been said in a moment in which it told everybody so.
 */
async function settle<T>(
  parts: Parts,
  probing: Probing,
  call: CallBounds,
  { first, again }: { readonly first: CallOutcome<T>; readonly again: () => Promise<CallOutcome<T>> },
): Promise<CallOutcome<T>> {
  if (!isJudged(first, call)) return first;
  const fault = asFault(first.error);
  const isGood = await probing.confirm();
  if (!isGood) return { ...first, error: asBackends(fault) };
  if (fault.class === 'Unavailable') return judged(parts, call, first);
  const second = await again();
  if (!isJudged(second, call)) return second;
  const said = asFault(second.error);
  const isSame = said.class === fault.class && said.code === fault.code;
  return isSame ? judged(parts, call, second) : { ...second, error: asBackends(said) };
}

const isJudged = (outcome: CallOutcome<unknown>, call: CallBounds): outcome is Failed =>
  outcome.kind === 'error' &&
  outcome.weight === 'answer' &&
  call.subject !== undefined &&
  isRefusal(asFault(outcome.error));

function judged({ health, refusals }: Parts, call: CallBounds, outcome: Failed): Failed {
  const fault = asFault(outcome.error);
  const blamed = refusals.judge(groupOf(call), call.subject ?? '', fault);
  if (blamed) health.down(refusals.blamed() ?? blamed, fault);
  return blamed ? { ...outcome, error: blamed } : outcome;
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
  // What is waited for because of one object was answered: it says nothing against a backend that serves all the others.
  return fault.class === 'Unavailable' && fault.away && !isOfOneObject(fault) ? 'strike' : 'answer';
}

const refused = (name: string, label: string, retryAfterMs: number): Fault =>
  unavailable(`${label}: ${name} is away, not tried`, { code: 'CircuitOpen', backend: name, away: true, retryAfterMs });

const refusesAll = (name: string, label: string, code = 'CircuitOpen', retryAfterMs: number): Fault =>
  unavailable(`${label}: ${name} refuses everybody, not tried`, { code, backend: name, away: true, retryAfterMs });

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
