/**
 * What is known of one backend's health: status, circuit, latency, and who wants to hear of changes. Owns the gauges; guard.ts
 * tells it what happened.
 *
 * 1. `up` needs an answer through a closed circuit; `down` an open circuit or a failed probe.
 * 2. Listeners hear of changes only, and of a return (`onUp`) only after a `down`.
 * 3. Each kind of reason is told once while it is down: the first may be a time limit, and the next one what to do.
 */
import { asFault, bound, type Fault } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { adviceFor } from './advice.ts';
import type { CallOutcome } from './breaker.ts';
import type { CircuitStatus, GuardOptions, GuardState } from './guard.port.ts';

const REASONS_TOLD = bound('reasons told of a backend while it is down', 8);

const CIRCUITS: readonly CircuitStatus[] = ['closed', 'open', 'half-open'];

export interface Health {
  state(): GuardState;
  circuit(status: CircuitStatus): void;
  outcome(outcome: CallOutcome<unknown>, circuit: CircuitStatus): void;
  probed(latencyMs: number): void;
  /** @param refusal what it refuses everybody with, where that is why. */
  down(fault: Fault, refusal?: Fault): void;
  onUp(listener: () => void): () => void;
  onChange(listener: (state: GuardState) => void): () => void;
}

export function createHealth({ backend, clock, log, metrics = silentMetrics }: GuardOptions): Health {
  const upListeners = new Set<() => void>();
  const changeListeners = new Set<(state: GuardState) => void>();
  const told = new Set<string>();
  let state: GuardState = { status: 'unknown', circuit: 'closed', since: clock.now() };
  const show = (circuit: CircuitStatus): void => {
    for (const one of CIRCUITS)
      metrics.backendCircuit.set({ backend: backend.name, state: one }, one === circuit ? 1 : 0);
  };
  const change = (status: 'up' | 'down', fault?: Fault, refusal?: Fault): void => {
    const before = state.status;
    const { reason: _, refusal: __, ...rest } = state;
    const since = before === status ? state.since : clock.now();
    const reason = fault && reasonOf(fault);
    state = {
      ...rest,
      status,
      since,
      ...(reason === undefined ? {} : { reason }),
      ...(refusal === undefined ? {} : { refusal: { class: refusal.class, code: refusal.code } }),
    };
    if (status === 'up') told.clear();
    const isNews = fault !== undefined && !told.has(fault.code) && told.size < REASONS_TOLD.value;
    if (isNews) told.add(fault.code);
    if (before === status) {
      if (isNews) log.warn('backend is away', { backend: backend.name, reason });
      return;
    }
    metrics.backendUp.set({ backend: backend.name }, status === 'up' ? 1 : 0);
    if (status === 'down') log.warn('backend is away', { backend: backend.name, reason });
    else log.info('backend answers', { backend: backend.name });
    for (const listener of [...changeListeners]) listener(state);
    if (before === 'down' && status === 'up') for (const listener of [...upListeners]) listener();
  };
  show('closed');
  return {
    state: () => state,
    circuit: (circuit) => {
      state = { ...state, circuit };
      show(circuit);
    },
    outcome: (outcome, circuit) => {
      if (outcome.kind === 'value' || outcome.weight === 'answer') {
        if (circuit === 'closed' && state.status !== 'up') change('up');
      } else if (outcome.weight === 'strike' && circuit === 'open') change('down', asFault(outcome.error));
    },
    probed: (latencyMs) => {
      state = { ...state, latencyMs };
    },
    down: (fault, refusal) => change('down', fault, refusal),
    onUp: (listener) => subscribe(upListeners, listener),
    onChange: (listener) => subscribe(changeListeners, listener),
  };
}

/** Of a backend that only does not answer there is nothing more to say. */
const reasonOf = ({ code, message }: Fault): string => {
  const advice = adviceFor(code);
  return advice === undefined ? message : `${message}; ${advice}`;
};

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
