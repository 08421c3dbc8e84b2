/**
 * What the replicas call their backends for, from the inside: when a call on an object begins and ends, what its process knew by then,
 * and how the circuit of its backend stood. What only shows here no backend and no store could tell.
 */
import type { Provider, Ref } from '@leasehold/engine';
import type { Process } from '@leasehold/testing/world';

export interface ProviderCall {
  readonly process: Process;
  readonly provider: Pick<Provider, 'kind' | 'backend' | 'bounds'>;
  readonly verb: 'observe' | 'ensure' | 'delete';
  readonly ref: Ref;
  readonly fence: number;
  /** It goes on with what another under the same leave began: that was asked for the right to. */
  readonly follows: boolean;
}

export interface CallWatch {
  /** The provider, with each call on one object told. */
  watch(provider: Provider, process: Process): Provider;
  onBegin(listener: (call: ProviderCall) => void): void;
  onEnd(listener: (call: ProviderCall) => void): void;
  /** A process has learnt how a partition stands. */
  learns(process: Process, partition: string, version: number): void;
  /** The latest version that a process knows of a partition; 0: none. */
  knownVersion(process: Process, partition: string): number;
  /** The circuit of a backend changes in a process. */
  circuit(process: Process, backend: string, status: string): void;
  /** Since when the circuit is open, or on trial; absent: it is closed. */
  openSinceMs(process: Process, backend: string): number | undefined;
}

export function createCallWatch(): CallWatch {
  const begun: ((call: ProviderCall) => void)[] = [];
  const ended: ((call: ProviderCall) => void)[] = [];
  const known = new WeakMap<Process, Map<string, number>>();
  const open = new WeakMap<Process, Map<string, number>>();
  const leaves = new WeakSet<object>();
  const through = <T>(call: Omit<ProviderCall, 'follows'>, leave: object, run: () => Promise<T>): Promise<T> => {
    const whole = { ...call, follows: leaves.has(leave) };
    leaves.add(leave);
    for (const listener of begun) listener(whole);
    const running = run();
    const end = () => {
      for (const listener of ended) listener(whole);
    };
    running.then(end, end);
    return running;
  };
  return {
    watch: (provider, process) => ({
      ...provider,
      observe: (ref, scope) =>
        through({ process, provider, verb: 'observe', ref, fence: scope.fence }, scope, () =>
          provider.observe(ref, scope),
        ),
      ensure: (ref, spec, changes, scope) =>
        through({ process, provider, verb: 'ensure', ref, fence: scope.fence }, scope, () =>
          provider.ensure(ref, spec, changes, scope),
        ),
      ...(provider.adopt
        ? {
            adopt: (ref, spec, scope) =>
              through({ process, provider, verb: 'ensure', ref, fence: scope.fence }, scope, async () =>
                provider.adopt?.(ref, spec, scope),
              ),
          }
        : {}),
      delete: (ref, scope) =>
        through({ process, provider, verb: 'delete', ref, fence: scope.fence }, scope, () =>
          provider.delete(ref, scope),
        ),
    }),
    onBegin: (listener) => void begun.push(listener),
    onEnd: (listener) => void ended.push(listener),
    learns: (process, partition, version) => {
      const versions = mapOf(known, process);
      versions.set(partition, Math.max(version, versions.get(partition) ?? 0));
    },
    knownVersion: (process, partition) => known.get(process)?.get(partition) ?? 0,
    circuit: (process, backend, status) => {
      const since = mapOf(open, process);
      if (status === 'closed') since.delete(backend);
      else if (status === 'open') since.set(backend, process.world.now());
    },
    openSinceMs: (process, backend) => open.get(process)?.get(backend),
  };
}

function mapOf(maps: WeakMap<Process, Map<string, number>>, process: Process): Map<string, number> {
  let known = maps.get(process);
  if (!known) {
    known = new Map();
    maps.set(process, known);
  }
  return known;
}
