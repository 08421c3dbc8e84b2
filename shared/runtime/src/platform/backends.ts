/**
 * The backends of a process: what services ask for is made once, with one guard around it and one loop that probes it. Owns who has been
 * asked for and how each shows in `/ready`; make-backends.ts makes them of the settings, resilience/ guards them.
 *
 * BK1. Whoever asks for a backend gets the same providers and the same guard: places, circuit and health are the backend's, not the
 *      service's.
 * BK2. What no service asks for is not made and not probed. A backend is closed after the services that had asked for it when they were
 *      composed.
 * BK3. A backend that is away shows `degraded`: it takes no replica out.
 */
import type { Provider } from '@leasehold/engine';
import type { BackendState } from '@leasehold/http';
import type { Clock, Log, Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { ProcessScope } from '../process/process.port.ts';
import type { Guard } from '../resilience/guard.port.ts';
import { createGuard } from '../resilience/guard.ts';
import { startProber } from '../resilience/prober.ts';
import { BACKENDS, type BackendName, type Settings } from '../settings/groups.ts';
import type { BackendPlan } from '../settings/settings.port.ts';
import { type BackendParts, byKind, makeBackend } from './make-backends.ts';

export interface BackendsInUse {
  /** By kind. */
  readonly providers: ReadonlyMap<string, Provider>;
  /** By backend. */
  readonly guards: ReadonlyMap<string, Guard>;
}

export interface Backends {
  /** Of the named ones those that this installation has. To be called before the service registers its own closing (BK2). */
  use(names: readonly BackendName[]): BackendsInUse;
  states(): Readonly<Record<string, BackendState>>;
}

export interface BackendsOptions {
  readonly settings: Settings;
  readonly plan: BackendPlan;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scope: Pick<ProcessScope, 'onClose'>;
  readonly make?: typeof makeBackend;
}

interface Shared extends BackendParts {
  readonly guard: Guard;
}

export function createBackends(options: BackendsOptions): Backends {
  const { settings, plan, make = makeBackend } = options;
  const shared = new Map<BackendName, Shared>();
  const share = (name: BackendName): Shared | undefined => {
    const known = shared.get(name);
    if (known) return known;
    const parts = make(name, settings, plan);
    if (parts === undefined) return undefined;
    const made = { ...parts, guard: guardOf(parts, options) };
    shared.set(name, made);
    return made;
  };
  return {
    use: (names) => {
      const parts = names.flatMap((name) => share(name) ?? []);
      return {
        providers: byKind(parts),
        guards: new Map(parts.map(({ guard }) => [guard.backend.name, guard])),
      };
    },
    states: () => Object.fromEntries(BACKENDS.map((name) => [name, stateOf(shared.get(name), name, plan)])),
  };
}

/** BK2. */
function guardOf({ backend }: BackendParts, { clock, rng, log, metrics, scope }: BackendsOptions): Guard {
  const guard = createGuard({ backend, clock, rng: rng.fork(backend.name), log, metrics });
  const prober = startProber([guard], { clock, rng: rng.fork('prober'), log });
  scope.onClose(`backend ${backend.name}`, async () => {
    await prober.close();
    await backend.close();
  });
  return guard;
}

/** BK3. */
function stateOf(shared: Shared | undefined, name: BackendName, plan: BackendPlan): BackendState {
  if (shared === undefined) {
    const { mode, reason } = plan.backends[name];
    const message = mode === 'skipped' ? reason.message : 'no service of this process uses it';
    return { state: 'skipped', latency_ms: null, message };
  }
  const { guard } = shared;
  const { status, latencyMs = null, reason } = guard.state();
  const message = status === 'down' ? reason : guard.backend.lacks;
  return {
    state: status === 'down' ? 'degraded' : 'up',
    latency_ms: latencyMs,
    ...(message === undefined || message === '' ? {} : { message }),
  };
}
