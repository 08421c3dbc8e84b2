/**
 * One run of a tenant's work: the present one from its state, an ended one from its row.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Operation } from '../domain/state.ts';
import { operationKey, readTenant, tenantPartition } from './partition.ts';
import type { Provisioner } from './provisioner.ts';

export interface FoundOperation {
  readonly operation: Operation;
  readonly records: readonly NodeRecord[];
}

export async function readOperation(
  provisioner: Provisioner,
  tenantId: string,
  serial: number,
  signal: AbortSignal,
): Promise<FoundOperation | undefined> {
  const key = operationKey(serial);
  const now = await provisioner.deps.ledger.store.load(tenantPartition(tenantId), [{ key: 'state' }, { key }], signal);
  const row = now.rows.get(key);
  if (row !== undefined) {
    const { records, ...operation } = JSON.parse(row) as Operation & { readonly records: readonly NodeRecord[] };
    return { operation, records };
  }
  const { state } = readTenant(tenantId, now);
  return state.operation?.serial === serial ? { operation: state.operation, records: state.records } : undefined;
}
