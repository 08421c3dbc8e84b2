/**
 * What a listing says of finished tenants: whether all of theirs is there. The directory tells how many objects of a kind a tenant
 * has; only a tenant with fewer is opened, so that a healthy one costs a few look-ups of names.
 */
import { isResourceKind, partsOf, type ResourceKind, resourceName } from '@leasehold/contracts';
import { isAtRest, isSweepable } from '../../domain/sweep.ts';
import type { TenantSummary } from '../summary.ts';
import type { Listing } from './listing.ts';
import { directory, isFinished, readState, type SweepParts, tellFinding } from './parts.ts';

/** @returns the names that belong to no tenant of the directory. */
export async function comparePresence(
  parts: SweepParts,
  listing: Listing,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { kind } = listing.provider;
  const strangers = new Set(listing.names);
  if (!isResourceKind(kind)) return new Set();
  for await (const { tenants } of directory(parts, signal)) {
    for (const { tenantId, objects, ...summary } of tenants) {
      if (summary.status === 'deleted') continue;
      let present = 0;
      for (const name of namesOf(parts, kind, tenantId)) {
        strangers.delete(name);
        if (listing.names.has(name)) present += 1;
      }
      if (isFinished(summary) && present < expected(objects, kind)) await findMissing(parts, listing, tenantId, signal);
    }
  }
  return strangers;
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
): Promise<void> {
  const state = await readState(parts, tenantId, signal);
  if (!state || !isAtRest(state)) return;
  const missing = state.records.filter(
    (record) => record.kind === kind && record.born && isSweepable(record, atMs) && !names.has(record.name),
  );
  if (missing.length === 0) return;
  const ids = missing.map(({ id }) => id);
  await tellFinding(parts, { ref: { kind, tenantId }, ids, finding: 'missing', lookedAtMs: atMs }, signal);
}
