/**
 * What would be done, without doing it: the same decision and the same plan as the real thing, stopped before the commit.
 *
 * F1. Nothing is written, in the store or on a backend.
 * F2. A backend that is away makes a dry run fail as `Unavailable`: half a plan would be a wrong one.
 * F3. What a run would fail by, the plan says it fails by: a name that is taken, what cannot be adopted, a ceiling.
 */

import { createCaller } from '@leasehold/controller';
import {
  describeLeft,
  type LeftChange,
  type NodePlan,
  overCeiling,
  type Sighting,
  type SurveyInput,
  survey,
} from '@leasehold/engine';
import type { Call } from '@leasehold/http';
import { problem } from '@leasehold/http';
import { isoTime } from '@leasehold/kernel';
import type { Command } from '../domain/command.ts';
import { decideCommand } from '../domain/decide.ts';
import type { Context } from '../domain/draft.ts';
import { goalOf, isLeaving, recordsById, type Stage, wantedGraph } from '../domain/goal.ts';
import { estimateMonthlyUsd } from '../domain/price.ts';
import type { TenantState } from '../domain/state.ts';
import { ceilingFor } from './ceiling.ts';
import type { ProvisionerDeps } from './provisioner.ts';
import type { Inventory } from './tenant-gauges.ts';
import { refOf, type Tenants } from './tenants.ts';

type Asked = Pick<Call, 'principal' | 'requestId' | 'clock' | 'signal'>;

/** Where tenants' objects are looked at. */
export interface SeenTenants {
  readonly context: () => Pick<Context, 'kinds'>;
  readonly deps: Pick<ProvisionerDeps, 'providers' | 'guards' | 'clock' | 'log' | 'metrics'>;
}

/** What a plan is made from: a look, and what others have of each kind. */
export interface PlannedTenants extends SeenTenants {
  readonly inventory: Pick<Inventory, 'heldByOthers'>;
}

/** What a decision is made from that is not kept. */
export interface Foreseen extends PlannedTenants {
  readonly tenants: Pick<Tenants, 'read'>;
  readonly context: () => Context;
}

export async function dryRun(source: Foreseen, call: Asked, tenantId: string, command: Command) {
  const { state, plans } = await foresee(source, call, tenantId, command);
  return {
    actions: plans.map((plan) => planView(plan, state)),
    estimated_monthly_cost: { amount: estimateMonthlyUsd(state.limits), currency: 'USD' },
  };
}

/** What of a plan would be refused, with the reasons: such a tenant could not become complete. */
export async function refusalsOf(
  source: Foreseen,
  call: Asked,
  tenantId: string,
  command: Command,
): Promise<readonly NodePlan[]> {
  const { plans } = await foresee(source, call, tenantId, command);
  return plans.filter(({ action }) => action === 'refuse');
}

async function foresee(
  source: Foreseen,
  call: Asked,
  tenantId: string,
  command: Command,
): Promise<{ readonly state: TenantState; readonly plans: readonly NodePlan[] }> {
  const rows = await source.tenants.read(tenantId, { fresh: true, signal: call.signal });
  const asked = {
    type: 'rest' as const,
    subject: call.principal.sub,
    requestId: call.requestId,
    atMs: call.clock.now(),
  };
  const decision = decideCommand(rows.state, rows.waiting, command, asked, source.context());
  if (decision.disposition.kind === 'refused') throw problem(decision.disposition.code, decision.disposition.message);
  return { state: decision.state, plans: await plansOf(source, decision.state, call.signal) };
}

/** What stays, and after it what is taken down. @throws Fault of a backend that is away (F2). */
async function plansOf(source: PlannedTenants, state: TenantState, signal: AbortSignal): Promise<readonly NodePlan[]> {
  const leaving = state.graph.filter(({ id }) => isLeaving(state, id));
  const sightings = [
    ...(await look(source, state, signal)),
    ...(leaving.length === 0 ? [] : await look(source, state, signal, { goal: 'remove', graph: leaving })),
  ];
  const plans = sightings.map((sighting) => {
    if (sighting.kind === 'unseen') throw sighting.fault;
    return sighting.plan;
  });
  return refusedOverCeiling(source, state, plans);
}

/** F3. */
function refusedOverCeiling(
  { inventory, deps: { providers } }: PlannedTenants,
  state: TenantState,
  plans: readonly NodePlan[],
): readonly NodePlan[] {
  if (goalOf(state) !== 'converge') return plans;
  const over = overCeiling(plans, recordsById(state), (kind, growth) => {
    const provider = providers.get(kind);
    return provider && ceilingFor(inventory, provider, state.tenantId, growth);
  });
  return over ? plans.map((plan) => (over.plans.includes(plan) ? refusal(plan, over.reason) : plan)) : plans;
}

const refusal = (plan: NodePlan, reason: NodePlan['reason']): NodePlan => ({
  ...plan,
  action: 'refuse',
  changes: [],
  reason,
});

/** What would be done to reach a state that was decided and not kept, as the contract tells it. */
export const planOf = async (source: PlannedTenants, state: TenantState, signal: AbortSignal) =>
  (await plansOf(source, state, signal)).map((plan) => planView(plan, state));

/** The real actions in the words of the contract: what cannot be touched is kept, with the reason, and says that it is refused. */
const VIEWS = {
  create: 'create',
  update: 'update',
  keep: 'keep',
  delete: 'delete',
  gone: 'keep',
  'not-ours': 'keep',
  refuse: 'keep',
  lost: 'keep',
  wait: 'keep',
  skip: 'keep',
} as const satisfies Record<NodePlan['action'], string>;

/** Why something is there, or goes, that the tier does not name. */
function reasonOf({ action, id, reason, changes }: NodePlan, state: TenantState): string {
  const isBorn = state.records.some((record) => record.id === id && record.born);
  if (action === 'refuse') return `${reason.code}: ${reason.message}; the tenant would fail by it`;
  if (action === 'lost') return `${reason.message}; it stays so, and the tenant is degraded, until an operator decides`;
  if (action === 'update' && isBorn && changes.some(({ weight }) => weight === 'data'))
    return `${reason.message}; it is made anew, empty`;
  if (isLeaving(state, id) && action === 'delete') return 'the tier does not name it any more';
  const stays = action === 'keep' && state.blueprint?.kept?.includes(id);
  return stays ? 'the tier does not name it; it stays until the tenant leaves' : reason.message;
}

/** An adoption, and what is kept, say in their reason what is left as it is. */
const besides = ({ left, action, adopts }: NodePlan): string =>
  left && action === 'update' && !adopts ? `; ${describeLeft(left)}` : '';

const planView = (plan: NodePlan, state: TenantState) => ({
  id: plan.id,
  kind: plan.kind,
  name: plan.name,
  action: VIEWS[plan.action],
  depends_on: [...plan.dependsOn],
  reason: reasonOf(plan, state) + besides(plan),
  ...(plan.action === 'refuse' ? { refused: plan.reason.code } : {}),
  ...(plan.adopts && plan.changes.length > 0 ? { differences: plan.changes.map(differenceView) } : {}),
  ...(plan.left ? { held: plan.left.map(heldView) } : {}),
});

const differenceView = ({ path, from, to }: NodePlan['changes'][number]) => ({
  path,
  from: from ?? null,
  to: to ?? null,
});

/** `would`: what making the change would destroy or weaken; null: it waits because others undo it each time. */
const heldView = (change: LeftChange) => ({ ...differenceView(change), would: change.weakens?.would ?? null });

export async function driftOf(source: SeenTenants, state: TenantState, signal: AbortSignal) {
  const sightings = goalOf(state) ? await look(source, state, signal) : [];
  const quiet: readonly NodePlan['action'][] = ['keep', 'skip', 'gone', 'wait'];
  return {
    tenant_id: state.tenantId,
    observed_at: isoTime(source.deps.clock.now()),
    drift: sightings
      .filter((sighting) => sighting.kind === 'planned')
      .filter(({ plan }) => plan.left || !quiet.includes(plan.action))
      .map(({ plan }) => ({
        kind: plan.kind,
        name: plan.name,
        action: plan.left && plan.action === 'keep' ? 'hold' : plan.action,
        reason: plan.reason.message,
        differences: [...plan.changes, ...(plan.left ?? [])].map(differenceView),
        ...(plan.left ? { held: plan.left.map(heldView) } : {}),
      })),
    unseen: sightings
      .filter((sighting) => sighting.kind === 'unseen')
      .map(({ node, fault }) => ({ kind: node.kind, name: node.name, reason: fault.message })),
  };
}

function look(
  { context, deps }: SeenTenants,
  state: TenantState,
  signal: AbortSignal,
  stage?: Stage,
): Promise<readonly Sighting[]> {
  const { guards, clock, log, metrics, providers } = deps;
  const input: SurveyInput = {
    graph: stage?.graph ?? wantedGraph(state, context().kinds),
    records: recordsById(state),
    goal: stage?.goal ?? goalOf(state) ?? 'converge',
    refOf: (node) => refOf(state, node),
    providers,
    call: createCaller({ guards, lanes: new Map(), clock, log, metrics }, state.fence),
    clock,
    acceptLoss: false,
    adopt: state.adopt ?? false,
    remake: state.remake ?? false,
    consent: state.consent ?? false,
    signal,
  };
  return survey(input);
}
