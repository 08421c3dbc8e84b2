/**
 * Which tenants there are and what each is said to have: read from the directory by one walk a process, and kept as this
 * process's own commits say. Gauges, the brake's share, ceilings, the sweep and the finding of topics are served from it in memory.
 * It is as old as the last walk, by design; whoever acts on a tenant opens its partition first.
 *
 * V1. A walk begins at intervals, or later where the rows of the last one would be more than a minute may read: with a hundred
 *     thousand tenants a walk is a share of the store's work that has a bound, however often it is wished for.
 * V2. Who is in the directory no more is dropped at the end of a whole walk; what was noted while it went on is kept.
 * V3. Equal summaries are held once: thousands of settled tenants share a few.
 */
import { TIERS, type Tier } from '@leasehold/contracts';
import { bound, type Clock } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Store } from '@leasehold/store';
import { createInventoryCounts } from './inventory-counts.ts';
import { TENANT_DIRECTORY } from './partition.ts';
import type { TenantSummary } from './summary.ts';

const isTier = (text: string): text is Tier => (TIERS as readonly string[]).includes(text);

export interface Inventory {
  /** Tenants that have not ended. */
  total(): number;
  /** Called on a commit of this process, so that the own work is seen at once. */
  note(tenantId: string, summary: TenantSummary): void;
  /** Objects of this kind that tenants other than this one hold, or may come to hold. */
  heldByOthers(kind: string, tenantId: string): number;
  /** Walks over the whole directory once. */
  count(signal: AbortSignal): Promise<void>;
  /** Every tenant that is known, ended ones too as long as the directory names them; in the order of the last walk. */
  entries(): Iterable<readonly [tenantId: string, summary: TenantSummary]>;
  /** Resolves when a whole walk has taken place. */
  whenRead(signal: AbortSignal): Promise<void>;
  /** V1: from the end of one walk to the beginning of the next, in milliseconds, when it is wished for at this interval. */
  pauseMs(intervalMs: number): number;
}

const PAGE = 500;
/** Between two pages others get their turn. */
const PAGE_PAUSE = bound('inventory-page-pause-ms', 5);
/** V1. */
const ROWS_A_MINUTE = bound('inventory-rows-per-minute', 60_000);
const MINUTE_MS = 60_000;

export function createInventory(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'tenants' | 'resourceDrift' | 'tenantsBehind' | 'leftBehind' | 'accessStanding'>;
  /** What this process makes of a tier's file. */
  readonly blueprint: (tier: Tier) => string;
}): Inventory {
  const known = new Map<string, TenantSummary>();
  const isBehind = ({ tier, blueprint }: TenantSummary): boolean => !isTier(tier) || blueprint !== deps.blueprint(tier);
  const counts = createInventoryCounts(deps.metrics, isBehind);
  const read = Promise.withResolvers<void>();
  /** V2: noted since the walk began. */
  let noted = new Set<string>();

  /** @returns whether it was news. */
  const keep = (name: string, summary: TenantSummary | undefined): boolean => {
    const before = known.get(name);
    if (before === summary) return false;
    if (summary === undefined) known.delete(name);
    else known.set(name, summary);
    return counts.replace(before, summary);
  };

  /** V3: by text, those of the last walk. */
  let shared: ReadonlyMap<string, TenantSummary> = new Map();
  const walk = async (signal: AbortSignal): Promise<ReadonlySet<string>> => {
    const seen = new Set<string>();
    const used = new Map<string, TenantSummary>();
    const summaryOf = (text: string): TenantSummary => {
      const held = used.get(text) ?? shared.get(text) ?? (JSON.parse(text) as TenantSummary);
      used.set(text, held);
      return held;
    };
    let cursor: string | undefined;
    do {
      const page = await deps.store.list(TENANT_DIRECTORY, { limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
      for (const { name, summary } of page.items) {
        seen.add(name);
        if (!noted.has(name)) keep(name, summaryOf(summary));
      }
      cursor = page.next;
      if (cursor !== undefined) await deps.clock.sleep(PAGE_PAUSE.value, signal);
    } while (cursor !== undefined);
    shared = used;
    return seen;
  };

  return {
    total: counts.total,
    heldByOthers: (kind, tenantId) => counts.held(kind) - counts.heldBy(known.get(tenantId), kind),
    entries: () => known,
    note: (tenantId, summary) => {
      noted.add(tenantId);
      if (keep(tenantId, summary)) counts.publish();
    },
    count: async (signal) => {
      noted = new Set();
      const seen = await walk(signal);
      for (const name of [...known.keys()]) if (!seen.has(name) && !noted.has(name)) keep(name, undefined);
      counts.publish();
      read.resolve();
    },
    whenRead: (signal) => untilAborted(read.promise, signal),
    pauseMs: (intervalMs) => Math.max(intervalMs, (known.size / ROWS_A_MINUTE.value) * MINUTE_MS),
  };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<T>();
  const end = (): void => ended.reject(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return Promise.race([promise, ended.promise]).finally(() => signal.removeEventListener('abort', end));
}
