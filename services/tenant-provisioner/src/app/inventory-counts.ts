/**
 * The sums over an inventory, kept while single tenants change: by tier and status for the gauge, by kind for the ceilings,
 * and what has drifted, was left behind, is of another blueprint, or has access that it should not have.
 *
 * 1. A deleted tenant counts for nothing but what it left behind.
 * 2. What an earlier release wrote down without counting may hold one object of each kind.
 */
import type { Metrics } from '@leasehold/observability';
import type { TenantSummary } from './summary.ts';
import { addEach, type Counts, createTally } from './tally.ts';

/** 2. */
const ANY = '*';
const NONE: Counts = {};
const UNCOUNTED: Counts = { [ANY]: 1 };
const TENANTS = 'tenants';

export interface InventoryCounts {
  total(): number;
  /** Objects of a kind over all tenants, and of one. */
  held(kind: string): number;
  heldBy(summary: TenantSummary | undefined, kind: string): number;
  /** Counts the one in place of the other. @returns whether a sum that is published may have changed. */
  replace(before: TenantSummary | undefined, after: TenantSummary | undefined): boolean;
  publish(): void;
}

const isGone = (summary: TenantSummary | undefined): boolean => summary === undefined || summary.status === 'deleted';
const objectsOf = (summary: TenantSummary | undefined): Counts =>
  summary === undefined || isGone(summary) ? NONE : (summary.objects ?? UNCOUNTED);
const driftOf = (summary: TenantSummary | undefined): Counts =>
  summary === undefined || isGone(summary) ? NONE : (summary.drifting ?? NONE);
const standingOf = (summary: TenantSummary | undefined): Counts =>
  summary === undefined || isGone(summary) || !summary.standing ? NONE : { [TENANTS]: 1 };

export function createInventoryCounts(
  metrics: Pick<Metrics, 'tenants' | 'resourceDrift' | 'tenantsBehind' | 'leftBehind' | 'accessStanding'>,
  isBehind: (summary: TenantSummary) => boolean,
): InventoryCounts {
  let total = 0;
  const held = new Map<string, number>();
  const statuses = createTally();
  const drifted = createTally();
  const left = createTally();
  const behind = createTally();
  const standing = createTally();
  const statusOf = (summary: TenantSummary | undefined): Counts =>
    summary === undefined || isGone(summary) ? NONE : { [`${summary.tier}/${summary.status}`]: 1 };
  const behindOf = (summary: TenantSummary | undefined): Counts =>
    summary === undefined || isGone(summary) ? NONE : { [summary.tier]: isBehind(summary) ? 1 : 0 };
  return {
    total: () => total,
    held: (kind) => (held.get(kind) ?? 0) + (held.get(ANY) ?? 0),
    heldBy: (summary, kind) => (objectsOf(summary)[kind] ?? 0) + (objectsOf(summary)[ANY] ?? 0),
    replace: (before, after) => {
      total += Number(!isGone(after)) - Number(!isGone(before));
      addEach(held, objectsOf(before), -1);
      addEach(held, objectsOf(after), 1);
      return [
        statuses.replace(statusOf(before), statusOf(after)),
        left.replace(before?.left ?? NONE, after?.left ?? NONE),
        drifted.replace(driftOf(before), driftOf(after)),
        behind.replace(behindOf(before), behindOf(after)),
        standing.replace(standingOf(before), standingOf(after)),
      ].includes(true);
    },
    publish: () => {
      metrics.tenantsBehind.replace(behind.rows('tier'));
      metrics.resourceDrift.replace(drifted.rows('kind'));
      metrics.leftBehind.replace(left.rows('kind'));
      metrics.accessStanding.set({}, standing.sum(TENANTS));
      metrics.tenants.replace(
        statuses.sums().map(([key, value]) => {
          const [tier, status] = key.split('/') as [string, string];
          return { labels: { tier, status }, value };
        }),
      );
    },
  };
}
