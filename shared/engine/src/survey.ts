/**
 * Looking at what is: each node observed through its provider and planned. A dry run and a drift report end here; the
 * executor goes on from here. Changes nothing.
 */
import { asFault, type Clock, type Fault } from '@leasehold/kernel';
import type { GraphNode } from './graph.ts';
import { type Goal, type NodePlan, planNode } from './plan.ts';
import { type Absent, isAbsent, type Provider, type Ref, type Scope, type SeenBase } from './provider.ts';
import { freshRecord, type NodeRecord } from './record.ts';

export type Verb = 'observe' | 'ensure' | 'delete';

/**
 * How a call reaches a backend: within its time, its parallelism, its lane and its breaker. Rejects with a `Fault`; a call
 * that was not answered in time is `Unavailable`, `away`, with an unknown outcome.
 */
export type Caller = <T>(
  provider: Provider,
  verb: Verb,
  call: (scope: Scope) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

export interface SurveyInput {
  readonly graph: readonly GraphNode[];
  readonly records: ReadonlyMap<string, NodeRecord>;
  readonly goal: Goal;
  readonly refOf: (node: GraphNode) => Ref;
  readonly providers: ReadonlyMap<string, Provider>;
  /** Kinds that only another release knows (W2 of need.ts). */
  readonly isForeign?: (kind: string) => boolean;
  readonly call: Caller;
  readonly clock: Clock;
  readonly acceptLoss: boolean;
  /** An operator's word that what has no mark may be adopted. */
  readonly adopt?: boolean;
  /** The same for what is adopted and unfit: it may be made anew, empty. */
  readonly remake?: boolean;
  /** An operator's word that what destroys or weakens is made too. */
  readonly consent?: boolean;
  readonly signal: AbortSignal;
}

export type Sighting =
  | {
      readonly kind: 'planned';
      readonly node: GraphNode;
      readonly plan: NodePlan;
      readonly seen: SeenBase | Absent | undefined;
    }
  | { readonly kind: 'unseen'; readonly node: GraphNode; readonly fault: Fault };

/** Observes and plans the given nodes, all at once: the caller of `call` bounds what really runs at a time. */
export const survey = (input: SurveyInput, nodes: readonly GraphNode[] = input.graph): Promise<readonly Sighting[]> =>
  Promise.all(nodes.map((node) => sight(input, node)));

export async function sight(input: SurveyInput, node: GraphNode, afterEffect = false): Promise<Sighting> {
  const provider = input.providers.get(node.kind);
  const ref = input.refOf(node);
  // A look shows what was there when it began: what takes effect after that may be missing in it.
  const nowMs = input.clock.now();
  const planOf = (seen: SeenBase | Absent | undefined): NodePlan =>
    planNode({
      node,
      ref,
      provider,
      seen,
      record: input.records.get(node.id) ?? freshRecord(node),
      goal: input.goal,
      nowMs,
      acceptLoss: input.acceptLoss,
      adopt: input.adopt ?? false,
      remake: input.remake ?? false,
      consent: input.consent ?? false,
      afterEffect,
    });
  try {
    const seen =
      provider && (await input.call(provider, 'observe', (scope) => provider.observe(ref, scope), input.signal));
    const plan = planOf(seen);
    if (!provider?.measure || !seen || isAbsent(seen) || !lowersQuota(plan))
      return { kind: 'planned', node, plan, seen };
    const { measure } = provider;
    const measured = await input.call(provider, 'observe', (scope) => measure(ref, seen, scope), input.signal);
    return { kind: 'planned', node, plan: planOf(measured), seen: measured };
  } catch (error) {
    if (input.signal.aborted) throw error;
    return { kind: 'unseen', node, fault: asFault(error) };
  }
}

/** Whether less than what is used may be asked for. */
const lowersQuota = ({ changes, left = [] }: NodePlan): boolean =>
  [...changes, ...left].some(({ weakens }) => weakens?.kind === 'lower-quota');
