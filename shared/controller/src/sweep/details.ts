/**
 * Whether what is there is as it should be: in bulk where a backend lists whole objects, else one object after the other, in
 * rounds over all finished owners, within the budget.
 *
 * T1. The plan that judges is the one that a run would carry out.
 * T2. One difference is enough: the run that follows looks at everything of the owner.
 *     Of an owner without access that is whether it has some again, and nothing else.
 * T3. What looks exactly as when it last was as it should be needs no plan, so that its owner is not opened.
 * T4. What is left as it is, and told, is no finding; what has come to it, or is left no more, is.
 * T5. A listing with more to compare than one turn may is gone on with in the next, from where it ended: what is never settled (of
 *     suspended owners, orphans) keeps nothing from being compared.
 */

import {
  type Goal,
  type GraphNode,
  isConcerned,
  isTold,
  type NodePlan,
  type NodeRecord,
  planNode,
  type SeenBase,
  type Sighting,
  sight,
} from '@leasehold/engine';
import { hashText } from '@leasehold/kernel';
import { understood } from '../inventory/walk.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { OwnedState } from '../model/state.ts';
import { isSweepable } from '../model/sweep.ts';
import type { Listing } from './listing.ts';
import { guarded, isOpen, readState, type SweepParts, tellFinding } from './parts.ts';

const QUIET: readonly NodePlan['action'][] = ['keep', 'skip', 'gone', 'wait'];

/** T4. What is left is no matter of access. */
const isQuiet = ({ action, left = [] }: NodePlan, goal: Goal, record: NodeRecord, nowMs: number): boolean =>
  QUIET.includes(action) &&
  ((action !== 'keep' && left.length === 0) || goal === 'access' || isTold(left, record, nowMs));

const recordsById = ({ records }: OwnedState): ReadonlyMap<string, NodeRecord> =>
  new Map(records.map((record) => [record.id, record]));

export interface Details<T extends OwnedTypes> {
  /** Judges what a listing in bulk has seen. */
  compare(listing: Listing, signal: AbortSignal): Promise<void>;
  /** Looks at what of an owner no listing sees whole. */
  look(ownerId: string, state: T['state'], signal: AbortSignal): Promise<void>;
}

export function createDetails<T extends OwnedTypes>(parts: SweepParts<T>): Details<T> {
  const settled = new Map<string, number>();
  /** T5: by kind, the name at which the comparison of the last listing ended. */
  const ended = new Map<string, string>();
  return {
    compare: async ({ provider: { kind }, marked = [], atMs }, signal) => {
      let looks = 0;
      const from = marked.findIndex(([{ name }]) => name === ended.get(kind));
      ended.delete(kind);
      for (const [ref, seen] of [...marked.slice(Math.max(from, 0)), ...marked.slice(0, Math.max(from, 0))]) {
        const { name } = ref;
        const ownerId = parts.sweep.ownerOfMarked(ref);
        if (ownerId === undefined) continue;
        const key = `${kind}/${name}`;
        const hash = hashText(JSON.stringify(seen));
        if (settled.get(key) === hash) continue;
        if (++looks > parts.bounds.bulkLooks.value) {
          ended.set(kind, name);
          return;
        }
        const one = { kind, name, ownerId, seen, atMs };
        const differs = (await understood(parts, ownerId, () => compareOne(parts, one, signal))) ?? true;
        settled.delete(key);
        if (!differs && settled.size < parts.bounds.remembered.value) settled.set(key, hash);
      }
    },
    look: (ownerId, state, signal) => lookAtOwner(parts, ownerId, state, signal),
  };
}

/** @returns whether it is not known to be as it should be. */
async function compareOne<T extends OwnedTypes>(
  parts: SweepParts<T>,
  one: { kind: string; name: string; ownerId: string; seen: SeenBase; atMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { kind, name, ownerId, seen, atMs } = one;
  const { sweep, work } = parts;
  const state = await readState(parts, ownerId, signal);
  if (!state) return true;
  const node = sweep.graphOf(state, parts.context()).find((each) => each.kind === kind && each.name === name);
  const record = node && recordsById(state).get(node.id);
  const provider = parts.providers.get(kind);
  const goal = sweep.goalOf(state);
  if (!node || !record || !goal || !isSweepable(record, atMs)) return true;
  if (!isConcerned({ record, provider, goal })) return true;
  const plan = planNode({
    node,
    ref: work.refOf(state, node),
    provider,
    seen,
    record,
    goal,
    nowMs: parts.clock.now(),
    acceptLoss: false,
    afterEffect: false,
  });
  if (isQuiet(plan, goal, record, parts.clock.now())) return false;
  await tellFinding(
    parts,
    { ownerId, kind, ids: [node.id], finding: 'differs', changes: plan.changes, lookedAtMs: atMs },
    signal,
  );
  return true;
}

async function lookAtOwner<T extends OwnedTypes>(
  parts: SweepParts<T>,
  ownerId: string,
  state: T['state'],
  signal: AbortSignal,
): Promise<void> {
  const { sweep } = parts;
  const goal = sweep.goalOf(state);
  if (!goal) return;
  const records = recordsById(state);
  for (const node of sweep.graphOf(state, parts.context())) {
    const { id, kind } = node;
    const provider = parts.providers.get(kind);
    const record = records.get(id);
    const lookedAtMs = parts.clock.now();
    if (!provider || provider.observesInBulk || !record || !isSweepable(record, lookedAtMs)) continue;
    if (!isOpen(parts, provider) || !isConcerned({ record, provider, goal })) continue;
    await parts.budget.spend(signal);
    const sighting = await lookAt(parts, { state, node, goal }, signal);
    // What could not be seen now is seen in another round; its backend's health is told elsewhere.
    if (sighting.kind === 'unseen' || isQuiet(sighting.plan, goal, record, parts.clock.now())) continue;
    const { changes } = sighting.plan;
    await tellFinding(parts, { ownerId, kind, ids: [id], finding: 'differs', changes, lookedAtMs }, signal);
    return;
  }
}

const lookAt = <T extends OwnedTypes>(
  parts: SweepParts<T>,
  { state, node, goal }: { readonly state: T['state']; readonly node: GraphNode; readonly goal: Goal },
  signal: AbortSignal,
): Promise<Sighting> =>
  sight(
    {
      graph: state.graph,
      records: recordsById(state),
      goal,
      refOf: (one) => parts.work.refOf(state, one),
      providers: parts.providers,
      call: (provider, _verb, call, within) => guarded(parts, provider, 'look', call, within),
      clock: parts.clock,
      acceptLoss: false,
      signal,
    },
    node,
  );
