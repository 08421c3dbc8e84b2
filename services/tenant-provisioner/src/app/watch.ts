/**
 * What a stream of a tenant's status shows, and when it ends: its operation ended, or the tenant only waits for the end of its grace. The
 * stream is the controller's.
 */
import { hasHeardTheEnd as hasHeardTheEndOf, type WatchParts, watchOwner } from '@leasehold/controller';
import type { StreamEvent } from '@leasehold/http';
import type { Context } from '../domain/draft.ts';
import { workDueAtMs } from '../domain/goal.ts';
import type { TenantState } from '../domain/state.ts';
import type { TenantTypes } from '../domain/types.ts';
import type { Control } from './control.ts';
import { TENANT_CODEC } from './partition.ts';
import { statusView } from './view.ts';

export interface WatchedTenants {
  readonly tenants: WatchParts<TenantTypes>['owners'];
  readonly control: Pick<Control, 'now'>;
  readonly context: () => Pick<Context, 'kinds'>;
  readonly deps: Pick<WatchParts<TenantTypes>, 'ledger' | 'clock'>;
}

const partsOf = ({ tenants, control, context, deps }: WatchedTenants): WatchParts<TenantTypes> => ({
  codec: TENANT_CODEC,
  owners: tenants,
  ledger: deps.ledger,
  clock: deps.clock,
  view: (state) => statusView(state, control.now()),
  isSettled: (state) => isSettled(state, context().kinds),
});

function isSettled(state: TenantState, kinds: Context['kinds']): boolean {
  const { operation, phase } = state;
  if (operation === undefined || operation.finishedAtMs !== undefined || phase === 'gone') return true;
  return phase === 'leaving' && workDueAtMs(state, kinds) === undefined;
}

export const hasHeardTheEnd = (
  tenants: WatchedTenants,
  tenantId: string,
  lastEventId: string,
  signal: AbortSignal,
): Promise<boolean> => hasHeardTheEndOf(partsOf(tenants), tenantId, lastEventId, signal);

export const watchTenant = (
  tenants: WatchedTenants,
  tenantId: string,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> => watchOwner(partsOf(tenants), tenantId, after, signal);
