/**
 * One run of an owner's work: the present one from its state, an ended one from its row. Found by its serial, which its id tells;
 * nothing is scanned for it.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { Ledger } from '@leasehold/store';
import type { OperationKindOf, OwnedTypes } from '../model/decision.ts';
import type { Operation } from '../model/state.ts';
import { operationKey, readRows, type StateCodec } from './owner-rows.ts';

export interface FoundOperation<Kind extends string = string> {
  readonly operation: Operation<Kind>;
  readonly records: readonly NodeRecord[];
}

export async function readOperation<T extends OwnedTypes>(
  { ledger, codec }: { readonly ledger: Pick<Ledger, 'store'>; readonly codec: StateCodec<T> },
  ownerId: string,
  serial: number,
  signal: AbortSignal,
): Promise<FoundOperation<OperationKindOf<T>> | undefined> {
  const key = operationKey(serial);
  const now = await ledger.store.load(codec.names.partitionOf(ownerId), [{ key: 'state' }, { key }], signal);
  const row = now.rows.get(key);
  if (row !== undefined) {
    const { records, ...operation } = JSON.parse(row) as Operation<OperationKindOf<T>> & {
      readonly records: readonly NodeRecord[];
    };
    return { operation, records };
  }
  const { state } = readRows(codec, ownerId, now);
  return state.operation?.serial === serial ? { operation: state.operation, records: state.records } : undefined;
}
