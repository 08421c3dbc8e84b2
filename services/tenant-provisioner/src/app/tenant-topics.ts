/**
 * The topics that tenants have of their own: heard while the tenant has its namespace, closed before it is taken down.
 *
 * O1. A topic is added once the namespace is ready, and found again from the store: at start, and by other replicas now and
 *     then, so that a tenant is still heard when the replica that made it is gone.
 * O2. From `deleting` on it is closed here, in every replica that hears of the phase by its own commits, by a hint or by looking.
 * O3. `close` is over when no consumer is left, whoever began to close it.
 */
import { CONSUMED_TOPICS, topicName } from '@leasehold/contracts';
import type { Consumers } from '@leasehold/runtime';
import { isLeaving } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import { SERVICE } from './partition.ts';
import type { ProvisionerDeps } from './provisioner.ts';

export interface TenantTopics {
  /** Opens or closes what this state asks for; returns at once. */
  follow(state: TenantState): void;
  /** O3. Resolves when no consumer of this process is on the tenant's topics. */
  close(tenantId: string): Promise<void>;
  count(): number;
  /** How many tenants more can be heard: the platform's topics serve the others. */
  room(): number;
  /** Stops to hear so many of those that have been heard longest, for others to have their turn. */
  retire(count: number): void;
  /** Whether this namespace is a tenant whose topics are heard here. */
  hears(tenantId: string): boolean;
  heard(): readonly string[];
}

const names = CONSUMED_TOPICS.filter(({ service, perTenant }) => service === SERVICE && perTenant).map(
  ({ name }) => name,
);

/** The namespace whose topics are heard. */
export const HEARD_NODE = 'pulsar-namespace';

/** O2. A namespace may also leave its tenant's blueprint. */
const isOver = (state: TenantState): boolean =>
  state.phase === 'deleting' ||
  state.phase === 'gone' ||
  isLeaving(state, HEARD_NODE) ||
  !state.graph.some(({ id }) => id === HEARD_NODE);

export function createTenantTopics(parts: {
  readonly consumers: Consumers;
  readonly deps: ProvisionerDeps & {
    readonly bounds: { readonly tenantTopics: { readonly value: number; readonly name: string } };
  };
}): TenantTopics {
  const { consumers, deps } = parts;
  const open = new Set<string>();
  let told = false;
  const topicsOf = (tenantId: string) => names.map((name) => topicName(deps.pulsarTenant, tenantId, name));
  const close = async (tenantId: string): Promise<void> => {
    open.delete(tenantId);
    await Promise.all(topicsOf(tenantId).map((topic) => consumers.remove(topic)));
  };
  const add = (tenantId: string): void => {
    if (open.has(tenantId)) return;
    if (open.size >= deps.bounds.tenantTopics.value) {
      if (!told)
        deps.log.warn('too many tenants to hear each one on its own topics; the platform topics serve them', {
          bound: deps.bounds.tenantTopics.name,
        });
      told = true;
      return;
    }
    open.add(tenantId);
    for (const topic of topicsOf(tenantId)) void consumers.add(topic);
  };
  return {
    count: () => open.size,
    room: () => Math.max(0, deps.bounds.tenantTopics.value - open.size),
    retire: (count) => {
      for (const tenantId of [...open].slice(0, count)) void close(tenantId);
    },
    hears: (tenantId) => open.has(tenantId),
    heard: () => [...open],
    close,
    follow: (state) => {
      if (!deps.tenantTopicsOnBus) return;
      const ready = state.records.some((record) => record.id === HEARD_NODE && record.status === 'ready');
      if (state.phase === 'active' && ready) add(state.tenantId);
      else if (open.has(state.tenantId) && isOver(state)) void close(state.tenantId);
    },
  };
}
