/** What is done now and then: those whom the brake held go on at once when an operator opens it. */
import { inventoryTurn, startTurns, wakeOnReturn } from '@leasehold/controller';
import { bound, type Clock, seededRng, silentLog } from '@leasehold/kernel';
import type { Guard, WorkQueue } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import type { Context } from '../domain/draft.ts';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { summaryOf } from '../domain/summary.ts';
import { PROVISIONER_BOUNDS } from './bounds.ts';
import { createControl } from './control.ts';
import { createHousekeeping, type HousekeepingParts } from './housekeeping.ts';
import { openInventory } from './inventory.fixture.ts';
import { readTenant, tenantOfPartition, tenantPartition } from './partition.ts';
import type { TenantTopics } from './tenant-topics.ts';
import { createTenants, TENANT } from './tenants.ts';

let world: TestLedger;
let house: { close(): Promise<void> } | undefined;
beforeEach(async () => {
  world = await openTestLedger();
});
afterEach(async () => {
  await house?.close();
  await world.close();
});

/** Nothing repeats by itself: a sleep ends with its signal. */
const still = (): Clock => ({
  now: world.clock.now,
  sleep: (_ms, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
});

/** Repeats as often as `turn` is called. */
const stepped = () => {
  let wake: (() => void)[] = [];
  const clock: Clock = {
    now: world.clock.now,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        wake.push(resolve);
      }),
  };
  const turn = () => {
    const woken = wake;
    wake = [];
    for (const each of woken) each();
  };
  return { clock, turn };
};

interface Started {
  readonly clock?: Clock;
  readonly ledger?: Ledger;
  readonly topics?: TenantTopics;
  readonly guards?: ReadonlyMap<string, Guard>;
  /** Takes what is queued. */
  readonly queued?: string[];
}

function start(over: Started = {}) {
  const { clock = still(), ledger = world.ledger, topics, guards = new Map(), queued = [] } = over;
  const control = createControl({
    ledger: world.ledger,
    clock: world.clock,
    bounds: { windowMs: bound('w', 3_600_000), leastDeletions: bound('l', 1), share: bound('s', 0) },
  });
  const scene = openScene();
  const context = (brake: Context['brake'] = 'open'): Context => ({
    ...contextOf(scene),
    nowMs: world.nowMs,
    brake,
    brakeOpenings: control.now().brake.openings,
  });
  const tenants = createTenants({ ledger, clock: world.clock, context });
  const inventory = openInventory(ledger);
  ledger.onCommit((partition, now) => {
    const tenantId = tenantOfPartition(partition);
    if (tenantId !== undefined) inventory.note(tenantId, summaryOf(readTenant(tenantId, now).state));
  });
  const parts = {
    control,
    tenants,
    inventory,
    topics,
    deps: {
      ledger,
      clock,
      log: silentLog,
      guards,
      providers: new Map(),
      metrics: { unheardTenants: { set: () => undefined } },
      rng: seededRng(1),
      tenantTopicsOnBus: topics !== undefined,
      bounds: PROVISIONER_BOUNDS,
    },
  } as unknown as HousekeepingParts;
  const housekeeping = createHousekeeping(parts);
  const refresh = { every: PROVISIONER_BOUNDS.frozenRecheckMs, run: () => control.refresh() };
  const counted = inventoryTurn(inventory, clock, PROVISIONER_BOUNDS.inventoryMs, housekeeping.afterInventory);
  const deps = { clock, log: silentLog, retryMs: PROVISIONER_BOUNDS.frozenRecheckMs };
  const turns = startTurns([refresh, counted, ...housekeeping.turns], deps);
  const queue = { add: (tenantId: string) => queued.push(tenantId) } as unknown as WorkQueue;
  const owned = { definition: TENANT, owners: tenants, queue, control, guards, ledger, clock, log: silentLog };
  const forgetReturns = wakeOnReturn(owned);
  house = {
    close: async () => {
      forgetReturns();
      housekeeping.close();
      await turns.close();
    },
  };
  return { control, tenants, inventory };
}

test('opening the brake releases what it held at once, not at the next look', async () => {
  const { control, tenants } = start();
  const ids = ['a', 'b', 'c'];
  const letter = { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} };
  const source = (eventKey: string) => ({ type: 'event', eventKey, publishedAtMs: world.nowMs, letter }) as const;
  for (const id of ids) {
    await tenants.command(id, create(), source(`c-${id}`), 'open');
    world.nowMs += 1;
    const brake = await control.admitDeletion(`d-${id}`, 0);
    await tenants.command(id, remove(), source(`d-${id}`), brake);
  }
  const phases = () => Promise.all(ids.map(async (id) => (await tenants.read(id)).state.phase));
  expect(await phases()).toEqual(['leaving', 'active', 'active']);
  await control.write({ deletions: 'running' });
  await expect.poll(phases).toEqual(['leaving', 'leaving', 'leaving']);
});

test('whose deletion is held, or whose grace ended while deletions were paused, goes on once it is read elsewhere too', async () => {
  const { clock, turn } = stepped();
  const elsewhere = start({ clock: still() });
  const [letter, rest] = [
    { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} },
    { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const,
  ];
  for (const id of ['held', 'paused']) await elsewhere.tenants.command(id, create(), rest, 'open');
  world.nowMs += 1;
  const word = { type: 'event', eventKey: 'd', publishedAtMs: world.nowMs, letter } as const;
  await elsewhere.tenants.command('held', remove(), word, { openings: 0 });
  await elsewhere.tenants.command('paused', remove({ graceMs: 1_000 }), { ...rest, atMs: world.nowMs }, 'open');
  // Whoever opens the brake can tell nobody any more.
  await house?.close();
  await elsewhere.control.write({ deletions: 'running' });
  const phases = async () =>
    Promise.all(['held', 'paused'].map(async (id) => (await elsewhere.tenants.read(id, { fresh: true })).state.phase));
  const before = await phases();
  world.nowMs += 2_000;
  start({ clock, ledger: world.replica() });
  await expect
    .poll(() => {
      turn();
      return phases();
    })
    .toEqual(['leaving', 'deleting']);
  expect(before).toEqual(['active', 'leaving']);
});

test('a held deletion that only a newer release can read keeps neither others nor topics from being looked for', async () => {
  const elsewhere = createTenants({
    ledger: world.replica(),
    clock: world.clock,
    context: (brake = 'open') => ({ ...contextOf(openScene()), nowMs: world.nowMs, brake, brakeOpenings: 0 }),
  });
  const rest = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  const letter = { topic: 't', messageId: 'm', publishedAtMs: world.nowMs, payload: '', properties: {} };
  for (const id of ['newer', 'ours']) {
    await elsewhere.command(id, create(), rest, 'open');
    const word = { type: 'event', eventKey: 'd', publishedAtMs: world.nowMs + 1, letter } as const;
    await elsewhere.command(id, remove(), word, { openings: 0 });
  }
  await world.replica().update(tenantPartition('newer'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  let looks = 0;
  const room = () => {
    looks += 1;
    return 0;
  };
  const topics = {
    hears: () => false,
    heard: () => [],
    count: () => 0,
    room,
    retire: () => undefined,
  } as unknown as TenantTopics;
  await createControl({ ledger: world.replica(), clock: world.clock }).write({ deletions: 'running' });
  const { clock, turn } = stepped();
  const { control, tenants } = start({ clock, topics });
  await control.refresh();
  await expect
    .poll(async () => {
      turn();
      return [(await tenants.read('ours')).state.phase, looks > 0];
    })
    .toEqual(['leaving', true]);
});

test('of two replicas that hear of a backend’s return one rewrites who waited for it; both would have him go on', async () => {
  const ups: (() => void)[] = [];
  const guard = {
    onUp: (listener: () => void) => {
      ups.push(listener);
      return () => undefined;
    },
    onChange: () => () => undefined,
    state: () => ({ status: 'unknown' }),
  } as unknown as Guard;
  const guards = new Map([['minio', guard]]);
  const queued: string[] = [];
  const first = start({ guards, queued });
  await first.control.write({ reconcile: 'running' });
  const rest = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  await first.tenants.command('waits', create(), rest, 'open');
  const told = {
    class: 'Unavailable',
    code: 'BackendUnavailable',
    message: 'no',
    away: true,
    backend: 'minio',
  } as const;
  await first.tenants.decide('waits', (rows, context) =>
    decideOutcomes(
      rows.state,
      rows.waiting,
      rows.state.records.map(({ id }) => ({
        id,
        failure: { ...told, atMs: world.nowMs },
        nextAttemptAtMs: world.nowMs + 30_000,
      })),
      context,
    ),
  );
  const one = house;
  const other = start({ guards, queued, ledger: world.replica() });
  await other.control.refresh();
  // Both have it in memory as it was.
  const before = await other.tenants.read('waits');
  for (const up of ups) up();
  const records = async () => (await first.tenants.read('waits', { fresh: true })).state.records;
  await expect
    .poll(async () => (await records()).map(({ nextAttemptAtMs }) => nextAttemptAtMs))
    .toEqual([undefined, undefined]);
  await Promise.all([one?.close(), house?.close()]);
  const { version } = await first.tenants.read('waits', { fresh: true });
  expect([version, queued.includes('waits')]).toEqual([before.version + 1, true]);
});

test('what another replica makes and takes down is followed here too; who is followed already costs no read', async () => {
  const { clock, turn } = stepped();
  const heard = new Set<string>();
  const reads: string[] = [];
  const topics = {
    hears: (id: string) => heard.has(id),
    heard: () => [...heard],
    count: () => heard.size,
    room: () => 10,
    retire: () => undefined,
    follow: ({ tenantId, phase }: { readonly tenantId: string; readonly phase: string }) => {
      reads.push(tenantId);
      if (phase === 'active') heard.add(tenantId);
      else heard.delete(tenantId);
    },
  } as unknown as TenantTopics;
  start({ clock, topics, ledger: world.replica() });
  const base = contextOf(openScene());
  const withNamespace: Context['graph'] = (...asked) => {
    const [first, ...others] = base.graph(...asked);
    const namespace = { ...first, id: 'pulsar-namespace', kind: 'pulsar-namespace', name: 'platformq/acme' };
    return [first, ...others, namespace] as ReturnType<Context['graph']>;
  };
  const context = () => ({ ...base, graph: withNamespace, nowMs: world.nowMs });
  const elsewhere = createTenants({ ledger: world.ledger, clock: world.clock, context });
  const rest = { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs } as const;
  await elsewhere.command('acme', create(), rest, 'open');
  await elsewhere.decide('acme', (rows, now) =>
    decideOutcomes(
      rows.state,
      rows.waiting,
      rows.state.records.map(({ id }) => ({ id, attempts: 1 })),
      now,
    ),
  );
  const look = () => {
    turn();
    return [...heard];
  };
  await expect.poll(look).toEqual(['acme']);
  await elsewhere.command('acme', remove({ graceMs: 0 }), { ...rest, atMs: world.nowMs + 1 }, 'open');
  await expect.poll(look).toEqual([]);
  expect(reads).toEqual(['acme', 'acme']);
});
