/**
 * Order. Nothing of a tenant is begun before all that it depends on is seen complete, and nothing is taken down before all that depends on
 *     it is gone: by the ledger, in the commit that records the intent.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Scene } from '../invariants.ts';
import type { TenantState } from '../service.ts';

export function watchOrder({ world, views }: Scene): undefined {
  views.onCommit(({ before, after: { tenantId, state } }) => {
    // What was decided with it in one commit may have opened again what it had waited for.
    if (!before || before.state.records === state.records || goalOf(before.state) !== goalOf(state)) return;
    for (const record of state.records) {
      const { intent } = record;
      if (!intent || intentOf(before.state.records.find(({ id }) => id === record.id)) === intentOf(record)) continue;
      const early = intent.action === 'delete' ? standingOn(state, record.id) : missingFor(state, record.id);
      if (early.length > 0)
        world.violate(
          'order',
          `${tenantId}: to ${intent.action} ${record.id} is begun, and before it goes ${early.join(', ')}`,
        );
    }
  });
}

const goalOf = ({ generation, phase, tier, operation }: TenantState): string =>
  [generation, phase, tier, operation?.id ?? ''].join('/');

const intentOf = (record: NodeRecord | undefined): string =>
  record?.intent ? `${record.intent.action} ${record.intent.atMs} ${record.intent.fence}` : '';

const statusOf = ({ records }: TenantState, id: string): string =>
  records.find((record) => record.id === id)?.status ?? 'unknown';

/** Access is withdrawn and given back from all at once. */
function missingFor(state: TenantState, id: string): readonly string[] {
  if (state.phase !== 'active') return [];
  const wanted = state.graph.find((node) => node.id === id)?.dependsOn ?? [];
  return wanted
    .filter((other) => !['ready', 'skipped'].includes(statusOf(state, other)))
    .map((other) => `${other} (${statusOf(state, other)})`);
}

/** Of a tenant that stays, what leaves waits for what leaves. */
function standingOn(state: TenantState, id: string): readonly string[] {
  const { leaving = [] } = state.blueprint ?? {};
  return state.graph
    .filter((node) => node.dependsOn.includes(id) && (state.phase === 'deleting' || leaving.includes(node.id)))
    .filter((node) => statusOf(state, node.id) !== 'deleted')
    .map((node) => `${node.id} (${statusOf(state, node.id)})`);
}
