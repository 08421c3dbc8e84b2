/**
 * What a tenant's state makes the mesh publish by itself: that it is complete, that it failed for good, that something had
 * changed or was lost. Told in the commit in which it becomes so, and derived from the state alone, so that no crash
 * between two commits swallows it.
 *
 * P1. Completion is told once a generation and once a tier change, when nothing is left to do.
 * P2. A failure is told once an operation: by the run's end, or by whatever decision finds that nothing is left to try.
 * P3. A drift is told with what came of its repair, a loss when it is found, what is left as it is when it is first found: each
 *     once. Of a fight only the repairs before it and its beginning are told.
 * P4. That a tenant is suspended before its deletion is told once its access was seen withdrawn; where the grace ends before that,
 *     it never was.
 */
import { PUBLISHED_TOPICS } from '@leasehold/contracts';
import { type Change, isToldFight, type LeftChange, type NodeRecord } from '@leasehold/engine';
import type { Json } from '@leasehold/kernel';
import { standingAccess } from './access.ts';
import { endAdoption } from './adopt.ts';
import { type Context, change, type Draft, explain, publish } from './draft.ts';
import { endOperation } from './operation.ts';
import type { TenantState } from './state.ts';
import { isComplete, statusOf } from './status.ts';

/** P1. */
export function tellCompletion(draft: Draft, context: Context): void {
  const { state } = draft;
  if (!isComplete(state)) return;
  endAdoption(draft);
  if (state.completedAtMs === undefined) change(draft, { completedAtMs: context.nowMs });
  if (state.announce) {
    publish(draft, context, PUBLISHED_TOPICS.tenantProvisioned, {
      tenant_name: state.name,
      tier: state.tier,
      generation: state.generation,
      resources: namesByKind(state.records),
      quota: state.limits,
      duration_ms: context.nowMs - (state.operation?.startedAtMs ?? context.nowMs),
    });
    change(draft, { announce: false });
    explain(draft, 'TenantComplete', 'every resource is as it should be');
  }
  if (state.recheck) return;
  change(draft, { consent: undefined });
  endOperation(draft, context, 'completed');
}

/** P2. */
export function tellFailure(draft: Draft, workAtMs: number | undefined, context: Context): void {
  const { state } = draft;
  // While a run is under way more may fail; one event tells of all that did.
  if (state.claim !== undefined && workAtMs !== undefined) return;
  if (statusOf(state) !== 'failed' || !state.operation || state.failureTold === state.operation.id) return;
  const failed = state.records.filter((record) => record.status === 'failed');
  publish(draft, context, PUBLISHED_TOPICS.provisioningFailed, {
    tenant_name: state.name,
    error: failed.map((record) => `${record.kind} ${record.name}: ${record.failure?.message ?? 'failed'}`).join('; '),
    failed_resources: failed.map(({ id }) => id),
    attempts: Math.max(0, ...failed.map(({ attempts }) => attempts)),
  });
  change(draft, { failureTold: state.operation.id });
  endOperation(draft, context, 'failed');
  explain(draft, 'ProvisioningFailed', `failed for good: ${failed.map(({ id }) => id).join(', ')}`);
}

/** P4. */
export function tellSuspension(draft: Draft, context: Context): void {
  const { phase, deletion, generation } = draft.state;
  if (phase !== 'leaving' || !deletion?.untold || standingAccess(draft.state).length > 0) return;
  const { untold: _, ...told } = deletion;
  change(draft, { deletion: told });
  publish(draft, context, PUBLISHED_TOPICS.tenantDeleting, { phase: 'suspended', generation });
}

/** P3: between two states of the records. */
export function tellDrifts(draft: Draft, before: readonly NodeRecord[], context: Context): void {
  const earlier = new Map(before.map((record) => [record.id, record]));
  for (const record of draft.state.records) {
    const was = earlier.get(record.id);
    if (record.lost && !was?.lost) tellDrift(draft, record, LOSS, false, context);
    else if (was?.drift && !record.drift && record.status !== 'deleted') {
      const untold = was.drift.filter(({ path }) => !isToldFight(record, path));
      const isUndone = record.left?.some(({ path, why }) => why === 'fight' && untold.some((one) => one.path === path));
      if (untold.length > 0) tellDrift(draft, record, untold, record.status === 'ready' && !isUndone, context);
    }
    const left = newlyLeft(record, was);
    if (left.length > 0) tellDrift(draft, record, left, false, context);
  }
}

/** A repair that was undone before it could be seen is told as the drift that it was. */
const newlyLeft = (record: NodeRecord, was: NodeRecord | undefined): readonly LeftChange[] =>
  (record.left ?? []).filter(
    ({ path, why }) =>
      !was?.left?.some((known) => known.path === path && known.why === why) &&
      (why === 'consent' || (!was?.drift && !isToldFight(record, path))),
  );

const LOSS: readonly Pick<Change, 'path' | 'from' | 'to'>[] = [{ path: '', from: 'present', to: 'absent' }];

function tellDrift(
  draft: Draft,
  { kind, name }: NodeRecord,
  changes: readonly Pick<Change, 'path' | 'from' | 'to'>[],
  repaired: boolean,
  context: Context,
): void {
  const difference = changes.map(({ path, from, to }) => ({
    path,
    from: (from ?? null) as Json,
    to: (to ?? null) as Json,
  }));
  publish(draft, context, PUBLISHED_TOPICS.resourceDrift, { kind, name, difference, repaired });
}

/** `{kind: name}`, or `{kind: [names]}` where a kind has several; what is skipped is left out. */
const namesByKind = (records: TenantState['records']): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    [...byKind(records)].map(([kind, list]) => [
      kind,
      list.length === 1 ? (list[0] as NodeRecord).name : list.map(({ name }) => name),
    ]),
  );

/** From what a person must know of first. */
const FATES = ['left-behind', 'not-ours', 'deleted', 'absent'] as const;

/** `{kind: outcome}`: of several objects of a kind, what became of the one that matters most. Each object's is in the operation. */
export const fatesByKind = (records: TenantState['records']): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    [...byKind(records)].map(([kind, list]) => [
      kind,
      FATES.find((fate) => list.some((record) => (record.fate ?? 'deleted') === fate)) ?? 'deleted',
    ]),
  );

function byKind(records: TenantState['records']): ReadonlyMap<string, readonly NodeRecord[]> {
  return Map.groupBy(
    records.filter(({ status }) => status !== 'skipped'),
    ({ kind }) => kind,
  );
}
