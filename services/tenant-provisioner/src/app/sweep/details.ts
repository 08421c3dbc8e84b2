/**
 * Whether what is there is as it should be: in bulk where a backend lists whole objects, else one object after the other, in
 * rounds over all finished tenants, within the budget.
 *
 * T1. The plan that judges is the one that a run would carry out.
 * T2. One difference is enough: the run that follows looks at everything of the tenant.
 *     Of a tenant without access that is whether it has some again, and nothing else.
 * T3. What looks exactly as when it last was as it should be needs no plan, so that its tenant is not opened.
 * T4. What is left as it is, and told, is no finding; what has come to it, or is left no more, is.
 * T5. A listing with more to compare than one turn may is gone on with in the next, from where it ended: what is never settled (of
 *     suspended tenants, orphans) keeps nothing from being compared.
 */

import {
  type Goal,
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
import { recordsById, wantedGraph } from '../../domain/goal.ts';
import type { TenantState } from '../../domain/state.ts';
import { isSweepable, sweepGoal } from '../../domain/sweep.ts';
import { refOf } from '../tenants.ts';
import type { Listing } from './listing.ts';
import { guarded, isOpen, readState, type SweepParts, tellFinding, understood } from './parts.ts';

const QUIET: readonly NodePlan['action'][] = ['keep', 'skip', 'gone', 'wait'];

/** T4. What is left is no matter of access. */
const isQuiet = ({ action, left = [] }: NodePlan, goal: Goal, record: NodeRecord, nowMs: number): boolean =>
  QUIET.includes(action) &&
  ((action !== 'keep' && left.length === 0) || goal === 'access' || isTold(left, record, nowMs));

export interface Details {
  /** Judges what a listing in bulk has seen. */
  compare(listing: Listing, signal: AbortSignal): Promise<void>;
  /** Looks at what of a tenant no listing sees whole. */
  look(state: TenantState, signal: AbortSignal): Promise<void>;
}

export function createDetails(parts: SweepParts): Details {
  const settled = new Map<string, number>();
  /** T5: by kind, the name at which the comparison of the last listing ended. */
  const ended = new Map<string, string>();
  return {
    compare: async ({ provider: { kind }, marked = [], atMs }, signal) => {
      let looks = 0;
      const from = marked.findIndex(([{ name }]) => name === ended.get(kind));
      ended.delete(kind);
      for (const [{ name, tenantId }, seen] of [
        ...marked.slice(Math.max(from, 0)),
        ...marked.slice(0, Math.max(from, 0)),
      ]) {
        const key = `${kind}/${name}`;
        const hash = hashText(JSON.stringify(seen));
        if (settled.get(key) === hash) continue;
        if (++looks > parts.bounds.bulkLooks.value) {
          ended.set(kind, name);
          return;
        }
        const one = { kind, name, tenantId, seen, atMs };
        const differs = (await understood(parts, tenantId, () => compareOne(parts, one, signal))) ?? true;
        settled.delete(key);
        if (!differs && settled.size < parts.bounds.remembered.value) settled.set(key, hash);
      }
    },
    look: (state, signal) => lookAtTenant(parts, state, signal),
  };
}

/** @returns whether it is not known to be as it should be. */
async function compareOne(
  parts: SweepParts,
  one: { kind: string; name: string; tenantId: string; seen: SeenBase; atMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { kind, name, tenantId, seen, atMs } = one;
  const state = await readState(parts, tenantId, signal);
  if (!state) return true;
  const node = wantedGraph(state, parts.context().kinds).find((each) => each.kind === kind && each.name === name);
  const record = node && recordsById(state).get(node.id);
  const provider = parts.providers.get(kind);
  const goal = sweepGoal(state);
  if (!node || !record || !goal || !isSweepable(record, atMs)) return true;
  if (!isConcerned({ record, provider, goal })) return true;
  const plan = planNode({
    node,
    ref: refOf(state, node),
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
    { ref: { kind, tenantId }, ids: [node.id], finding: 'differs', changes: plan.changes, lookedAtMs: atMs },
    signal,
  );
  return true;
}

async function lookAtTenant(parts: SweepParts, state: TenantState, signal: AbortSignal): Promise<void> {
  const goal = sweepGoal(state);
  if (!goal) return;
  const { tenantId } = state;
  const records = recordsById(state);
  for (const node of wantedGraph(state, parts.context().kinds)) {
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
    await tellFinding(parts, { ref: { kind, tenantId }, ids: [id], finding: 'differs', changes, lookedAtMs }, signal);
    return;
  }
}

const lookAt = (
  parts: SweepParts,
  { state, node, goal }: { state: TenantState; node: TenantState['graph'][number]; goal: Goal },
  signal: AbortSignal,
): Promise<Sighting> =>
  sight(
    {
      graph: state.graph,
      records: recordsById(state),
      goal,
      refOf: (one) => refOf(state, one),
      providers: parts.providers,
      call: (provider, _verb, call, within) => guarded(parts, provider, 'look', call, within),
      clock: parts.clock,
      acceptLoss: false,
      signal,
    },
    node,
  );
