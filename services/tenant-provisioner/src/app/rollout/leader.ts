/**
 * Who carries rollouts on: one replica leads under a lease, looks at the tenants of the wave, takes the next ones, and asks each
 * to go over to the blueprint that the rollout carries. What the asking begins is ordinary work of any replica.
 *
 * 1. Whatever is asked of a tenant was recorded before, so that another leader goes on from the records after a crash.
 * 2. A rollout whose blueprint this process cannot make is left alone and says so. Where it can carry on none of them, it gives
 *    the role up for another replica to take.
 * 3. It is told when to look: by commits of tenants here, and by the tick for those of other replicas.
 */
import { bound, type Clock, type Log, type Rng } from '@leasehold/kernel';
import { createPause, type Pause, startRole } from '@leasehold/runtime';
import { decideBlueprint } from '../../domain/decide.ts';
import { type DirectoryPage, needsPage } from '../../domain/rollout/advance.ts';
import { isBehind, seenOf, type TenantSeen } from '../../domain/rollout/judge.ts';
import { goesOn, type Member, type Rollout } from '../../domain/rollout/rollout.ts';
import type { TenantSummary } from '../../domain/summary.ts';
import type { Blueprint, Catalog } from '../catalog.ts';
import { SERVICE, TENANT_DIRECTORY, tenantOfPartition } from '../partition.ts';
import type { ProvisionerDeps } from '../provisioner.ts';
import type { Tenants } from '../tenants.ts';
import { lacking, type Rollouts } from './rollouts.ts';

export interface RolloutRoleOptions {
  readonly rollouts: Rollouts;
  readonly tenants: Tenants;
  readonly deps: Pick<ProvisionerDeps, 'ledger' | 'catalog' | 'holder'> & {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly log: Log;
  };
}

export interface RolloutRole {
  close(): Promise<void>;
}

const PAGE = bound('rollout-directory-page', 200);
/** Tenants are asked and looked at one after the other, so many at a time. */
const AT_ONCE = bound('rollout-looks-at-once', 8);
/** Between two looks when nobody tells of anything: the longest, while one goes on and while none does. */
const LOOK_MS = bound('rollout-look-ms', 2_000);
const IDLE_MS = bound('rollout-idle-ms', 60_000);
/** Steps in a row without a wait. */
const STEPS = bound('rollout-steps-in-a-row', 1_000);

interface Lead {
  readonly options: RolloutRoleOptions;
  readonly fence: number;
  readonly pause: Pause;
  /** What is in the wave, so that commits of other tenants wake nobody. */
  readonly watched: Set<string>;
}

export function startRolloutRole(options: RolloutRoleOptions): RolloutRole {
  const { ledger, clock, rng, log, holder } = options.deps;
  const pause = createPause(clock);
  const watched = new Set<string>();
  const unwatch = [
    options.rollouts.onDue(pause.wake),
    ledger.onCommit((partition) => {
      const tenantId = tenantOfPartition(partition);
      if (tenantId !== undefined && watched.has(tenantId)) pause.wake();
    }),
  ];
  const role = startRole({
    leases: ledger.store.leases,
    name: `${SERVICE}/rollouts`,
    holder,
    clock,
    rng: rng.fork('rollouts'),
    log,
    lead: async (fence, signal) => {
      signal.addEventListener('abort', pause.wake, { once: true });
      await leadOn({ options, fence, pause, watched }, signal);
    },
  });
  return {
    close: async () => {
      for (const end of unwatch) end();
      await role.close();
    },
  };
}

async function leadOn(lead: Lead, signal: AbortSignal): Promise<void> {
  const { rollouts } = lead.options;
  while (!signal.aborted) {
    const unfinished = (await rollouts.read(signal)).unfinished.filter(goesOn);
    lead.watched.clear();
    let lacked = 0;
    for (const rollout of unfinished) {
      const blueprints = await blueprintsOf(lead, rollout, signal);
      if (blueprints) await carryOn(lead, rollout, blueprints, signal);
      else lacked += 1;
    }
    if (lacked > 0 && lacked === unfinished.length) return;
    if (!signal.aborted) await lead.pause.wait(unfinished.length > 0 ? LOOK_MS.value : IDLE_MS.value);
  }
}

type Blueprints = ReadonlyMap<string, Blueprint>;

/** 2. */
async function blueprintsOf(
  { options, fence }: Lead,
  rollout: Rollout,
  signal: AbortSignal,
): Promise<Blueprints | undefined> {
  const { rollouts, deps } = options;
  const files = await rollouts.files(rollout, signal);
  const made = new Map<string, Blueprint>();
  for (const { tier, digest } of rollout.targets) {
    const blueprint = blueprintFor(deps.catalog, tier, digest, files.get(tier));
    if (!blueprint) {
      const why = lacking(tier, digest);
      if (rollout.stalled?.message !== why.message)
        deps.log.warn('a rollout cannot go on here', { rollout: rollout.id, reason: why.message });
      await rollouts.stall(fence, rollout.id, why, signal);
      return undefined;
    }
    made.set(tier, blueprint);
  }
  if (rollout.stalled) await rollouts.stall(fence, rollout.id, undefined, signal);
  return made;
}

function blueprintFor(
  catalog: Catalog,
  tier: Parameters<Catalog['blueprint']>[0],
  digest: string,
  carried: unknown,
): Blueprint | undefined {
  const own = catalog.blueprint(tier);
  if (own.digest === digest) return own;
  const read = carried === undefined ? undefined : catalog.read(carried);
  return read?.digest === digest ? read : undefined;
}

/** Steps until one finds nothing new to do. */
async function carryOn(lead: Lead, first: Rollout, blueprints: Blueprints, signal: AbortSignal): Promise<void> {
  const { rollouts, deps } = lead.options;
  let rollout = first;
  let refused = new Map<string, string>();
  for (let steps = 0; steps < STEPS.value && !signal.aborted; steps++) {
    for (const { tenantId } of rollout.members) lead.watched.add(tenantId);
    const seen = await lookAt(lead, rollout, signal);
    const page = needsPage(rollout) ? await readPage(lead, rollout, signal) : undefined;
    const input = { seen, refused, nowMs: deps.clock.now(), ...(page ? { page } : {}) };
    const made = await rollouts.step(lead.fence, rollout.id, input, signal);
    if (!made) return;
    rollout = made.rollout;
    refused = new Map();
    await eachOf(made.asks, async (member) => {
      const blueprint = blueprints.get(seen.get(member.tenantId)?.tier ?? '');
      const why = blueprint && (await ask(lead, rollout, member, blueprint, signal));
      if (why !== undefined) refused.set(member.tenantId, why);
    });
    if (!goesOn(rollout) || (!made.changed && made.asks.length === 0)) return;
  }
}

async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE.value)
    await Promise.all(all.slice(from, from + AT_ONCE.value).map(work));
}

async function lookAt(
  { options }: Lead,
  { members }: Rollout,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TenantSeen>> {
  const { tenants, deps } = options;
  const seen = new Map<string, TenantSeen>();
  await eachOf(members, async ({ tenantId }) => {
    const { state } = await tenants.read(tenantId, { fresh: !deps.ledger.store.exclusive, signal });
    seen.set(tenantId, seenOf(state));
  });
  return seen;
}

async function readPage({ options }: Lead, rollout: Rollout, signal: AbortSignal): Promise<DirectoryPage> {
  const { cursor } = rollout;
  const page = await options.deps.ledger.store.list(
    TENANT_DIRECTORY,
    { limit: PAGE.value, ...(cursor === undefined ? {} : { cursor }) },
    signal,
  );
  const tenantIds = page.items
    .filter(({ summary }) => isSelected(rollout, JSON.parse(summary) as TenantSummary))
    .map(({ name }) => name);
  return {
    tenantIds,
    ...(cursor === undefined ? {} : { from: cursor }),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** Who is gone is not even left out. */
export const isSelected = (
  rollout: Pick<Rollout, 'targets'> & { readonly options: Pick<Rollout['options'], 'removals'> },
  { tier, status, blueprint, kept = 0 }: TenantSummary,
): boolean => status !== 'deleted' && status !== 'deleting' && isBehind(rollout, tier, blueprint, kept);

/** 1. @returns why it can never be; any other refusal is told by the next look. */
async function ask(
  { options }: Lead,
  { id, serial, options: { removals } }: Rollout,
  { tenantId, attempt }: Member,
  { tier, digest, limits, graph }: Blueprint,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { disposition } = await options.tenants.decide(
    tenantId,
    ({ state, waiting }, context) => {
      const change = { rollout: { id, serial, attempt }, tier, digest, limits, graph, removals };
      return decideBlueprint(state, waiting, change, context);
    },
    signal,
  );
  return disposition.kind === 'refused' && disposition.code === 'invalid' ? disposition.message : undefined;
}
