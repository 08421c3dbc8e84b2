/**
 * Lists of tenants: those that are told of, and of the deleted only where they are asked for. Pages and cursors are the controller's.
 */
import type { TenantStatus } from '@leasehold/contracts';
import { type ListQuery as ListQueryOf, type ListSource, listOwners, type OwnersPage } from '@leasehold/controller';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import { isTold } from '../domain/told.ts';
import type { TenantTypes } from '../domain/types.ts';
import { NAMES } from './partition.ts';

export interface ListQuery extends Omit<ListQueryOf<TenantTypes>, 'accept' | 'withEnded'> {
  /** Those that are deleted, as long as their end is told, and no others. */
  readonly deleted: boolean;
  readonly accept: (state: TenantState, status: TenantStatus) => boolean;
}

export interface ListedTenants {
  readonly tenants: ListSource<TenantTypes>['owners'];
  readonly deps: { readonly ledger: Pick<ListSource<TenantTypes>, 'store'> };
}

export const listTenants = (
  { tenants, deps }: ListedTenants,
  { deleted, accept, ...query }: ListQuery,
  signal: AbortSignal,
): Promise<OwnersPage<TenantTypes>> =>
  listOwners<TenantTypes>(
    { names: NAMES, owners: tenants, store: deps.ledger.store },
    {
      ...query,
      withEnded: deleted,
      accept: ({ state, waiting }) =>
        isTold(state, waiting) && (state.phase === 'gone') === deleted && accept(state, statusOf(state)),
    },
    signal,
  );
