/**
 * What a rollout would do, without doing it: the same selection, judgement and decision as the real one, on the ledger for every
 * tenant and with a look at the backends for the first.
 *
 * 1. Nothing is written. Looking at every tenant's backends would cost as much as a sweep; what the ledger says of them is what
 *    the rollout begins from.
 * 2. Bounded: so many tenants are planned, so many groups told; the rest is counted.
 */
import type { Tier } from '@leasehold/contracts';
import type { GraphNode } from '@leasehold/engine';
import { bound, canonicalJson } from '@leasehold/kernel';
import { decideBlueprint } from '../../domain/decide.ts';
import type { Context } from '../../domain/draft.ts';
import { isLeaving } from '../../domain/goal.ts';
import { judge, seenOf } from '../../domain/rollout/judge.ts';
import { type RolloutOptions, waveSize } from '../../domain/rollout/rollout.ts';
import type { TenantState } from '../../domain/state.ts';
import type { TenantSummary } from '../../domain/summary.ts';
import type { Blueprint } from '../catalog.ts';
import { type PlannedTenants, planOf } from '../dry-run.ts';
import { TENANT_DIRECTORY } from '../partition.ts';
import type { ProvisionerDeps } from '../provisioner.ts';
import type { Tenants } from '../tenants.ts';
import { isSelected } from './leader.ts';

const PLANNED = bound('rollout-planned-tenants', 2_000);
const GROUPS = bound('rollout-planned-groups', 50);
const EXAMPLES = bound('rollout-plan-examples', 5);
const WAVES_TOLD = bound('rollout-waves-told', 100);
const PAGE = 200;
const AT_ONCE = 16;

export interface PlannedRollout {
  readonly blueprints: ReadonlyMap<Tier, Blueprint>;
  readonly options: RolloutOptions;
}

export interface Directory {
  readonly deps: Pick<ProvisionerDeps, 'ledger'>;
}

/** Who there is, how each stands, and what the first is planned from. */
export interface PlanSource extends Directory, Omit<PlannedTenants, 'deps'> {
  readonly tenants: Pick<Tenants, 'read'>;
  readonly context: () => Context;
  readonly deps: Directory['deps'] & PlannedTenants['deps'];
}

/** Every entry of the directory that has not ended. */
export async function* summaries(
  { deps }: Directory,
  signal: AbortSignal,
): AsyncGenerator<TenantSummary & { readonly tenantId: string }> {
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await deps.ledger.store.list(TENANT_DIRECTORY, { limit: PAGE, ...from }, signal);
    for (const { name, summary } of page.items) yield { tenantId: name, ...(JSON.parse(summary) as TenantSummary) };
    cursor = page.next;
  } while (cursor !== undefined);
}

export const targetsOf = ({ blueprints }: Pick<PlannedRollout, 'blueprints'>) =>
  [...blueprints.values()].map(({ tier, digest }) => ({ tier, digest }));

/** Who is behind, in the order in which they would come; only the first so many by name. */
export async function selectBehind(source: Directory, wanted: PlannedRollout, signal: AbortSignal) {
  const asked = { targets: targetsOf(wanted), options: wanted.options };
  const tenantIds: string[] = [];
  let behind = 0;
  for await (const { tenantId, ...summary } of summaries(source, signal)) {
    if (!isSelected(asked, summary)) continue;
    behind += 1;
    if (tenantIds.length < PLANNED.value) tenantIds.push(tenantId);
  }
  return { behind, tenantIds };
}

type Act = 'create' | 'update' | 'keep' | 'delete';

export interface PlannedAction {
  readonly id: string;
  readonly kind: string;
  readonly action: Act;
  readonly changes: readonly string[];
  readonly holds_data: boolean;
  readonly reason: string;
}

interface Group {
  tenants: number;
  readonly examples: string[];
  readonly actions: readonly PlannedAction[];
}

interface Skips {
  tenants: number;
  readonly message: string;
  readonly examples: string[];
}

interface Tally {
  readonly groups: Map<string, Group>;
  readonly skipped: Map<string, Skips>;
  readonly counts: Map<string, Record<Act, number>>;
  readonly losses: Map<string, number>;
  planned: number;
  canary?: TenantState;
}

export async function planRollout(source: PlanSource, wanted: PlannedRollout, signal: AbortSignal) {
  const { behind, tenantIds } = await selectBehind(source, wanted, signal);
  const tally: Tally = { groups: new Map(), skipped: new Map(), counts: new Map(), losses: new Map(), planned: 0 };
  for (let from = 0; from < tenantIds.length; from += AT_ONCE) {
    const states = await Promise.all(
      tenantIds
        .slice(from, from + AT_ONCE)
        .map(async (tenantId) => source.tenants.read(tenantId, { fresh: true, signal })),
    );
    for (const { state, waiting } of states) planTenant(tally, source.context(), wanted, state, waiting);
  }
  const { canary, planned } = tally;
  const skipped = [...tally.skipped].map(([code, skips]) => ({ code, ...skips }));
  return {
    targets: targetsOf(wanted),
    tenants: { behind, planned, skipped: tenantIds.length - planned, unplanned: behind - tenantIds.length },
    waves: wavesOf(wanted.options, planned),
    counts: [...tally.counts].map(([kind, counts]) => ({ kind, ...counts })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    data_loss: [...tally.losses].map(([kind, objects]) => ({ kind, objects })),
    groups: [...tally.groups.values()].sort((a, b) => b.tenants - a.tenants).slice(0, GROUPS.value),
    skipped,
    canary: canary ? { tenant_id: canary.tenantId, actions: await planOf(source, canary, signal) } : null,
  };
}

function wavesOf(options: RolloutOptions, tenants: number): number[] {
  const waves: number[] = [];
  for (let left = tenants; left > 0 && waves.length < WAVES_TOLD.value; ) {
    const size = Math.min(left, waveSize(options, waves.length + 1));
    waves.push(size);
    left -= size;
  }
  return waves;
}

/** The very decisions of the rollout, kept nowhere. */
function planTenant(
  tally: Tally,
  context: Context,
  { blueprints, options }: PlannedRollout,
  state: TenantState,
  waiting: Parameters<typeof decideBlueprint>[1],
): void {
  const { tenantId } = state;
  // The serial of a rollout that comes after all others.
  const serial = Number.MAX_SAFE_INTEGER;
  const asked = { serial, targets: targetsOf({ blueprints }), options };
  const judgement = judge(asked, { tenantId, sinceMs: 0, attempt: 1 }, seenOf(state), context.nowMs);
  if (judgement.kind !== 'ask') {
    if (judgement.kind === 'settled') skip(tally, tenantId, judgement.reason.code, judgement.reason.message);
    return;
  }
  const { tier, digest, limits, graph } = blueprints.get(state.tier) as Blueprint;
  const change = { rollout: { id: '', serial, attempt: 1 }, tier, digest, limits, graph, removals: options.removals };
  const decision = decideBlueprint(state, waiting, change, context);
  if (decision.disposition.kind === 'refused') {
    skip(tally, tenantId, 'Refused', decision.disposition.message);
    return;
  }
  tally.planned += 1;
  const actions = actionsBetween(state, decision.state, context.kinds);
  tally.canary ??= decision.state;
  for (const { kind, action, holds_data } of actions) {
    const counts = tally.counts.get(kind) ?? { create: 0, update: 0, keep: 0, delete: 0 };
    counts[action] += 1;
    tally.counts.set(kind, counts);
    if (action === 'delete' && holds_data) tally.losses.set(kind, (tally.losses.get(kind) ?? 0) + 1);
  }
  const told = actions.filter(({ action, reason }) => action !== 'keep' || reason !== AS_IT_IS);
  const key = canonicalJson(told);
  const group = tally.groups.get(key) ?? { tenants: 0, examples: [], actions: told };
  group.tenants += 1;
  if (group.examples.length < EXAMPLES.value) group.examples.push(tenantId);
  tally.groups.set(key, group);
}

function skip({ skipped }: Tally, tenantId: string, code: string, message: string): void {
  const skips = skipped.get(code) ?? { tenants: 0, message, examples: [] };
  skips.tenants += 1;
  if (skips.examples.length < EXAMPLES.value) skips.examples.push(tenantId);
  skipped.set(code, skips);
}

const AS_IT_IS = 'does not differ';

function actionsBetween(before: TenantState, after: TenantState, kinds: Context['kinds']): readonly PlannedAction[] {
  const earlier = new Map(before.graph.map((node) => [node.id, node]));
  return after.graph.map((node) => {
    const { id, kind } = node;
    const holds_data = kinds.get(kind)?.holdsData !== false;
    const base = { id, kind, holds_data, changes: [] as readonly string[] };
    const was = earlier.get(id);
    if (isLeaving(after, id)) return { ...base, action: 'delete', reason: 'the blueprint does not name it any more' };
    if (after.blueprint?.kept?.includes(id))
      return { ...base, action: 'keep', reason: 'the blueprint does not name it; it stays until the tenant leaves' };
    if (!was) return { ...base, action: 'create', reason: 'new in the blueprint' };
    const changes = differences(was, node);
    return changes.length === 0
      ? { ...base, action: 'keep', reason: AS_IT_IS }
      : { ...base, action: 'update', changes, reason: 'other settings' };
  });
}

const CHANGES_TOLD = 16;

/** Where two specs differ, as pointers, no deeper than their second level. */
function differences(was: GraphNode, now: GraphNode): readonly string[] {
  const found: string[] = [];
  const walk = (a: unknown, b: unknown, path: string, depth: number): void => {
    if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return;
    if (depth === 0 || !isObject(a) || !isObject(b)) {
      found.push(path);
      return;
    }
    for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort())
      walk(a[key], b[key], `${path}/${key}`, depth - 1);
  };
  walk(was.spec, now.spec, '', 2);
  return found.slice(0, CHANGES_TOLD);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
