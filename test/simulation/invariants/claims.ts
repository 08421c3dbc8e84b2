/**
 * Who may do what now: claims on tenants, and the lane of schema changes.
 *
 * I6. A claim passes from one process to another only when it has lapsed by the taker's clock, or its holder is dead; each has a
 *     greater fence than those before it.
 * I8. An intent is written by the holder of the claim alone, under its fence.
 * Lane. As long as nothing has gone wrong, schema is changed only by the process that holds the lane.
 */
import type { NodeRecord } from '@leasehold/engine';
import type { World } from '@leasehold/testing/world';
import type { Scene } from '../invariants.ts';
import type { TenantState } from '../service.ts';
import type { TenantCommit } from '../tenant-view.ts';
import { KINDS } from '../tiers.ts';

export function watchClaims({ world, views }: Scene): undefined {
  views.onCommit((commit) => {
    const { before, after, committed } = commit;
    if (!before) return;
    const problem = passed(world, commit) ?? foreignIntent(before.state, after.state, committed.process);
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
