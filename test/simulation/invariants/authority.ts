/**
 * What a process may begin on a backend, and with what right.
 *
 * Claim. A call that changes something begins under a claim that its process holds by the ledger's word, under the same fence, and
 *     so long before its end that no other can have taken it.
 * Goal. It begins for the goal that its intent was written for, as far as its process knows.
 * Lane. Who changes schema holds the lane at each request, not only when it began.
 * Writers. Two calls that change one object are under way at once only where the later has taken the tenant over from the earlier,
 *     whose claim has lapsed.
 * Circuit. No call begins at a backend whose circuit has opened a moment ago.
 */
import type { Aim, Process } from '@leasehold/testing/world';
import type { ProviderCall } from '../calls.ts';
import { isOfDrawer } from '../filing/drawers.ts';
import type { Scene } from '../invariants.ts';
import { LEAST_OPEN_MS } from '../replica.ts';
import { CLAIM_BOUNDS, type TenantState, tenantPartition } from '../service.ts';
import type { TenantCommit } from '../tenant-view.ts';
import { KINDS } from '../tiers.ts';

export function watchAuthority(scene: Scene): undefined {
  const { calls, world, views } = scene;
  const goals = watchGoals(scene);
  const under = new Map<string, ProviderCall>();
  calls.onBegin((call) => {
    const { process, verb, ref } = call;
    const tell = (invariant: string, message: string): void =>
      world.violate(invariant, `${process.name} begins to ${verb} ${ref.kind} ${ref.name}: ${message}`);
    const since = calls.openSinceMs(process, call.provider.backend);
    if (since !== undefined && world.now() < since + LEAST_OPEN_MS - 2 * process.clockErrorMs)
      tell('circuit', `the circuit of ${call.provider.backend} opened ${world.now() - since} ms ago`);
    if (verb === 'observe') return;
    const other = under.get(objectOf(call));
    if (other?.process.state === 'running' && !mayOverlap(other, call))
      tell('writers', `${other.process.name} is at it under fence ${other.fence}, this one under ${call.fence}`);
    under.set(objectOf(call), call);
    if (call.follows || isOfDrawer(ref.name)) return;
    const problem = claimProblem(call, views.all.get(ref.tenantId)?.state.claim);
    if (problem) tell('claim', problem);
    const changed = goals.changed(call);
    if (changed) tell('goal', changed);
  });
  calls.onEnd((call) => {
    if (under.get(objectOf(call)) === call) under.delete(objectOf(call));
  });
  world.onSend((process, aim) => {
    const problem = laneProblem(scene, process, aim);
    if (problem) world.violate('lane', `${process.name} sends a change of ${aim.kind} ${aim.name}: ${problem}`);
  });
}

const objectOf = ({ ref }: ProviderCall): string => `${ref.kind} ${ref.name}`;

const mayOverlap = (earlier: ProviderCall, later: ProviderCall): boolean =>
  earlier.process === later.process ? later.follows : earlier.fence < later.fence;

/** K2, and what it rests on: clocks that differ by less than the margin. */
export function claimProblem({ process, fence }: ProviderCall, claim: TenantState['claim']): string | undefined {
  if (claim?.holder !== process.name || claim.fence !== fence)
    return `its claim is of fence ${fence}, and ${claim ? `${claim.holder} holds fence ${claim.fence}` : 'nobody holds one'}`;
  const leftMs = claim.untilMs - process.clock.now();
  const least = CLAIM_BOUNDS.marginMs.value - 2 * process.clockErrorMs;
  return leftMs < least ? `its claim ends in ${leftMs} ms` : undefined;
}

/** As long as a process has not slept and its clock was not set, it knows when its hold of a lane ends. */
function laneProblem({ world }: Scene, process: Process, { kind }: Aim): string | undefined {
  const lane = KINDS[kind]?.lane;
  if (lane === undefined || process.state !== 'running') return undefined;
  if (process.disturbedAtMs !== undefined && world.now() - process.disturbedAtMs < LANE_MEMORY_MS) return undefined;
  const lease = world.store.lease(lane);
  if (lease?.holder === process.name && lease.expiresAtMs > world.now()) return undefined;
  return `${lane} is ${lease ? `${lease.holder}'s until ${lease.expiresAtMs - world.now()} ms from now` : 'nobody’s'}`;
}

/** Longer than any lease, and than what waits for one. */
const LANE_MEMORY_MS = 12_000;

const goalOf = ({ generation, phase, tier, operation }: TenantState): string =>
  [generation, phase, tier, operation?.id ?? ''].join('/');

/** Which goal each open intent was written for, and which goal each version of a tenant had. */
function watchGoals({ views, calls }: Scene): { changed(call: ProviderCall): string | undefined } {
  const versions = new Map<string, string>();
  const intended = new Map<string, { readonly goal: string; readonly version: number }>();
  views.onCommit(({ before, after, committed }: TenantCommit) => {
    const { tenantId, state } = after;
    const { version } = committed.partition;
    const is = goalOf(state);
    versions.set(`${tenantId} ${version}`, is);
    if (!before || before.state.records === state.records) return;
    const was = goalOf(before.state);
    for (const { id, kind, name, intent } of state.records) {
      if (!intent || intent.ended) continue;
      const known = before.state.records.find((record) => record.id === id)?.intent;
      // Decided with others in one commit, it came before what changed the goal: after it, it would have been refused.
      if (known?.atMs !== intent.atMs || known.fence !== intent.fence)
        intended.set(`${kind} ${name}`, { goal: was, version: was === is ? version : version - 1 });
    }
  });
  return {
    changed: (call) => {
      const meant = intended.get(objectOf(call));
      const known = calls.knownVersion(call.process, tenantPartition(call.ref.tenantId));
      if (!meant || known <= meant.version) return undefined;
      const goal = versions.get(`${call.ref.tenantId} ${known}`);
      return goal === undefined || goal === meant.goal ? undefined : `for ${meant.goal}, and it knows of ${goal}`;
    },
  };
}
