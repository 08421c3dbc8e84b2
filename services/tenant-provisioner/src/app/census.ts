/**
 * How many tenants there are, by tier and status: counted from the directory now and then, for the gauge, the brake's share
 * and the ceilings. A few seconds old by design; nothing that must be exact rests on it.
 */
import { TIERS, type Tier } from '@leasehold/contracts';
import { bound, type Clock, canonicalJson, type Log } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Store } from '@leasehold/store';
import { TENANT_DIRECTORY } from './partition.ts';
import type { TenantSummary } from './summary.ts';

const isTier = (text: string): text is Tier => (TIERS as readonly string[]).includes(text);

export interface Census {
  /** Tenants that have not ended. */
  total(): number;
  /** Called on a commit of this process, so that the own work is seen at once. */
  note(tenantId: string, summary: TenantSummary): void;
  /** Objects of this kind that tenants other than this one hold, or may come to hold. */
  heldByOthers(kind: string, tenantId: string): number;
  count(signal: AbortSignal): Promise<void>;
}

interface Counted {
  readonly key: string;
  readonly tier: string;
  readonly behind: boolean;
  readonly objects: Readonly<Record<string, number>>;
  readonly drifting: Readonly<Record<string, number>>;
}

/** What an earlier release wrote down may hold one of each kind. */
const ANY = '*';

const heldBy = (counted: Counted | undefined, kind: string): number =>
  (counted?.objects[kind] ?? 0) + (counted?.objects[ANY] ?? 0);

const PAGE = 200;
/** Between two pages others get their turn. */
const PAGE_PAUSE = bound('census-page-pause-ms', 5);
const NONE: Readonly<Record<string, number>> = {};

function addEach(sums: Map<string, number>, counts: Readonly<Record<string, number>>, by: number): void {
  for (const [kind, count] of Object.entries(counts)) sums.set(kind, (sums.get(kind) ?? 0) + by * count);
}

const sameCounts = (a: Counted['drifting'] = NONE, b: Counted['drifting'] = NONE): boolean =>
  a === b || canonicalJson(a) === canonicalJson(b);

export function createCensus(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'tenants' | 'resourceDrift' | 'tenantsBehind'>;
  /** What this process makes of a tier's file. */
  readonly blueprint: (tier: Tier) => string;
}): Census {
  const known = new Map<string, Counted>();
  const counts = new Map<string, number>();
  const held = new Map<string, number>();
  /** By kind; one that had drifted once is told with 0 later. */
  const drifted = new Map<string, number>();
  /** By tier: those that have another blueprint than this process makes of the tier's file. */
  const behind = new Map<string, number>();
  const isBehind = ({ tier, blueprint }: TenantSummary): boolean => !isTier(tier) || blueprint !== deps.blueprint(tier);
  const publish = (): void => {
    deps.metrics.tenantsBehind.replace([...behind].map(([tier, value]) => ({ labels: { tier }, value })));
    deps.metrics.resourceDrift.replace([...drifted].map(([kind, value]) => ({ labels: { kind }, value })));
    deps.metrics.tenants.replace(
      [...counts].map(([key, value]) => {
        const [tier, status] = key.split('/') as [string, string];
        return { labels: { tier, status }, value };
      }),
    );
  };
  const add = (counted: Counted | undefined, by: number): void => {
    if (!counted) return;
    counts.set(counted.key, (counts.get(counted.key) ?? 0) + by);
    addEach(held, counted.objects, by);
    addEach(drifted, counted.drifting, by);
    addEach(behind, { [counted.tier]: counted.behind ? 1 : 0 }, by);
  };
  /** @returns whether it was news. */
  const keep = (name: string, summary: TenantSummary): boolean => {
    const before = known.get(name);
    const { tier, status, objects = { [ANY]: 1 }, drifting = NONE } = summary;
    const after =
      status === 'deleted'
        ? undefined
        : { key: `${tier}/${status}`, tier, behind: isBehind(summary), objects, drifting };
    if (after === undefined) known.delete(name);
    else known.set(name, after);
    add(before, -1);
    add(after, 1);
    return (
      before?.key !== after?.key || before?.behind !== after?.behind || !sameCounts(before?.drifting, after?.drifting)
    );
  };
  return {
    total: () => known.size,
    heldByOthers: (kind, tenantId) => (held.get(kind) ?? 0) + (held.get(ANY) ?? 0) - heldBy(known.get(tenantId), kind),
    note: (tenantId, summary) => {
      if (keep(tenantId, summary)) publish();
    },
    count: async (signal) => {
      let cursor: string | undefined;
      do {
        const page = await deps.store.list(TENANT_DIRECTORY, { limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
        for (const entry of page.items) keep(entry.name, JSON.parse(entry.summary) as TenantSummary);
        cursor = page.next;
        if (cursor !== undefined) await deps.clock.sleep(PAGE_PAUSE.value, signal);
      } while (cursor !== undefined);
      publish();
    },
  };
}
