/**
 * What a listing says of tenants: whether all of theirs is there. The directory tells how many objects of a kind a tenant has; only
 * a tenant with fewer is opened, so that a healthy one costs a few look-ups of names.
 *
 * P1. Only a finished tenant at rest is told of. One that is at work may have looked before it lost something, and be finished without
 *     another look: after a loss it is listed again until it is at rest.
 */
import { isResourceKind, partsOf, type ResourceKind, resourceName } from '@leasehold/contracts';
import type { TenantSummary } from '../../domain/summary.ts';
import { isAtRest, isSweepable } from '../../domain/sweep.ts';
import type { Listing } from './listing.ts';
import { isAtWork, isFinished, readState, type SweepParts, tellFinding, tenantPages, understood } from './parts.ts';

export interface Presence {
  /** Names that belong to no tenant of the directory. */
  readonly strangers: ReadonlySet<string>;
  /** P1: whether a tenant that is at work has lost something. */
  readonly unsettled: boolean;
}

/** @param afterLoss whether the backend was away: tenants at work are opened too. */
export async function comparePresence(
  parts: SweepParts,
  listing: Listing,
  afterLoss: boolean,
  signal: AbortSignal,
): Promise<Presence> {
  const { kind } = listing.provider;
  const strangers = new Set(listing.names);
  let unsettled = false;
  if (!isResourceKind(kind)) return { strangers: new Set(), unsettled };
  for await (const tenants of tenantPages(parts, signal)) {
    for (const { tenantId, objects, ...summary } of tenants) {
      if (summary.status === 'deleted') continue;
      let present = 0;
      for (const name of namesOf(parts, kind, tenantId)) {
        strangers.delete(name);
        if (listing.names.has(name)) present += 1;
      }
      const isLooked = isFinished(summary) || (afterLoss && isAtWork(summary));
      if (!isLooked || present >= expected(objects, kind)) continue;
      const found = await understood(parts, tenantId, () => findMissing(parts, listing, tenantId, signal));
      if (found === 'at work') unsettled = true;
    }
  }
  return { strangers, unsettled };
}

/** What a release wrote that did not count may have one of each kind. */
const expected = (objects: TenantSummary['objects'], kind: string): number =>
  objects === undefined ? 1 : (objects[kind] ?? 0);

const namesOf = ({ pulsarTenant }: SweepParts, kind: ResourceKind, tenantId: string): readonly string[] =>
  partsOf(kind).map((part) => resourceName(kind, part, tenantId, pulsarTenant));

async function findMissing(
  parts: SweepParts,
  { provider: { kind }, names, atMs }: Listing,
  tenantId: string,
  signal: AbortSignal,
): Promise<'none' | 'told' | 'at work'> {
  const state = await readState(parts, tenantId, signal);
  const missing = (state?.records ?? []).filter(
    (record) => record.kind === kind && record.born && isSweepable(record, atMs) && !names.has(record.name),
  );
  if (!state || missing.length === 0) return 'none';
  if (!isAtRest(state)) return 'at work';
  const ids = missing.map(({ id }) => id);
  const finding = { ref: { kind, tenantId }, ids, finding: 'missing', lookedAtMs: atMs } as const;
  return (await tellFinding(parts, finding, signal)) ? 'told' : 'at work';
}
