/**
 * What a replica without a backend has left open in a tenant's graph. It keeps the raw settings of the tier's file, as it cannot read
 * them; a replica that can completes them before it plans with them. Pure.
 *
 * 1. What was seen ready was planned by a replica with the backend, and is complete since.
 * 2. What the kind's rules do not take stays as it is: the run says what is wrong with it.
 */
import type { GraphNode } from '@leasehold/engine';
import { canonicalJson, type Json } from '@leasehold/kernel';
import type { TenantState } from './state.ts';

/** `complete`: the settings as the kind reads them, with its defaults; undefined where it cannot. */
export type Completers = ReadonlyMap<string, { readonly complete?: (spec: unknown) => unknown }>;

/** By what completes it: the same node each time, so that what is known of it lasts. */
const known = new WeakMap<GraphNode, { readonly kinds: Completers; readonly node: GraphNode }>();

function completed(node: GraphNode, kinds: Completers): GraphNode {
  const complete = kinds.get(node.kind)?.complete;
  if (!complete) return node;
  const before = known.get(node);
  if (before?.kinds === kinds) return before.node;
  const spec = complete(node.spec);
  const isSame = spec === undefined || canonicalJson(spec as Json) === canonicalJson(node.spec as Json);
  const made = isSame ? node : { ...node, spec };
  known.set(node, { kinds, node: made });
  return made;
}

export function withCompleteSpecs(state: TenantState, kinds: Completers): TenantState {
  const ready = new Set(state.records.filter(({ status }) => status === 'ready').map(({ id }) => id));
  const graph = state.graph.map((node) => (ready.has(node.id) ? node : completed(node, kinds)));
  return graph.every((node, at) => node === state.graph[at]) ? state : { ...state, graph };
}
