/**
 * From a tenant's phase to what the engine should bring about: the goal, the graph with access granted or withdrawn, and
 * when there is work.
 */
import { type Goal, type GraphNode, goalDigest, type NodeRecord, nextDueAtMs } from '@leasehold/engine';
import { isForeign } from './foreign.ts';
import type { TenantState } from './state.ts';

export function goalOf(state: Pick<TenantState, 'phase'>): Goal | undefined {
  switch (state.phase) {
    case 'active':
      return 'converge';
    case 'suspended':
    case 'leaving':
      return 'access';
    case 'deleting':
      return 'remove';
    case 'none':
    case 'gone':
      return undefined;
  }
}

type Kinds = ReadonlyMap<string, { readonly hasAccess: boolean }>;

type Access = 'granted' | 'withdrawn';

/** Graphs with access set, by the graph that a tenant has: the same nodes each time, so that what is known of them lasts. */
const withAccess = new WeakMap<readonly GraphNode[], Partial<Record<Access, readonly GraphNode[]>> & { of: Kinds }>();

/** The graph as it should be in this phase: only nodes that know access differ. */
export function wantedGraph(state: Pick<TenantState, 'phase' | 'graph'>, kinds: Kinds): readonly GraphNode[] {
  const access: Access = state.phase === 'active' ? 'granted' : 'withdrawn';
  let known = withAccess.get(state.graph);
  if (known?.of !== kinds) {
    known = { of: kinds };
    withAccess.set(state.graph, known);
  }
  known[access] ??= state.graph.map((node) =>
    kinds.get(node.kind)?.hasAccess ? { ...node, spec: { ...(node.spec as object), access } } : node,
  );
  return known[access];
}

export const recordsById = (state: Pick<TenantState, 'records'>): ReadonlyMap<string, NodeRecord> =>
  new Map(state.records.map((record) => [record.id, record]));

/**
 * `ready` is said of the present goal alone: what was seen complete under another (another tier, access withdrawn) is
 * `pending` again. So a tenant is never complete by what was true before.
 */
export function reopened(state: TenantState, kinds: Kinds): readonly NodeRecord[] {
  if (state.phase !== 'active') return state.records;
  const wanted = new Map(wantedGraph(state, kinds).map((node) => [node.id, node]));
  const isStale = ({ id, kind, status, converged }: NodeRecord): boolean => {
    const node = wanted.get(id);
    return status === 'ready' && kinds.has(kind) && node !== undefined && converged !== goalDigest(node, state);
  };
  if (!state.records.some(isStale)) return state.records;
  return state.records.map((record) => (isStale(record) ? { ...record, status: 'pending' } : record));
}

/** What identifies the goal: while it is the same, a run that began for it may go on. */
export const goalKey = (state: TenantState): string =>
  [state.generation, state.phase, state.tier, state.operation?.id ?? ''].join('/');

/** When work is due: a time, possibly past; `undefined` when nothing is left to do. */
export function workDueAtMs(state: TenantState, kinds: Kinds): number | undefined {
  const goal = goalOf(state);
  if (!goal) return undefined;
  const lookAtMs = state.recheck && goal !== 'remove' ? (state.recheck.notBeforeMs ?? 0) : undefined;
  if (lookAtMs === 0) return 0;
  const graph = wantedGraph(state, kinds);
  const nodeAtMs = nextDueAtMs({
    graph,
    records: recordsById(state),
    goal,
    providers: kinds,
    isForeign,
    digestOf: (node) => goalDigest(node, state),
  });
  return lookAtMs === undefined ? nodeAtMs : Math.min(lookAtMs, nodeAtMs ?? lookAtMs);
}

/** Whether a run that begins now looks at everything. */
export const isRecheckDue = ({ recheck }: Pick<TenantState, 'recheck'>, nowMs: number): boolean =>
  recheck !== undefined && (recheck.notBeforeMs ?? 0) <= nowMs;
