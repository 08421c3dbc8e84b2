/**
 * What is shown of the inventory of tenants, kept while single tenants change: how many by tier and status, and what has drifted, was left
 * behind, is of another blueprint, or has access that it should not have.
 *
 * 1. A deleted tenant counts for nothing but what it left behind.
 */
import { TIERS, type Tier } from '@leasehold/contracts';
import { type Counts, createTally, type InventoryGauges, type Inventory as InventoryOf } from '@leasehold/controller';
import type { Metrics } from '@leasehold/observability';
import type { TenantSummary } from '../domain/summary.ts';

export type Inventory = InventoryOf<TenantSummary>;

export interface TenantGaugesDeps {
  readonly metrics: Pick<Metrics, 'tenants' | 'resourceDrift' | 'tenantsBehind' | 'leftBehind' | 'accessStanding'>;
  /** What this process makes of a tier's file. */
  readonly blueprint: (tier: Tier) => string;
}

const NONE: Counts = {};
const TENANTS = 'tenants';

const isTier = (text: string): text is Tier => (TIERS as readonly string[]).includes(text);
const isGone = (summary: TenantSummary | undefined): boolean => summary === undefined || summary.status === 'deleted';
const driftOf = (summary: TenantSummary | undefined): Counts =>
  summary === undefined || isGone(summary) ? NONE : (summary.drifting ?? NONE);
const standingOf = (summary: TenantSummary | undefined): Counts =>
  summary === undefined || isGone(summary) || !summary.standing ? NONE : { [TENANTS]: 1 };

export function createTenantGauges({ metrics, blueprint }: TenantGaugesDeps): InventoryGauges<TenantSummary> {
  const isBehind = (summary: TenantSummary): boolean =>
    !isTier(summary.tier) || summary.blueprint !== blueprint(summary.tier);
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
    replace: (before, after) =>
      [
        statuses.replace(statusOf(before), statusOf(after)),
        left.replace(before?.left ?? NONE, after?.left ?? NONE),
        drifted.replace(driftOf(before), driftOf(after)),
        behind.replace(behindOf(before), behindOf(after)),
        standing.replace(standingOf(before), standingOf(after)),
      ].includes(true),
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
