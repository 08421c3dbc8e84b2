/**
 * Whether what a plan adds to a tenant fits beside what its backends bear. Pure: a run and a dry run ask the same.
 *
 * C1. Of what a tenant, its new tier or its new blueprint adds nothing is made if one part would go over a ceiling; what it already has,
 *     or has begun, is left alone.
 */
import type { Reason } from '@leasehold/kernel';
import type { NodePlan } from './plan.ts';
import type { NodeRecord } from './record.ts';

/** How many objects of one kind a tenant has by now, and how many more it would. */
export interface Growth {
  readonly held: number;
  readonly added: number;
}

export interface OverCeiling {
  readonly reason: Reason;
  /** What of the plan is not made therefore. */
  readonly plans: readonly NodePlan[];
}

const isBegun = (record: NodeRecord | undefined): boolean =>
  record !== undefined && (record.born || record.intent !== undefined);

/** C1. */
export function overCeiling(
  plans: Iterable<NodePlan>,
  records: ReadonlyMap<string, NodeRecord>,
  ceiling: (kind: string, growth: Growth) => Reason | undefined,
): OverCeiling | undefined {
  const added = [...plans].filter(({ action, id }) => action === 'create' && !isBegun(records.get(id)));
  for (const [kind, ofKind] of Map.groupBy(added, (plan) => plan.kind)) {
    const held = [...records.values()].filter((record) => record.kind === kind && isBegun(record)).length;
    const reason = ceiling(kind, { held, added: ofKind.length });
    if (reason) return { reason, plans: added };
  }
  return undefined;
}
