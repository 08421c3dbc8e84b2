/**
 * Whether what a plan adds to a tenant fits beside what its backends bear. Pure: a run and a dry run ask the same.
 *
 * C1. Of what a tenant, its new tier or its new blueprint adds nothing is made if one part would go over a ceiling; what it already has,
 *     or has begun, is left alone. What was refused before counts as added still: the rest is not made beside it by and by.
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

/** Code of what a ceiling refused. */
const CEILING_REACHED = 'CeilingReached';

const isRefused = ({ status, failure, born, intent }: NodeRecord): boolean =>
  status === 'failed' && failure?.code === CEILING_REACHED && !born && intent === undefined;

const isBegun = (record: NodeRecord | undefined): boolean =>
  record !== undefined && (record.born || record.intent !== undefined);

/** C1. */
export function overCeiling(
  plans: Iterable<NodePlan>,
  records: ReadonlyMap<string, NodeRecord>,
  ceiling: (kind: string, growth: Growth) => Reason | undefined,
): OverCeiling | undefined {
  const added = [...plans].filter(({ action, id }) => action === 'create' && !isBegun(records.get(id)));
  if (added.length === 0) return undefined;
  const planned = new Set(added.map(({ id }) => id));
  const refused = [...records.values()].filter((record) => isRefused(record) && !planned.has(record.id));
  for (const [kind, ofKind] of Map.groupBy([...added, ...refused], (one) => one.kind)) {
    const held = [...records.values()].filter((record) => record.kind === kind && isBegun(record)).length;
    const reason = ceiling(kind, { held, added: ofKind.length });
    if (reason) return { reason, plans: added };
  }
  return undefined;
}
