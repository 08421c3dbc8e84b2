/**
 * Who may do what now: claims on tenants, and the lane of schema changes.
 *
 * I6. A claim passes from one process to another only when it has lapsed by the taker's clock, or its holder is dead; each has a
 *     greater fence than those before it.
 * I8. An intent is written by the holder of the claim alone, under its fence.
 * Fence. What a run has seen or done is recorded by the holder of the claim alone. A claim is given up by its holder, or when it has
 *     lapsed; it never lasts longer than it may.
 * Lane. As long as nothing has gone wrong, schema is changed only by the process that holds the lane.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { World } from '@leasehold/testing/world';
import type { Scene } from '../invariants.ts';
import { CLAIM_BOUNDS, type TenantState } from '../service.ts';
import type { TenantCommit } from '../tenant-view.ts';
import { KINDS } from '../tiers.ts';

export function watchClaims({ world, views }: Scene): undefined {
  views.onCommit((commit) => {
    const { before, after, committed } = commit;
    if (!before) return;
    const problem =
      passed(world, commit) ??
      foreignIntent(before.state, after.state, committed.process) ??
      ended(world, commit) ??
      foreignFinding(before.state, after.state, committed.process);
    if (problem) world.violate(problem[0], `${after.tenantId}: ${problem[1]}`);
  });
  world.backends.onEffect(({ by, before, after }) => {
    const object = after ?? before;
    const lane = KINDS[object?.kind ?? '']?.lane;
    // A request that was late, or whose sender was stopped, may find the lane with somebody else: no backend knows fences.
    if (lane === undefined || world.faults.struck.length > 0) return;
    const holder = world.store.lease(lane)?.holder;
    if (holder !== by.process)
      world.violate('lane', `${by.process} changes ${object?.name} while ${holder ?? 'nobody'} holds ${lane}`);
  });
}

type Problem = readonly [invariant: string, message: string];

function passed(world: World, { before, after, committed }: TenantCommit): Problem | undefined {
  const was = before?.state.claim;
  const is = after.state.claim;
  if (!is || (is.holder === was?.holder && is.fence === was.fence)) return undefined;
  const { process } = committed;
  if (is.holder !== process) return ['I6', `${process} writes a claim of ${is.holder}`];
  if (is.fence <= (before?.state.fence ?? 0))
    return ['I6', `the claim of ${process} has no new fence, but ${is.fence}`];
  if (!was || was.holder === process || world.processOf(was.holder)?.state === 'dead') return undefined;
  const nowMs = world.now() + (world.processOf(process)?.skewMs ?? 0);
  if (was.untilMs <= nowMs) return undefined;
  return ['I6', `${process} takes the claim of ${was.holder} ${was.untilMs - nowMs} ms before its end`];
}

/** A clock may be set within the margin between the decision and its commit. */
function ended(world: World, { before, after, committed: { process } }: TenantCommit): Problem | undefined {
  const was = before?.state.claim;
  const is = after.state.claim;
  const nowMs = world.now() + (world.processOf(process)?.skewMs ?? 0);
  if (is && is.untilMs > nowMs + CLAIM_BOUNDS.ttlMs.value + CLAIM_BOUNDS.marginMs.value)
    return ['fence', `${process} claims it for ${is.untilMs - nowMs} ms`];
  if (!was || is || was.holder === process || world.processOf(was.holder)?.state === 'dead') return undefined;
  return was.untilMs <= nowMs
    ? undefined
    : ['fence', `${process} gives up the claim of ${was.holder} ${was.untilMs - nowMs} ms before its end`];
}

/** When something was last seen, and when something last failed, only a run can tell. */
const isFound = (is: NodeRecord, was: NodeRecord | undefined): boolean =>
  (is.observedAtMs !== undefined && is.observedAtMs !== was?.observedAtMs) ||
  (is.failure !== undefined && is.failure.atMs !== was?.failure?.atMs);

function foreignFinding(before: TenantState, after: TenantState, process: string): Problem | undefined {
  if (before.records === after.records || before.generation !== after.generation) return undefined;
  if (before.claim?.holder === process || after.claim?.holder === process) return undefined;
  const found = after.records.find((record) =>
    isFound(
      record,
      before.records.find(({ id }) => id === record.id),
    ),
  );
  return found && ['fence', `${process} tells what it found of ${found.id} without the claim`];
}

const intentOf = (record: NodeRecord | undefined): string =>
  record?.intent ? `${record.intent.action} ${record.intent.atMs} ${record.intent.fence}` : '';

function foreignIntent(before: TenantState, after: TenantState, process: string): Problem | undefined {
  if (before.records === after.records) return undefined;
  for (const record of after.records) {
    const { intent } = record;
    if (!intent || intentOf(record) === intentOf(before.records.find(({ id }) => id === record.id))) continue;
    if (after.claim?.holder !== process || after.claim.fence !== intent.fence)
      return ['I8', `${process} intends to ${intent.action} ${record.id} without the claim`];
  }
  return undefined;
}
