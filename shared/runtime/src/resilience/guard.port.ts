/**
 * What a guard around a backend looks like to its callers. Owns types only; guard.ts makes one, prober.ts keeps it honest.
 *
 * G1. A call ends when its time is up, whether or not the function heeds the signal.
 * G2. Consecutive failures with `away` open the circuit; while it is open, calls end at once with `Unavailable`.
 * G3. An answer, even an error answer, is a sign of life: only `Unavailable` with `away` counts against the backend, and not where it is
 *     about one object (an index that is blocked, a namespace that is leaving), which others need not wait for. An answer
 *     that would refuse anybody is the backend's all the same: it is down, and whoever is refused so is told `away`.
 * G4. Each group has its own slots and its own bounded queue, so that one slow kind of call does not starve another.
 */
import type { Backend } from '@leasehold/engine';
import type { Bound, Clock, Fault, Log, Rng } from '@leasehold/kernel';
import type { MetricHandles } from '@leasehold/observability';

/** Bounds of one call; a provider's `bounds` fits as it is. */
export interface CallBounds {
  readonly timeoutMs: Bound;
  /** Calls of the group under way at once. */
  readonly parallelism: Bound;
  /** Which calls share the slots; default: the name of the `parallelism` bound. */
  readonly group?: string;
  /** On whose behalf: what several are refused with, and nobody gets done, is the backend's (refusals.ts). */
  readonly subject?: string;
}

export type CircuitStatus = 'closed' | 'open' | 'half-open';

export interface GuardState {
  /** `unknown` until the first call or probe has ended. */
  readonly status: 'up' | 'down' | 'unknown';
  readonly circuit: CircuitStatus;
  /** Of the last probe that succeeded. */
  readonly latencyMs?: number;
  /** Since when the status holds. */
  readonly since: number;
  /** Why it is down: the message of the fault and what to do about it, for people. */
  readonly reason?: string;
  /** What it refuses everybody with, while it is down for that. */
  readonly refusal?: Pick<Fault, 'class' | 'code'>;
}

export interface GuardBounds {
  /** Failures in a row that open the circuit. */
  readonly failuresToOpen: Bound;
  /** How long the circuit stays open before one call may try. */
  readonly openMs: Bound;
  /** Calls of one group that wait for a slot. */
  readonly queue: Bound;
  readonly probeTimeoutMs: Bound;
}

export interface Guard {
  readonly backend: Backend;
  /**
   * Runs a call. `label` names it in faults (`cassandra-keyspace ensure`).
   * Errors: those of `fn`; `Unavailable` with code `BackendTimeout` (away, unknownOutcome), `CircuitOpen` (away,
   * retryAfterMs) or `BackendBusy` (the queue is full); the signal's reason when aborted.
   */
  run<T>(label: string, bounds: CallBounds, fn: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Probes now, also through an open circuit, and closes it on success. Never rejects. */
  probe(signal?: AbortSignal): Promise<GuardState>;
  state(): GuardState;
  /** Called when the backend answers after it was down (not at the first sign of life). Returns how to unsubscribe. */
  onUp(listener: () => void): () => void;
  /** Called at every change of status. */
  onChange(listener: (state: GuardState) => void): () => void;
}

export interface GuardOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics?: Pick<MetricHandles, 'backendUp' | 'backendCircuit'>;
  readonly bounds?: Partial<GuardBounds>;
}

export interface ProberOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Between probes of a backend that is up. */
  readonly everyMs?: Bound;
  /** Between probes of a backend that is down or unknown. */
  readonly downEveryMs?: Bound;
}

export interface Prober {
  /** Ends when no probe is under way. */
  close(): Promise<void>;
}
