/**
 * What the directory says of a tenant: enough for lists, gauges and ceilings without opening each partition.
 *
 * Y1. An object is counted from when it may come to be until nothing of the tenant is left. What was refused before anything
 *     was made counts for nothing, so that a refusal makes room.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { TenantState } from '../domain/state.ts';
import { statusOf } from '../domain/status.ts';

export interface TenantSummary {
  readonly tier: string;
  readonly status: string;
  /** How many objects by kind. Absent: written by a release that did not count. */
  readonly objects?: Readonly<Record<string, number>>;
}

export function summaryOf(state: TenantState): TenantSummary {
  const status = statusOf(state);
  const objects: Record<string, number> = {};
  if (status !== 'deleted')
    for (const record of state.records) if (takesRoom(record)) objects[record.kind] = (objects[record.kind] ?? 0) + 1;
  return { tier: state.tier, status, objects };
}

/** Y1. */
const takesRoom = ({ status, born, intent }: NodeRecord): boolean =>
  status !== 'skipped' && (status !== 'failed' || born || intent !== undefined);
