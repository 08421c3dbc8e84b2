/**
 * Which nodes a run has to look at: the level-based question "is there a difference left, as far as the ledger knows?".
 * A settled tenant answers no for every node, so it costs no call.
 *
 * W1. What is due can also begin: the edges that a run waits for are the edges that this answer waits for.
 * W2. A kind that only another release knows is due for a replica of that one: its time is told, so that nobody forgets it, and
 *     it is never begun here.
 * W3. What is ready is not undone for want of a provider: a replica that has one made it.
 */
import { edgesOf, type GraphNode } from './graph.ts';
import type { Goal } from './plan.ts';
import type { Provider } from './provider.ts';
import { freshRecord, type NodeRecord } from './record.ts';

/** Code of the failure of what cannot be taken down for want of a backend. */
export const BACKEND_NOT_CONFIGURED = 'BackendNotConfigured';

export interface Standing {
  readonly record: NodeRecord;
  readonly provider: Pick<Provider, 'hasAccess'> | undefined;
  readonly goal: Goal;
  readonly isForeign?: boolean;
  /** Digest of what the node should be now (`goalDigest`); asked only where it matters. */
  readonly digest: () => string;
}

/** When this node is next worth a look: a time (the past meaning now), or `undefined` for nothing to do. */
export function dueAtMs(standing: Standing): number | undefined {
  const { record, goal, provider } = standing;
  const at = record.nextAttemptAtMs ?? 0;
  if (standing.isForeign) return foreignDueAtMs(record, goal, at);
  switch (goal) {
    case 'remove':
      if (record.status === 'deleted') return undefined;
      // Whoever found no backend for it could do nothing: that is no reason to wait where there is one.
      return provider && record.failure?.code === BACKEND_NOT_CONFIGURED ? 0 : at;
    case 'access':
      if (!hasAccessToLose(standing)) return undefined;
      return record.converged === standing.digest() ? undefined : at;
    case 'converge':
      if (!provider) return record.status === 'skipped' || record.status === 'ready' ? undefined : at;
      if (record.status === 'failed') return undefined;
      return record.status === 'ready' && record.converged === standing.digest() ? undefined : at;
  }
}

/** W2. Whether its access is as it should be nobody can tell here: the service keeps a wish to look for that. */
function foreignDueAtMs({ status }: NodeRecord, goal: Goal, at: number): number | undefined {
  switch (goal) {
    case 'remove':
      return status === 'deleted' ? undefined : at;
    case 'access':
      return undefined;
    case 'converge':
      return status === 'pending' || status === 'creating' ? at : undefined;
  }
}

/** Whether the goal concerns this node at all, done or not. */
export const isConcerned = (standing: Pick<Standing, 'record' | 'provider' | 'goal'>): boolean =>
  standing.goal !== 'access' || hasAccessToLose(standing);

export interface Situation {
  readonly graph: readonly GraphNode[];
  readonly records: ReadonlyMap<string, NodeRecord>;
  readonly goal: Goal;
  readonly providers: ReadonlyMap<string, Pick<Provider, 'hasAccess'>>;
  readonly isForeign?: (kind: string) => boolean;
  readonly digestOf: (node: GraphNode) => string;
}

/** When anything of a graph is next worth a look. What waits for another node has no time of its own (W1). */
export function nextDueAtMs(situation: Situation): number | undefined {
  const { graph, records, goal, providers, isForeign, digestOf } = situation;
  const edges = edgesOf(graph, goal);
  let earliest: number | undefined;
  for (const node of graph) {
    if (edges.get(node.id)?.some((id) => !isDone(records.get(id), goal))) continue;
    const record = records.get(node.id) ?? freshRecord(node);
    const standing = { record, provider: providers.get(node.kind), isForeign: isForeign?.(node.kind) ?? false, goal };
    const at = dueAtMs({ ...standing, digest: () => digestOf(node) });
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}

/** Whether a node no longer holds up those that wait for it. */
export const isDone = (record: NodeRecord | undefined, goal: Goal): boolean =>
  goal === 'remove' ? record?.status === 'deleted' : record?.status === 'ready' || record?.status === 'skipped';

/** Only what may exist and knows access at all; what never was begun has nothing to withdraw. */
const hasAccessToLose = ({ record, provider }: Pick<Standing, 'record' | 'provider'>): boolean =>
  provider?.hasAccess === true && (record.born || record.intent !== undefined);
