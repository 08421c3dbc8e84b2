/**
 * How many tenants there are, by tier and status: counted from the directory now and then, for the gauge, the brake's share
 * and the ceilings. A few seconds old by design; nothing that must be exact rests on it.
 */
import { TIERS, type Tier } from '@leasehold/contracts';
import { bound, type Clock, type Log } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Store } from '@leasehold/store';
import { TENANT_DIRECTORY } from './partition.ts';
import type { TenantSummary } from './summary.ts';
import { addEach, type Counts, createTally } from './tally.ts';

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
  readonly objects: Counts;
}

/** What an earlier release wrote down may hold one of each kind. */
const ANY = '*';

const heldBy = (counted: Counted | undefined, kind: string): number =>
  (counted?.objects[kind] ?? 0) + (counted?.objects[ANY] ?? 0);

const PAGE = 200;
/** Between two pages others get their turn. */
const PAGE_PAUSE = bound('census-page-pause-ms', 5);
const NONE: Counts = {};
const TENANTS = 'tenants';

export function createCensus(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'tenants' | 'resourceDrift' | 'tenantsBehind' | 'leftBehind' | 'accessStanding'>;
  /** What this process makes of a tier's file. */
  readonly blueprint: (tier: Tier) => string;
}): Census {
  const known = new Map<string, Counted>();
  const counts = new Map<string, number>();
  const held = new Map<string, number>();
  /** By kind. */
  const drifted = createTally();
  /** By kind, of ended tenants too, as long as the directory has them. */
  const left = createTally();
  /** By tier: those that have another blueprint than this process makes of the tier's file. */
  const behind = createTally();
  const standing = createTally();
  const isBehind = ({ tier, blueprint }: TenantSummary): boolean => !isTier(tier) || blueprint !== deps.blueprint(tier);
  const publish = (): void => {
    deps.metrics.tenantsBehind.replace(behind.rows('tier'));
    deps.metrics.resourceDrift.replace(drifted.rows('kind'));
    deps.metrics.leftBehind.replace(left.rows('kind'));
    deps.metrics.accessStanding.set({}, standing.sum(TENANTS));
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
  };
  /** @returns whether it was news. */
  const keep = (name: string, summary: TenantSummary): boolean => {
    const before = known.get(name);
    const { tier, status, objects = { [ANY]: 1 }, drifting = NONE, standing: stands = 0 } = summary;
    const isGone = status === 'deleted';
    const after = isGone ? undefined : { key: `${tier}/${status}`, objects };
    if (after === undefined) known.delete(name);
    else known.set(name, after);
    add(before, -1);
    add(after, 1);
    const news = [
      left.keep(name, summary.left ?? NONE),
      drifted.keep(name, isGone ? NONE : drifting),
      behind.keep(name, isGone ? NONE : { [tier]: isBehind(summary) ? 1 : 0 }),
      standing.keep(name, isGone || stands === 0 ? NONE : { [TENANTS]: 1 }),
    ];
    return before?.key !== after?.key || news.includes(true);
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
