/**
 * What the directory says of a tenant: enough for lists, gauges and ceilings without opening each partition.
 *
 * Y1. An object is counted from when it may come to be until nothing of the tenant is left. What was refused before anything
 *     was made counts for nothing, so that a refusal makes room.
 * Y2. An object has drifted from when it is seen to differ, or is lost, until it is seen as it should be; one that could not be
 *     repaired has still drifted.
 * Y3. Who waits for an operator's word is found in the inventory when the word is given: no timer looks for it meanwhile.
 */
import type { OwnerSummary } from '@leasehold/controller/model';
import type { NodeRecord } from '@leasehold/engine';
import { standingAccess } from './access.ts';
import { leftOf } from './left.ts';
import type { TenantState } from './state.ts';
import { isHeldByProtection, statusOf } from './status.ts';

export interface TenantSummary extends OwnerSummary {
  readonly tier: string;
  /** How many objects of each kind differ from what they should be, as far as was looked; absent: none. */
  readonly drifting?: Readonly<Record<string, number>>;
  /** How many objects of each kind a deletion could not take down, or left behind; absent: none. */
  readonly left?: Readonly<Record<string, number>>;
  /** Rights that stand though the tenant is without access; absent: none. */
  readonly standing?: number;
  /** The digest of its blueprint. Absent: written by a release that did not tell. */
  readonly blueprint?: string;
  /** How many objects it has that its blueprint does not name; absent: none. */
  readonly kept?: number;
  /** Y3. Of a deletion that the brake holds: how often the brake had been opened when it was held. */
  readonly held?: number;
  /** Y3. Of a tenant that leaves: when its grace is over. */
  readonly graceUntilMs?: number;
}

/** An id that never was a tenant counts for nothing; its entry lets it be found. */
const NEVER_THERE = { status: 'deleted', objects: {} } as const;

export function summaryOf(state: TenantState): TenantSummary {
  if (state.generation === 0) return { tier: state.tier, ...NEVER_THERE };
  const status = statusOf(state);
  const records = status === 'deleted' ? [] : state.records;
  const left = countByKind(leftOf(state));
  const standing = standingAccess(state).length;
  const drifting = status === 'deleting' ? {} : countByKind(records.filter(isDrifting));
  return {
    tier: state.tier,
    status,
    objects: countByKind(records.filter(takesRoom)),
    ...(Object.keys(drifting).length === 0 ? {} : { drifting }),
    ...(Object.keys(left).length === 0 ? {} : { left }),
    ...(standing === 0 ? {} : { standing }),
    ...blueprintOf(state),
    ...wordOf(state),
  };
}

/** Y3. */
export const waitsForWord = (state: TenantState): boolean => Object.keys(wordOf(state)).length > 0;

/** Y3. What protection holds waits for a word about this tenant alone. */
function wordOf(state: TenantState): Pick<TenantSummary, 'held' | 'graceUntilMs'> {
  const { held, phase, deletion } = state;
  if (held) return { held: held.openings ?? 0 };
  if (phase !== 'leaving' || !deletion || isHeldByProtection(state)) return {};
  return { graceUntilMs: deletion.graceUntilMs };
}

function blueprintOf({ blueprint }: TenantState): Pick<TenantSummary, 'blueprint' | 'kept'> {
  if (!blueprint) return {};
  const kept = blueprint.kept?.length ?? 0;
  return { blueprint: blueprint.digest, ...(kept === 0 ? {} : { kept }) };
}

function countByKind(records: readonly NodeRecord[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of records) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Y2. */
const isDrifting = ({ drift, lost, born, status }: NodeRecord): boolean =>
  drift !== undefined || lost || (born && status === 'failed');

/** Y1. */
const takesRoom = ({ status, born, intent }: NodeRecord): boolean =>
  status !== 'skipped' && (status !== 'failed' || born || intent !== undefined);
