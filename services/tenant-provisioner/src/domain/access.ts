/**
 * Whether what a tenant may reach was seen to be out of reach: the difference between a suspension that was asked for and one
 * that is. Pure.
 *
 * A1. A right counts as withdrawn when the backend was seen without it under this very goal. What may exist and knows access
 *     stands until then, whatever keeps it: a pause, a backend that is away or no longer configured, a refusal.
 *     What was seen as it should be while that gave access to nobody has nothing to withdraw.
 * A2. While a right stands a suspended or leaving tenant is not called suspended, and the condition `AccessStanding` names it.
 */
import type { Condition } from '@leasehold/controller/model';
import { type GraphNode, goalDigest, type NodeRecord, patched } from '@leasehold/engine';
import type { TenantState } from './state.ts';

export type Access = 'granted' | 'withdrawn';

const versions = new WeakMap<GraphNode, Partial<Record<Access, GraphNode>>>();

/** A node with its access set: the same value each time, so that what is known of it lasts. */
export function withAccess(node: GraphNode, access: Access): GraphNode {
  const known = versions.get(node) ?? {};
  known[access] ??= { ...node, spec: { ...(node.spec as object), access } };
  versions.set(node, known);
  return known[access];
}

export type AccessKinds = ReadonlyMap<string, { readonly hasAccess: boolean; readonly isGrantUnsaid?: true }>;

/** A node as it should be: one that never said that its access is granted needs no word to say so now, and stays what it was. */
export function inAccess(node: GraphNode, access: Access, kinds: AccessKinds): GraphNode {
  if (knowsAccess(node)) return withAccess(node, access);
  const kind = kinds.get(node.kind);
  const isUnsaid = access === 'granted' && kind?.isGrantUnsaid === true;
  return kind?.hasAccess && !isUnsaid ? withAccess(node, access) : node;
}

/** Its spec says so, whether or not its backend is configured here. */
export const knowsAccess = ({ spec }: Pick<GraphNode, 'spec'>): boolean =>
  typeof spec === 'object' && spec !== null && 'access' in spec;

/**
 * The records with a note at each node that knows access though its spec does not say so: one whose backend was not configured when
 * its tenant was made has the raw settings of its file, and may have been made since.
 */
export function withAccessNoted(
  { graph, records }: Pick<TenantState, 'graph' | 'records'>,
  kinds: AccessKinds,
): readonly NodeRecord[] {
  const unsaid = new Set(
    graph.filter((node) => !knowsAccess(node) && kinds.get(node.kind)?.hasAccess).map(({ id }) => id),
  );
  return unsaid.size === 0
    ? records
    : records.map((record) => (unsaid.has(record.id) ? patched(record, { hasAccess: true }) : record));
}

type Known = Pick<TenantState, 'phase' | 'graph' | 'records' | 'generation' | 'tier'>;

/** Phases in which a tenant has no access: withdrawing it is all that is done for it. */
export const isWithoutAccess = ({ phase }: Pick<TenantState, 'phase'>): boolean =>
  phase === 'suspended' || phase === 'leaving';

/** A1. */
export function standingAccess(state: Known): readonly NodeRecord[] {
  if (!isWithoutAccess(state)) return [];
  const nodes = new Map(state.graph.map((node) => [node.id, node]));
  return state.records.filter(({ id, born, intent, converged, hasAccess }) => {
    const node = nodes.get(id);
    if (!node || !(hasAccess || knowsAccess(node)) || !(born || intent)) return false;
    const isSeen = (access: Access): boolean => converged === goalDigest(withAccess(node, access), state);
    return !isSeen('withdrawn') && !(givesNobodyAccess(node) && isSeen('granted'));
  });
}

/** A1: roles are the one thing that a granted spec may have none of. */
function givesNobodyAccess({ spec }: GraphNode): boolean {
  const { roles, otherRoles } = spec as { readonly roles?: object; readonly otherRoles?: string };
  return roles !== undefined && Object.keys(roles).length === 0 && otherRoles !== 'kept';
}

/** A2. */
export function accessCondition(state: Known): Omit<Condition, 'lastTransitionAtMs'> | undefined {
  const standing = standingAccess(state);
  if (standing.length === 0) return undefined;
  const failures = standing.map(({ failure }) => failure).filter((failure) => failure !== undefined);
  const reason = failures.some(({ away }) => !away)
    ? 'NotWithdrawn'
    : failures.length > 0
      ? 'BackendUnavailable'
      : 'Withdrawing';
  const each = standing.map(
    ({ kind, name, failure }) => `${kind} ${name} (${failure?.message ?? 'not seen withdrawn yet'})`,
  );
  return {
    type: 'AccessStanding',
    status: true,
    reason,
    message: `access stands until it is seen withdrawn: ${each.join('; ')}`,
  };
}
