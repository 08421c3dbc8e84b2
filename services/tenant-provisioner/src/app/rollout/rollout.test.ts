/** Rollouts over a real ledger and tenants that are brought over by hand: who leads, what a kill loses, and what is kept of it. */
import type { Limits, Tier } from '@leasehold/contracts';
import type { GraphNode } from '@leasehold/engine';
import { seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Ledger } from '@leasehold/store';
import { type HandClock, handClock } from '@leasehold/testing/fakes/hand-clock';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes, decideRunEnd } from '../../domain/decide.ts';
import { defaultWaves, type RolloutOptions } from '../../domain/rollout/rollout.ts';
import { contextOf, create, openScene } from '../../domain/scene.ts';
import type { Blueprint, Catalog } from '../catalog.ts';
import { createTenants, type Tenants } from '../tenants.ts';
import { type RolloutRole, startRolloutRole } from './leader.ts';
import { createRollouts, type Rollouts } from './rollouts.ts';

const signal = new AbortController().signal;
const IDS = ['a', 'b', 'c', 'd', 'e'];
const OPTIONS: RolloutOptions = {
  waves: defaultWaves(),
  maxFailures: 0,
  deadlineMs: 600_000,
  pauseMs: 0,
  removals: 'keep',
  includeFailed: false,
};

interface Replica {
  readonly ledger: Ledger;
  readonly tenants: Tenants;
  readonly rollouts: Rollouts;
  readonly role: RolloutRole;
}

let world: TestLedger;
let clock: HandClock;
let replicas: Replica[];

beforeEach(async () => {
  world = await openTestLedger();
  clock = handClock(world);
  replicas = [];
});
afterEach(async () => {
  for (const { role } of replicas) await role.close();
  await world.close();
});

/** Time goes by, and the hint of a rollout that goes on is found by each replica. */
async function tick(ms: number): Promise<void> {
  for (const { rollouts } of replicas) rollouts.due();
  await clock.pass(ms);
}

const nodes = (tenantId: string, more: object): readonly GraphNode[] =>
  ['cassandra-keyspace', 'minio-bucket'].map((kind) => ({
    id: kind,
    kind,
    part: 'main',
    name: `${kind}-${tenantId}`,
    spec: { tier: 'free', ...more },
    dependsOn: [],
    remakeWhenLost: false,
  }));

const blueprint = (digest: string, tier: Tier = 'free'): Blueprint => ({
  tier,
  digest,
  limits: contextOf(openScene()).tier('free').limits as Limits,
  file: { tier, digest } as never,
  graph: (_limits, tenantId) => nodes(tenantId, { digest }),
});

/** A process that has read one file, and reads others that are carried to it if it is of the same release. */
const catalogOf = (digest: string, reads = true): Catalog =>
  ({
    blueprint: (tier: Tier) => blueprint(digest, tier),
    read: (file: { readonly digest: string }) => (reads ? blueprint(file.digest) : undefined),
  }) as unknown as Catalog;

/** A process that dies at its n-th commit: what it asks from then on has no answer, and no effect. */
function mortal(ledger: Ledger, commits: number): Ledger & { readonly isDead: boolean } {
  let left = commits;
  const never = new Promise<never>(() => undefined);
  const alive = <T>(call: () => Promise<T>): Promise<T> => (left > 0 ? call() : never);
  const { leases } = ledger.store;
  return {
    ...ledger,
    get isDead() {
      return left <= 0;
    },
    update: (...given) => {
      left -= 1;
      return alive(() => ledger.update(...given));
    },
    load: (...given) => alive(() => ledger.load(...given)),
    store: {
      ...ledger.store,
      leases: {
        acquire: (...given) => alive(() => leases.acquire(...given)),
        release: (...given) => alive(() => leases.release(...given)),
        read: (...given) => alive(() => leases.read(...given)),
      },
    },
  };
}

function startReplica(holder: string, catalog: Catalog, diesAt?: number): Replica {
  const ledger = diesAt === undefined ? world.replica() : mortal(world.replica(), diesAt);
  const tenants = createTenants({
    ledger,
    clock,
    context: () => ({ ...contextOf(openScene()), nowMs: world.nowMs }),
  });
  const rollouts = createRollouts({ ledger, clock, log: silentLog, metrics: silentMetrics });
  const deps = { ledger, catalog, holder, clock, rng: seededRng(holder.length), log: silentLog };
  const replica = { ledger, tenants, rollouts, role: startRolloutRole({ rollouts, tenants, deps }) };
  if (diesAt === undefined) replicas.push(replica);
  return replica;
}

const everything = (tenants: Tenants, tenantId: string) =>
  tenants.decide(tenantId, (rows, context) => {
    const scene = openScene();
    scene.state = rows.state;
    return decideOutcomes(rows.state, rows.waiting, scene.settledPatches(), context);
  });

async function settle(tenants: Tenants, tenantId: string): Promise<void> {
  await everything(tenants, tenantId);
  await tenants.decide(tenantId, (rows, context) => decideRunEnd(rows.state, rows.waiting, 'whole', context));
}

async function made({ tenants }: Pick<Replica, 'tenants'>): Promise<void> {
  for (const id of IDS) {
    await tenants.command(id, create(), { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
    await settle(tenants, id);
  }
}

const start = async ({ rollouts }: Replica, digest = 'new', tier: Tier = 'free') => {
  const { file } = blueprint(digest, tier);
  const request = { targets: [{ tier, digest }], options: OPTIONS, by: 'ops', behind: IDS.length };
  return rollouts.make(request, [file], signal);
};

const digests = async ({ tenants }: Replica) =>
  Promise.all(IDS.map(async (id) => (await tenants.read(id, { fresh: true })).state.blueprint?.digest));
const phase = async ({ rollouts }: Replica) => (await rollouts.find('ro-1', signal))?.phase;

/** The runs of all replicas: each tenant that has work gets it done. */
async function work(replica: Replica): Promise<void> {
  for (const id of IDS) {
    const { state } = await replica.tenants.read(id, { fresh: true });
    if (state.operation?.finishedAtMs === undefined) await settle(replica.tenants, id);
  }
}

async function carryThrough(replica: Replica): Promise<void> {
  for (let turn = 0; turn < 40 && (await phase(replica)) !== 'completed'; turn++) {
    await tick(2_500);
    await work(replica);
  }
}

test('one replica leads, wave by wave, until every tenant has the blueprint', async () => {
  const one = startReplica('r1', catalogOf('new'));
  await made(one);
  await start(one);
  await tick(3_000);
  startReplica('r2', catalogOf('new'));
  expect(await digests(one)).toEqual(['new', ...Array(4).fill('blueprint-free')]);
  await work(one);
  await tick(3_000);
  expect(await digests(one)).toEqual([...Array(3).fill('new'), ...Array(2).fill('blueprint-free')]);
  await carryThrough(one);
  expect([await phase(one), await digests(one)]).toEqual(['completed', Array(5).fill('new')]);
  const rollout = await one.rollouts.find('ro-1', signal);
  const reports = await one.rollouts.reports(rollout as never, { limit: 50 }, signal);
  expect(reports.items.map(({ tenantId, wave }) => `${tenantId}${wave}`)).toEqual(['a1', 'b2', 'c2', 'd3', 'e3']);
});

test('when the leader is gone another goes on from the records, and nobody is changed twice', async () => {
  const one = startReplica('r1', catalogOf('new'));
  await made(one);
  await start(one);
  await tick(3_000);
  await one.role.close();
  const other = startReplica('r2', catalogOf('old'));
  await carryThrough(other);
  expect([await phase(other), await digests(other)]).toEqual(['completed', Array(5).fill('new')]);
  for (const id of IDS) expect((await other.tenants.read(id, { fresh: true })).state.serials.operation).toBe(2);
});

test.each([1, 2, 3, 4, 5, 7, 9])(
  'a leader that dies at its commit %i is followed, and each tenant is brought over once',
  async (commit) => {
    const other = startReplica('r2', catalogOf('old', false));
    await made(other);
    await start(other);
    await tick(1_000);
    const mortalOne = startReplica('r1', catalogOf('new', false), commit);
    for (let turn = 0; turn < 12; turn++) {
      mortalOne.rollouts.due();
      await tick(3_000);
      await work(other);
    }
    expect((mortalOne.ledger as ReturnType<typeof mortal>).isDead, 'it died').toBe(true);
    startReplica('r3', catalogOf('new', false));
    await carryThrough(other);
    expect([await phase(other), await digests(other)]).toEqual(['completed', Array(5).fill('new')]);
    for (const id of IDS) expect((await other.tenants.read(id, { fresh: true })).state.serials.operation).toBe(2);
    expect((await other.rollouts.find('ro-1', signal))?.counts.updated).toBe(5);
  },
);

test('a process that would make another blueprint of the file says so, and leaves the rollout to one that does not', async () => {
  const one = startReplica('r1', catalogOf('old', false));
  await made(one);
  await start(one);
  await tick(20_000);
  expect([await phase(one), await digests(one)]).toEqual(['planned', Array(5).fill('blueprint-free')]);
  expect((await one.rollouts.find('ro-1', signal))?.stalled?.code).toBe('BlueprintLacking');
  const able = startReplica('r2', catalogOf('new', false));
  await carryThrough(able);
  expect([await phase(able), await digests(able)]).toEqual(['completed', Array(5).fill('new')]);
  expect((await able.rollouts.find('ro-1', signal))?.stalled).toBeUndefined();
});

test('a leader that another has followed writes nothing', async () => {
  const { rollouts, role } = startReplica('r1', catalogOf('new', false));
  // Its own leader would end a rollout over nobody before the two steps.
  await role.close();
  const ledger = world.replica();
  const late = createRollouts({ ledger, clock, log: silentLog, metrics: silentMetrics });
  await start(replicas[0] as Replica);
  const seen = { seen: new Map(), nowMs: world.nowMs };
  await rollouts.step(7, 'ro-1', seen, signal);
  await expect(late.step(6, 'ro-1', seen, signal)).rejects.toMatchObject({ code: 'FenceLost' });
});

test('of a tier one rollout at a time, also where two replicas ask at once; the next follows the end of the first', async () => {
  const one = startReplica('r1', catalogOf('old', false));
  const two = startReplica('r2', catalogOf('old', false));
  const both = await Promise.all([start(one), start(two)]);
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['made', 'rival']);
  expect((await start(one, 'new', 'starter')).kind).toBe('made');
  await one.rollouts.operate('ro-1', { kind: 'cancel' }, 'ops', signal);
  expect((await start(two)).rollout.id).toBe('ro-3');
  const first = await one.rollouts.list({ limit: 1 }, signal);
  const rest = await one.rollouts.list({ limit: 5, cursor: first.next as string }, signal);
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(['ro-3', 'ro-2', 'ro-1']);
});

test('a halted rollout touches nobody until it is resumed', async () => {
  const one = startReplica('r1', catalogOf('new'));
  await made(one);
  await start(one);
  await tick(3_000);
  await one.rollouts.operate('ro-1', { kind: 'halt' }, 'ops', signal);
  await work(one);
  await tick(60_000);
  expect(await digests(one)).toEqual(['new', ...Array(4).fill('blueprint-free')]);
  await one.rollouts.operate('ro-1', { kind: 'resume', skipFailed: false }, 'ops', signal);
  await carryThrough(one);
  expect(await phase(one)).toBe('completed');
});
