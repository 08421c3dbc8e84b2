/** A run that lasts: how it keeps its claim, what it does when it loses it, and what it leaves to others (J1 to J3, K1, K2). */
import { freshRecord, type Provider } from '@leasehold/engine';
import { unavailable } from '@leasehold/kernel';
import { type HandClock, handClock } from '@leasehold/testing/fakes/hand-clock';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, openScene, remove } from '../domain/scene.ts';
import { type RunTenantDeps, runDeps, runTenant } from './run.fixture.ts';
import { createTenants, type Tenants } from './tenants.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const TTL_MS = 4_000;
const signal = new AbortController().signal;

let world: TestLedger;
let tenants: Tenants;
let backend: MemoryBackend;
let clock: HandClock;
/** How long an effect takes, by kind. */
let takesMs: Readonly<Record<string, number>>;
const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });

beforeEach(async () => {
  world = await openTestLedger();
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  backend = createMemoryBackend();
  clock = handClock(world);
  takesMs = {};
});
afterEach(() => world.close());

const slow = (kind: string): Provider => {
  const provider = backend.provider(kind);
  return {
    ...provider,
    ensure: async (ref, spec, changes, scope) => {
      const answer = await provider.ensure(ref, spec, changes, scope);
      await clock.sleep(takesMs[kind] ?? 0, scope.signal);
      return answer;
    },
  };
};
const begin = (over: Partial<RunTenantDeps> = {}) => {
  const providers = new Map([KEYSPACE, BUCKET].map((kind) => [kind, slow(kind)]));
  const running = { answer: undefined as number | undefined | 'none', ended: false };
  const done = runTenant(runDeps({ ledger: world.ledger, tenants, context, providers, clock }, over), 'acme', signal);
  return Object.assign(running, {
    done: done.finally(() => {
      running.ended = true;
    }),
  });
};
const finish = async (run: ReturnType<typeof begin>): Promise<number | undefined> => {
  for (let turns = 0; turns < 100 && !run.ended; turns++) await clock.pass(500);
  return run.done;
};
const ask = (command: Parameters<Tenants['command']>[1]) =>
  tenants.command('acme', command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');
const stateNow = async () => (await tenants.read('acme')).state;
const statuses = async () => (await stateNow()).records.map(({ status }) => status);

test('a claim is renewed as long as a call lasts, so that nobody else works at the tenant meanwhile', async () => {
  await ask(create());
  takesMs = { [KEYSPACE]: 15_000 };
  const run = begin();
  const untils = new Set<number>();
  for (let second = 0; second < 14; second++) {
    await clock.pass(1_000);
    const { claim } = await stateNow();
    expect(claim).toMatchObject({ holder: 'r1', fence: 1 });
    expect(claim?.untilMs).toBeGreaterThan(world.nowMs + 1_000);
    untils.add(claim?.untilMs ?? 0);
    const asked = backend.calls.length;
    expect(await begin({ holder: 'r2' }).done).toBe(claim?.untilMs);
    expect(backend.calls.length).toBe(asked);
  }
  // Not with each tick: a renewal is due after two fifths of its time.
  expect(untils.size).toBeGreaterThan(5);
  expect(untils.size).toBeLessThan(12);
  expect(await finish(run)).toBeUndefined();
  expect([await statuses(), (await stateNow()).claim]).toEqual([['ready', 'ready'], undefined]);
});

test('K1, J3: a run whose claim another has taken ends, begins nothing more, and leaves the other’s claim alone', async () => {
  await ask(create());
  takesMs = { [KEYSPACE]: 60_000 };
  const run = begin();
  await clock.pass(1_000);
  const taken = { holder: 'r2', fence: 2, untilMs: world.nowMs + 60_000 };
  await tenants.decide('acme', (rows, now) =>
    decideOutcomes({ ...rows.state, fence: 2, claim: taken }, rows.waiting, [], now),
  );
  const again = await finish(run);
  expect(again).toBeLessThanOrEqual(world.nowMs);
  expect(world.nowMs).toBeLessThan(taken.untilMs);
  expect((await stateNow()).claim).toEqual(taken);
  expect(backend.asked('make', BUCKET)).toBe(0);
});

test('K2: a store that does not answer is no loss yet: the renewal is tried again soon, and the run goes on', async () => {
  await ask(create());
  takesMs = { [KEYSPACE]: 6_000 };
  let fails = 0;
  const flaky: Tenants = {
    ...tenants,
    decide: async (...asked) => {
      if (fails > 0) {
        fails -= 1;
        throw unavailable('the store is away', { code: 'StoreAway', away: true });
      }
      return tenants.decide(...asked);
    },
  };
  const run = begin({ tenants: flaky });
  await clock.pass(500);
  fails = 2;
  await clock.pass(1_000 + 3 * 400 + 100);
  expect(fails).toBe(0);
  expect((await stateNow()).claim?.untilMs).toBeGreaterThan(world.nowMs + TTL_MS - 1_000);
  expect(await finish(run)).toBeUndefined();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('J2: what began under another goal is on record, and nothing begins any more', async () => {
  await ask(create());
  takesMs = { [KEYSPACE]: 3_000 };
  const run = begin();
  await clock.pass(1_000);
  await ask({ kind: 'suspend' });
  const again = await finish(run);
  expect(backend.asked('make', BUCKET)).toBe(0);
  const { records, claim, phase } = await stateNow();
  expect([phase, claim, records[0]?.born]).toEqual(['suspended', undefined, true]);
  expect(again).toBeLessThanOrEqual(world.nowMs);
});

test('what is frozen is put aside where it can be, else looked at again after a while; its backends are not asked', async () => {
  await ask(create());
  const parked: string[] = [];
  const frozen = () => true;
  const park = (room: boolean) => (tenantId: string) => {
    parked.push(tenantId);
    return room;
  };
  expect(await begin({ frozen, park: park(true) }).done).toBeUndefined();
  expect(await begin({ frozen, park: park(false) }).done).toBe(world.nowMs + 2_000);
  expect(await begin({ frozen }).done).toBe(world.nowMs + 2_000);
  expect([parked, backend.calls]).toEqual([['acme', 'acme'], []]);
});

test('a tenant with nothing to do is left alone, one whose time has not come is told when', async () => {
  expect(await begin().done).toBeUndefined();
  await ask(create());
  await finish(begin());
  expect(await begin().done).toBeUndefined();
  await ask({ kind: 'reconcile', acceptLoss: false });
  await tenants.decide('acme', (rows, now) =>
    decideOutcomes(
      { ...rows.state, recheck: { acceptLoss: false, notBeforeMs: world.nowMs + 700 } },
      rows.waiting,
      [],
      now,
    ),
  );
  backend.calls.length = 0;
  expect([await begin().done, backend.calls]).toEqual([world.nowMs + 700, []]);
});

test('before anything is taken down its consumers are closed, and for no other work', async () => {
  await ask(create());
  const closed: string[] = [];
  const beforeRemoval = async (tenantId: string) => {
    closed.push(`${tenantId} after ${backend.asked('delete')}`);
  };
  await finish(begin({ beforeRemoval }));
  await ask(remove());
  await finish(begin({ beforeRemoval }));
  expect(closed).toEqual([]);
  await ask(remove({ graceMs: 0 }));
  await finish(begin({ beforeRemoval }));
  expect(closed[0]).toBe('acme after 0');
  expect([backend.things.size, (await stateNow()).phase]).toEqual([0, 'gone']);
});

test('each run calls under a fence of its own, one greater than the last', async () => {
  const fences: string[] = [];
  const callFor: RunTenantDeps['callFor'] = (fence, tenantId) => (_provider, verb, run, within) => {
    fences.push(`${tenantId} ${verb} ${fence}`);
    return run({ signal: within, clock, log: runDeps({} as never).log, fence });
  };
  await ask(create());
  await finish(begin({ callFor }));
  expect(new Set(fences)).toEqual(new Set(['acme observe 1', 'acme ensure 1']));
  fences.length = 0;
  await ask({ kind: 'reconcile', acceptLoss: false });
  await finish(begin({ callFor }));
  expect(new Set(fences)).toEqual(new Set(['acme observe 2']));
  expect((await stateNow()).fence).toBe(2);
});

test('what another replica has committed is seen by the next run, whatever this one remembers', async () => {
  expect(await begin().done).toBeUndefined();
  const elsewhere = createTenants({ ledger: world.replica(), clock: world.clock, context });
  await elsewhere.command(
    'acme',
    create(),
    { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs },
    'open',
  );
  await finish(begin());
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test.each([
  ['pulsar-namespace', ['acme']],
  ['ignite-cache', []],
])('a %s that leaves the blueprint of a tenant that stays has its consumers closed: %j', async (kind, wanted) => {
  await ask(create());
  await finish(begin());
  const node = { id: kind, kind, part: 'main', name: `${kind}-acme`, spec: {}, dependsOn: [], remakeWhenLost: false };
  const kinds = new Map([...context().kinds, [kind, { hasAccess: false }]]);
  const wider = () => ({ ...context(), kinds });
  await tenants.decide('acme', (rows, now) => {
    const records = [...rows.state.records, { ...freshRecord(node), status: 'deleting' as const, born: true }];
    const blueprint = { digest: 'd', leaving: [kind] };
    const state = { ...rows.state, graph: [...rows.state.graph, node], records, blueprint };
    return decideOutcomes(state, rows.waiting, [], { ...now, kinds });
  });
  backend.things.set(`${kind} ${node.name}`, { owner: 'acme' });
  const closed: string[] = [];
  const providers = new Map([KEYSPACE, BUCKET, kind].map((each) => [each, slow(each)]));
  const beforeRemoval = async (tenantId: string) => void closed.push(tenantId);
  await finish(begin({ context: wider, providers, beforeRemoval }));
  expect([closed, backend.things.has(`${kind} ${node.name}`)]).toEqual([wanted, false]);
  expect(backend.asked('delete')).toBe(1);
});
