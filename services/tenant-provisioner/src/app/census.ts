/**
 * How many tenants there are, by tier and status: counted from the directory now and then, for the gauge, the brake's share
 * and the ceilings. A few seconds old by design; nothing that must be exact rests on it.
 */
import type { Clock, Log } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Store } from '@leasehold/store';
import { TENANT_DIRECTORY } from './partition.ts';
import type { TenantSummary } from './tenants.ts';

export interface Census {
  /** Tenants that have not ended. */
  total(): number;
  /** Called on a commit of this process, so that the own work is seen at once. */
  note(tenantId: string, summary: TenantSummary): void;
  count(signal: AbortSignal): Promise<void>;
}

const PAGE = 500;

export function createCensus(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'tenants'>;
}): Census {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  const publish = (): void =>
    deps.metrics.tenants.replace(
      [...counts].map(([key, value]) => {
        const [tier, status] = key.split('/') as [string, string];
        return { labels: { tier, status }, value };
      }),
    );
  const add = (key: string | undefined, by: number): void => {
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + by);
  };
  /** @returns whether it was news. */
  const keep = (name: string, summary: TenantSummary): boolean => {
    const before = known.get(name);
    const after = summary.status === 'deleted' ? undefined : `${summary.tier}/${summary.status}`;
    if (before === after) return false;
    add(before, -1);
    add(after, 1);
    if (after === undefined) known.delete(name);
    else known.set(name, after);
    return true;
  };
  return {
    total: () => known.size,
    note: (tenantId, summary) => {
      if (keep(tenantId, summary)) publish();
    },
    count: async (signal) => {
      let cursor: string | undefined;
      do {
        const page = await deps.store.list(TENANT_DIRECTORY, { limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
        for (const entry of page.items) keep(entry.name, JSON.parse(entry.summary) as TenantSummary);
        cursor = page.next;
      } while (cursor !== undefined);
      publish();
    },
  };
}
