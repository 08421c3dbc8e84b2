/** A pause costs nothing: who is due is not read again until the switches change, and then goes on at once. */
import { createParking, startWork, type WorkParts } from '@leasehold/controller';
import { seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import { createTick, PLATFORM_BOUNDS } from '@leasehold/runtime';
import { createLedger, type Store } from '@leasehold/store';
import { type HandClock, handClock } from '@leasehold/testing/fakes/hand-clock';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import type { TenantTypes } from '../domain/types.ts';
import { type TenantsBesideParts, tenantsBeside } from './beside.ts';
import { PROVISIONER_BOUNDS } from './bounds.ts';
import { createControl } from './control.ts';
import { followCommit, followHint } from './follow.fixture.ts';
import { NAMES, tenantOfPartition } from './partition.ts';
import { createTenants, TENANT } from './tenants.ts';

const IDS = Array.from({ length: 8 }, (_, i) => `t${i}`);
const REST = { type: 'rest', subject: 'ops', requestId: 'r' } as const;

let world: TestLedger;
let clock: HandClock;
let reads: string[];
let close: () => Promise<void>;
beforeEach(async () => {
  world = await openTestLedger();
  // The jitter of the tick may end it within a millisecond; the machine's clock shows whole ones.
  const hand = handClock(world);
  clock = { ...hand, now: () => Math.floor(hand.now()) };
  reads = [];
});
afterEach(async () => {
  await close();
  await world.close();
});

/** A replica's loops over the store, whose reads of tenants are counted. Its memory holds no tenant for long. */
async function startLoops() {
  const store: Store = {
    ...world.ledger.store,
    load: (partition, ...rest) => {
      const tenantId = tenantOfPartition(partition);
      if (tenantId !== undefined) reads.push(tenantId);
      return world.ledger.store.load(partition, ...rest);
    },
  };
  const ledger = createLedger({ store, clock, rng: seededRng(9), writer: 'counted', bounds: { cachePartitions: 1 } });
  const control = createControl({ ledger, clock });
  await control.refresh();
  const scene = openScene();
  const context = () => ({ ...contextOf(scene), kinds: new Map(), nowMs: clock.now() });
  const tenants = createTenants({ ledger, clock, context });
  const parking = createParking(control, NAMES);
  const topics = { follow: () => undefined, close: async () => undefined };
  const inventory = { note: () => undefined, heldByOthers: () => 0 };
  const parts = {
    ...{ tenants, control, inventory, topics, parking, context },
    deps: {
      ...{ ledger, clock, log: silentLog, metrics: silentMetrics, bounds: PROVISIONER_BOUNDS, holder: 'me' },
      ...{ rng: seededRng(1), providers: new Map(), guards: new Map() },
    },
  } as unknown as TenantsBesideParts & Omit<WorkParts<TenantTypes>, 'definition' | 'owners'>;
  const beside = tenantsBeside(parts);
  const { queue, close: stopWork } = startWork({ ...parts, ...beside, definition: TENANT, owners: tenants });
  const follow = {
    ...parts,
    queue,
    clock,
    log: silentLog,
    holder: 'me',
    ownWorkMs: 0,
    relay: { nudge: () => undefined },
  } as never;
  const unwatch = ledger.onCommit((partition, now) => followCommit(follow, partition, now));
  const tick = createTick({
    ...{ store, ledger, clock, rng: seededRng(2), log: silentLog, everyMs: PLATFORM_BOUNDS.tickMs },
    owns: (hint) => !parking.isPutAside(hint),
    onDue: followHint(follow),
  });
  control.onSwitched(() => tick.kick());
  close = async () => {
    unwatch();
    await Promise.all([tick.close(), stopWork()]);
  };
  return { control, tenants };
}

const seconds = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await clock.pass(1_100);
};

test('P1, P2: while reconcile is paused no due tenant reads the store; whoever resumes it has all go on at once', async () => {
  const { control, tenants } = await startLoops();
  await control.write({ reconcile: 'paused' });
  for (const id of IDS) await tenants.command(id, create(), { ...REST, atMs: world.nowMs }, 'open');
  await seconds(3);
  reads.length = 0;
  await seconds(12);
  expect(reads).toEqual([]);
  await control.write({ reconcile: 'running' });
  await seconds(2);
  const unfinished = await Promise.all(IDS.map(async (id) => (await tenants.read(id)).state.completedAtMs));
  expect(unfinished.filter((at) => at === undefined)).toEqual([]);
});

test('P3: what is asked of a parked tenant is decided meanwhile, and time goes on for it: a grace ends', async () => {
  const { control, tenants } = await startLoops();
  await control.write({ reconcile: 'paused' });
  await tenants.command('acme', create(), { ...REST, atMs: world.nowMs }, 'open');
  await seconds(3);
  await tenants.command('acme', remove({ graceMs: 5_000 }), { ...REST, atMs: world.nowMs }, 'open');
  await seconds(6);
  expect((await tenants.read('acme')).state.phase).toBe('deleting');
  reads.length = 0;
  await seconds(8);
  expect(reads).toEqual([]);
});

test('P1: so it is for whom paused deletions hold, and a change of any switch lets them go', async () => {
  const { control, tenants } = await startLoops();
  await tenants.command('acme', create(), { ...REST, atMs: world.nowMs }, 'open');
  await seconds(3);
  await control.write({ reconcile: 'paused' });
  await tenants.command('acme', remove({ graceMs: 0 }), { ...REST, atMs: world.nowMs + 1 }, 'open');
  await control.write({ reconcile: 'running', deletions: 'paused' });
  await seconds(3);
  reads.length = 0;
  await seconds(8);
  expect(reads).toEqual([]);
  await control.write({ deletions: 'running' });
  await seconds(2);
  expect((await tenants.read('acme')).state.phase).toBe('gone');
});
