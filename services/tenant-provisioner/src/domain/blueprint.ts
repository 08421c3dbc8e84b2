/**
 * A tenant is brought over to another blueprint: its graph is made anew of it, and the ordinary run does what differs. A changed
 * tier file changes no tenant by itself; a rollout asks each.
 *
 * B1. Only an active tenant at rest is changed. Asked again by the same rollout it changes nothing, so that who lost the
 *     answer may ask again; an earlier rollout than the last one that was here is refused.
 * B2. What the blueprint no longer names stays until the tenant leaves, or is taken down where the operator said so: last, when
 *     all that stays is as it should be.
 * B3. What does not differ stays `ready`; only what is new or differs is worked on.
 * B4. Protection and grace are no part of it: those are the tenant's own, or read when they are asked for.
 */
import type { Limits, Tier } from '@leasehold/contracts';
import { freshRecord, type GraphNode, type NodeRecord, patched } from '@leasehold/engine';
import { bound, canonicalJson } from '@leasehold/kernel';
import { sameLimits } from './create.ts';
import { type Context, change, type Disposition, type Draft, explain } from './draft.ts';
import { isForeign } from './foreign.ts';
import { isLeaving } from './goal.ts';
import { beginOperation } from './operation.ts';
import type { BlueprintMark, RolloutVisit, TenantState } from './state.ts';
import { PHASE_WORDS, statusOf } from './status.ts';
import { isAtRest } from './sweep.ts';

/** What becomes of nodes that a blueprint no longer names: data goes on the word `all` alone. */
export type Removals = 'keep' | 'without_data' | 'all';

export interface BlueprintChange {
  readonly rollout: { readonly id: string } & Pick<RolloutVisit, 'serial' | 'attempt'>;
  readonly tier: Tier;
  readonly digest: string;
  /** `null`: the tenant's own stay (the custom tier). */
  readonly limits: Limits | null;
  readonly graph: (limits: Limits, tenantId: string) => readonly GraphNode[];
  readonly removals: Removals;
}

export interface Succession {
  readonly graph: readonly GraphNode[];
  readonly records: readonly NodeRecord[];
  readonly mark: Omit<BlueprintMark, 'digest'>;
}

/** Of a kind whose backend is not configured nobody knows: it counts as holding data. What only another release knows stays. */
const mayGo = (kind: string, removals: Removals, kinds: Context['kinds']): boolean =>
  !isForeign(kind) && (removals === 'all' || (removals === 'without_data' && kinds.get(kind)?.holdsData === false));

/** B2: the graph and the records after `next` follows what a tenant has. */
export function succeed(
  state: TenantState,
  next: readonly GraphNode[],
  removals: Removals,
  kinds: Context['kinds'],
): Succession {
  const wanted = new Set(next.map(({ id }) => id));
  const beyond = state.graph.filter(({ id }) => !wanted.has(id));
  const goes = ({ id, kind }: GraphNode): boolean => mayGo(kind, removals, kinds) || isLeaving(state, id);
  const leaving = beyond.filter(goes).map(({ id }) => id);
  const kept = beyond.map(({ id }) => id).filter((id) => !leaving.includes(id));
  const before = new Map(state.records.map((record) => [record.id, record]));
  const graph = [...next, ...beyond];
  const rollout = state.blueprint?.rollout;
  const specs = new Map(state.graph.map(({ id, spec }) => [id, spec]));
  return {
    graph,
    records: graph.map((node) => {
      const record = asked(before.get(node.id) ?? freshRecord(node), specs.get(node.id), node.spec);
      if (leaving.includes(node.id)) return patched(record, { status: 'deleting' });
      // What was on its way out and is wanted again begins anew: its absence is our doing and no loss.
      return isLeaving(state, node.id) ? patched(record, { status: 'pending', born: false, lost: false }) : record;
    }),
    mark: {
      ...(kept.length === 0 ? {} : { kept }),
      ...(leaving.length === 0 ? {} : { leaving }),
      ...(rollout ? { rollout } : {}),
    },
  };
}

/** Of what it was to be before what it is to be now, as much as is remembered until it is so. */
const FORMER_SPECS = bound('former-specs', 4);

/** An operator's word changes what a node should be: what it was to be before is ours to change, and no repair of it counts. */
function asked(record: NodeRecord, before: unknown, now: unknown): NodeRecord {
  if (before === undefined || canonicalJson(before) === canonicalJson(now)) return record;
  const former = [...(record.former ?? []), before].slice(-FORMER_SPECS.value);
  return patched(record, { former, repairs: undefined });
}

/** B1. Whether a rollout may begin with this tenant now. Who failed is at rest too. */
export const isRolloutRest = (state: TenantState): boolean =>
  isAtRest(state) ||
  (statusOf(state) === 'failed' && state.claim === undefined && state.operation?.finishedAtMs !== undefined);

export function bringOver(draft: Draft, wanted: BlueprintChange, context: Context): Disposition {
  const { state } = draft;
  const { rollout } = wanted;
  const last = state.blueprint?.rollout;
  const refuse = (message: string): Disposition => ({ kind: 'refused', code: 'conflict', message });
  if (state.phase !== 'active') return refuse(`the tenant is ${PHASE_WORDS[state.phase]}`);
  if (state.tier !== wanted.tier) return refuse(`the tenant has the tier ${state.tier} by now`);
  if (last && last.serial > rollout.serial) return refuse('a later rollout has been here');
  if (last && last.serial === rollout.serial && last.attempt >= rollout.attempt) return { kind: 'repeat' };
  if (!isRolloutRest(state)) return refuse('other work of the tenant is under way');
  const limits = wanted.limits ?? state.limits;
  if (!limits) return refuse('the tenant has no limits');
  const next = succeed(state, wanted.graph(limits, state.tenantId), wanted.removals, context.kinds);
  const differs =
    statusOf(state) === 'failed' ||
    next.mark.leaving !== undefined ||
    state.blueprint?.leaving !== undefined ||
    !sameLimits(limits, state.limits) ||
    canonicalJson(next.graph) !== canonicalJson(state.graph);
  const { serial, attempt } = rollout;
  const visit: RolloutVisit = { serial, attempt, changed: differs || (last?.serial === serial && last.changed) };
  const from = state.blueprint?.digest;
  if (differs) begin(draft, next, limits, rollout.id, context);
  change(draft, { blueprint: { ...next.mark, digest: wanted.digest, rollout: visit } });
  const what = from === wanted.digest ? 'is tried again under' : `goes from ${from ?? 'an unnamed blueprint'} to`;
  explain(draft, differs ? 'BlueprintChanges' : 'BlueprintNamed', `the tenant ${what} ${wanted.digest}`, {
    rollout: rollout.id,
  });
  return { kind: 'applied' };
}

/** B3: what differs is found by its digest; records of what stays are left alone. */
function begin(draft: Draft, next: Succession, limits: Limits, rolloutId: string, context: Context): void {
  change(draft, { limits, graph: next.graph, records: next.records });
  beginOperation(draft, context, 'blueprint-change', rolloutId);
}

/** B2: what was taken down of an active tenant is known no longer. */
export function dropTrimmed(draft: Draft): void {
  const { state } = draft;
  const { leaving, ...mark } = state.blueprint ?? { digest: '' };
  if (!leaving || state.phase !== 'active') return;
  const gone = state.records.filter(({ id, status }) => status === 'deleted' && leaving.includes(id));
  if (gone.length === 0) return;
  const ids = new Set(gone.map(({ id }) => id));
  const left = leaving.filter((id) => !ids.has(id));
  change(draft, {
    graph: state.graph.filter(({ id }) => !ids.has(id)),
    records: state.records.filter(({ id }) => !ids.has(id)),
    blueprint: { ...mark, ...(left.length === 0 ? {} : { leaving: left }) },
  });
  const names = gone.map(({ kind, name, fate }) => `${kind} ${name} (${fate ?? 'deleted'})`).join(', ');
  explain(draft, 'LeftBlueprint', `the blueprint does not name it any more and it is gone: ${names}`);
}

/** What is under way was begun by a rollout: new tenants go before it. */
export const isRolloutWork = ({ operation }: Pick<TenantState, 'operation'>): boolean =>
  operation?.kind === 'blueprint-change' && operation.finishedAtMs === undefined;
