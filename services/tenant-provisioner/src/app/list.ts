/**
 * Lists of tenants: names from the directory, facts from the partitions, so that a list never shows what is not so.
 *
 * A page may be short while there is more: how many partitions one request opens has a bound.
 */
import type { TenantStatus } from '@leasehold/contracts';
import { bound } from '@leasehold/kernel';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';
import { isTold } from '../domain/told.ts';
import { TENANT_DIRECTORY } from './partition.ts';
import type { Provisioner } from './provisioner.ts';

const OPENED_A_REQUEST = bound('list-opened-partitions', 1_000);
const CHUNK = 50;

export interface ListQuery {
  readonly limit: number;
  readonly cursor?: string;
  /** Those that are deleted, as long as their end is told, and no others. */
  readonly deleted: boolean;
  readonly accept: (state: TenantState, status: TenantStatus) => boolean;
}

type Listed = Pick<Provisioner, 'tenants'> & { readonly deps: Pick<Provisioner['deps'], 'ledger'> };

export async function listTenants(
  provisioner: Listed,
  query: ListQuery,
  signal: AbortSignal,
): Promise<{ readonly items: readonly TenantState[]; readonly next?: string }> {
  const { store } = provisioner.deps.ledger;
  const items: TenantState[] = [];
  let { cursor } = query;
  for (let opened = 0; opened < OPENED_A_REQUEST.value; ) {
    const limit = Math.min(CHUNK, query.limit - items.length);
    const page = await store.list(TENANT_DIRECTORY, { limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
    const found = await Promise.all(
      page.items.map(({ name }) => provisioner.tenants.find(name, { fresh: !store.exclusive, signal })),
    );
    for (const { state, waiting } of found.filter((rows) => rows !== undefined))
      if (isTold(state, waiting) && (state.phase === 'gone') === query.deleted && query.accept(state, statusOf(state)))
        items.push(state);
    opened += page.items.length;
    cursor = page.next;
    if (cursor === undefined) return { items };
    if (items.length >= query.limit) break;
  }
  return cursor === undefined ? { items } : { items, next: cursor };
}
