/**
 * From a tenant's phase to what the engine should bring about: the goal, the graph with access granted or withdrawn, and
 * when there is work.
 */
import { type Goal, type GraphNode, goalDigest, type NodeRecord, nextDueAtMs } from '@leasehold/engine';
import { type Access, type AccessKinds, inAccess } from './access.ts';
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

type Kinds = AccessKinds;

/** Graphs with access set, by the graph that a tenant has: the same nodes each time, so that what is known of them lasts. */
const graphs = new WeakMap<readonly GraphNode[], KnownGraphs>();

/** What they were made for beside the graph: another of it makes them anew. */
interface KnownGraphs extends Partial<Record<Access, readonly GraphNode[]>> {
  readonly kinds: Kinds;
  readonly leaving: readonly string[] | undefined;
}

/**
 * The graph as it should be in this phase: nodes that know access differ, and what an active tenant has of a blueprint that it
 * has left, and is taken down, is no part of it.
 */
export function wantedGraph(
  state: Pick<TenantState, 'phase' | 'graph' | 'blueprint'>,
  kinds: Kinds,
): readonly GraphNode[] {
  const access: Access = state.phase === 'active' ? 'granted' : 'withdrawn';
  let known = graphs.get(state.graph);
  const leaving = state.blueprint?.leaving;
  if (known?.kinds !== kinds || known.leaving !== leaving) {
    known = { kinds, leaving };
    graphs.set(state.graph, known);
  }
  known[access] ??= state.graph
    .filter((node) => state.phase !== 'active' || !isLeaving(state, node.id))
    .map((node) => inAccess(node, access, kinds));
  return known[access];
}

/** Whether a node is taken down though its tenant stays. */
export const isLeaving = ({ blueprint }: Pick<TenantState, 'blueprint'>, id: string): boolean =>
  blueprint?.leaving?.includes(id) ?? false;

/** What a run that begins now brings about. */
export interface Stage {
  readonly goal: Goal;
  readonly graph: readonly GraphNode[];
}

const SETTLED: readonly NodeRecord['status'][] = ['ready', 'skipped'];

/** What has left the blueprint is taken down last, when all that stays is as it should be, and after any look that is due. */
export const isTrimming = (state: Pick<TenantState, 'phase' | 'records' | 'recheck' | 'blueprint'>): boolean =>
  state.phase === 'active' &&
  state.recheck === undefined &&
  state.blueprint?.leaving !== undefined &&
  state.records.every(({ id, status }) => isLeaving(state, id) || SETTLED.includes(status));

export function stageOf(state: TenantState, kinds: Kinds): Stage | undefined {
  const goal = goalOf(state);
  if (goal === undefined) return undefined;
  return isTrimming(state)
    ? { goal: 'remove', graph: state.graph.filter(({ id }) => isLeaving(state, id)) }
    : { goal, graph: wantedGraph(state, kinds) };
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
  const stage = stageOf(state, kinds);
  if (!stage) return undefined;
  const { goal, graph } = stage;
  const lookAtMs = state.recheck && goal !== 'remove' ? (state.recheck.notBeforeMs ?? 0) : undefined;
  if (lookAtMs === 0) return 0;
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
