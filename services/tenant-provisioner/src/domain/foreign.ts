/**
 * What of a tenant only another release knows: kinds that a newer one made it of, while both run side by side.
 *
 * F1. It is left as it is: not planned, not skipped, not failed, not forgotten; what a tier change puts aside stays in the graph.
 * F2. It stays due, so that the tenant's timer stays for a replica that knows it; a removal ends only when that one has done it.
 * F3. Whether its access follows the tenant's phase cannot be told here: whatever changes that asks for a look by one who knows.
 */
import { isResourceKind } from '@leasehold/contracts';
import type { TenantState } from './state.ts';

export const isForeign = (kind: string): boolean => !isResourceKind(kind);

export const foreignKinds = ({ graph }: Pick<TenantState, 'graph'>): readonly string[] => [
  ...new Set(graph.map(({ kind }) => kind).filter(isForeign)),
];

export const hasForeign = ({ graph }: Pick<TenantState, 'graph'>): boolean => graph.some(({ kind }) => isForeign(kind));
