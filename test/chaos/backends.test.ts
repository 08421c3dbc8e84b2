/**
 * Each of the six servers is killed in the middle of ten provisionings and started again, and each accepts connections for a
 * while without ever answering. Tenants wait and say for what, the process stays up, what does not need the server goes on, and
 * all of it is complete once the server is back. Ignite keeps nothing on disk: what it lost is there again without a human.
 *
 * The tests share one process and run in order; tenants of earlier ones stay, so that each kill also hits finished ones.
 */
import type { FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { takeInventory } from '../e2e/inventory.ts';
import { attachStack, type ServerHandle, type Stack } from '../stack/index.ts';
import { nameOf, statusPath, untilAll } from '../support/api.ts';
import { startOpenProject } from '../support/cluster-facts.ts';
import { heal } from '../support/heal.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import { consume } from '../support/publisher.ts';
import { openSpy, type Spy } from '../support/servers.ts';
import { clearSix, sixProblems, sixSettings } from '../support/six-facts.ts';
import { bucketOf, keyspaceOf, namespacesOf } from '../support/tenant-facts.ts';
import type { Tree } from '../support/tree.ts';

const { env } = process;
const SEEN_MS = 45_000;
const BACK_MS = 120_000;
const TIER = 'free';

/** Tenants asked for before a server goes away, and while it is away. */
interface Load {
  readonly early: number;
  readonly late: number;
}
const TEN: Load = { early: 5, late: 5 };
const FEW: Load = { early: 1, late: 2 };

interface Away {
  readonly load: Load;
  leave(server: ServerHandle): Promise<void>;
  comeBack(server: ServerHandle): Promise<void>;
}
const KILLED: Away = { load: TEN, leave: (server) => server.kill(), comeBack: (server) => server.restart() };
const SILENT: Away = { load: FEW, leave: (server) => server.pause(), comeBack: (server) => server.resume() };

let stack: Stack;
let mesh: Installation;
let projects: FakeOpenProject;
let product: Product;
let spy: Spy;
let serial = 0;
const made: string[] = [];

beforeAll(async () => {
  stack = attachStack();
  mesh = createInstallation('back');
  projects = await startOpenProject();
  spy = await openSpy(env);
  product = await startProduct(sixSettings(env, mesh, projects));
});

afterEach(() => heal(stack));

afterAll(async () => {
  await product?.clear();
  await projects?.close();
  await spy?.close();
  await mesh?.clear();
  await clearSix(env, made);
});

async function provision(count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => mesh.tenant(serial++));
  await Promise.all(ids.map((id) => product.api.provision(id, TIER)));
  made.push(...ids);
  return ids;
}

const bounded = (boundMs: number) => ({ boundMs, everyMs: 100, tell: product.tail });

/** Something is being made, and not all is: what happens to a server now happens in the middle. */
async function underWay(ids: readonly string[]): Promise<void> {
  const begun = async () => Object.values(await product.api.statuses(ids)).some((word) => word !== 'pending');
  await until('the work to begin', begun, { ...bounded(SEEN_MS), everyMs: 10 });
}

/** Each of these tenants shows that it waits for the server, and calls it by its name. */
async function waitVisibly(ids: readonly string[], backend: string): Promise<void> {
  const shows = async () => {
    const answers = await Promise.all(ids.map((id) => product.api.get(statusPath(id))));
    return answers.every(({ status, body }) => {
      const away = body.conditions?.find((each: Tree) => each.type === 'BackendUnavailable');
      const waits = away?.status === 'True' && away.message.includes(backend);
      return status === 200 && body.status === 'provisioning' && waits;
    });
  };
  await until(`${ids.length} tenants to wait for ${backend}`, shows, bounded(SEEN_MS));
}

type Look = (ids: readonly string[]) => Promise<boolean>;

/** Asked of the servers themselves, and only of those that are there. */
const LOOKS: Readonly<Record<string, Look>> = {
  cassandra: async (ids) => {
    const there = await spy.keyspaces();
    return ids.every((id) => there.has(keyspaceOf(id)));
  },
  minio: async (ids) => {
    const there = await spy.buckets();
    return ids.every((id) => there.has(bucketOf(id)));
  },
  pulsar: async (ids) => {
    const there = await spy.namespaces(mesh.pulsarTenant);
    return ids.every((id) => namespacesOf(mesh.pulsarTenant, id).every((name) => there.has(name)));
  },
};

async function othersGoOn(ids: readonly string[], backend: string): Promise<void> {
  for (const [other, look] of Object.entries(LOOKS))
    if (other !== backend) await until(`what ${other} has`, () => look(ids), bounded(SEEN_MS));
}

const stateOf = async (backend: string): Promise<string | undefined> =>
  (await product.api.get('/ready')).body.backends?.[backend]?.state;

/** Without its bus a process takes requests and works, and says that it is not ready; without another backend it is ready. */
async function goOnWithout(backend: string, late: readonly string[]): Promise<void> {
  await waitVisibly(late, backend);
  await othersGoOn(late, backend);
  const ready = backend === 'pulsar' ? 503 : 200;
  const told = async () =>
    backend === 'pulsar' ? (await product.look('/ready')) === 503 : (await stateOf(backend)) === 'degraded';
  await until(`/ready to tell of ${backend}`, told, bounded(SEEN_MS));
  expect(await product.look('/health'), product.tail()).toBe(200);
  expect(await product.look('/ready')).toBe(ready);
}

/** The store is in this Cassandra too: what REST cannot know it does not say, and what it cannot keep it does not take. */
async function refuseWithoutStore(asked: string): Promise<void> {
  await until('/ready to say 503', async () => (await product.look('/ready')) === 503, bounded(SEEN_MS));
  expect(await product.look('/health')).toBe(200);
  const refused = await product.api.get(statusPath(asked));
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.stringify(refused.body)).not.toMatch(/127\.0\.0\.1|cassandra-driver|NoHostAvailable/);
  const body = { tenant_id: mesh.tenant('late'), tenant_name: nameOf('late'), tier: TIER };
  expect((await product.api.call('POST', '/api/v1/provision', { body })).status).toBe(503);
}

const secondsSince = (from: number): string => ((performance.now() - from) / 1000).toFixed(1);

/** Whole in the product's words, and in those of each server, tenants of earlier tests included. */
async function allWhole(ids: readonly string[], backend: string, from: number): Promise<void> {
  await untilAll(product.api, ids, 'completed', BACK_MS, product.tail);
  console.log(`${backend}: ${ids.length} tenants complete ${secondsSince(from)} s after it was back`);
  let problems: readonly string[] = [];
  const whole = async () => {
    const now = await takeInventory(env);
    problems = made.flatMap((id) => sixProblems(now, mesh, projects, { id, tier: TIER }));
    return problems.length === 0;
  };
  await until('every tenant to be whole on each server', whole, {
    boundMs: BACK_MS,
    tell: () => [...problems.slice(0, 20), product.tail()].join('\n'),
  });
  console.log(`${backend}: all ${made.length} tenants whole on each server ${secondsSince(from)} s after it was back`);
}

async function goesAway(backend: string, { load, leave, comeBack }: Away): Promise<void> {
  const server = stack.server(backend);
  const early = await provision(load.early);
  const withStore = backend !== 'cassandra';
  // Without the store nothing can be asked for: all of it is asked for before.
  const rest = withStore ? [] : await provision(load.late);
  await underWay(early);
  await leave(server);
  const late = withStore ? await provision(load.late) : rest;
  if (withStore) await goOnWithout(backend, late);
  else await refuseWithoutStore(early[0] as string);
  await comeBack(server);
  await allWhole([...early, ...late], backend, performance.now());
  await product.ready();
}

const BACKENDS = ['minio', 'ignite', 'elasticsearch', 'kubernetes', 'pulsar', 'cassandra'];

test.each(BACKENDS)('%s killed during ten provisionings: all complete when it is back, without a human', (backend) =>
  goesAway(backend, KILLED),
);

test.each(BACKENDS)('%s accepts and never answers: the same', (backend) => goesAway(backend, SILENT));

test('through all of it one process ran, and each tenant was told of under one event id', async () => {
  const topic = mesh.topic('system', 'tenant-provisioned-events');
  const heard = await consume(env, [topic], { count: made.length, timeoutMs: 30_000 });
  const told = new Map(heard.map(({ event_id, json }) => [event_id, json.tenant_id as string]));
  expect([...told.values()].sort()).toEqual([...made].sort());
  expect(product.output().match(/Leasehold is ready/g)).toHaveLength(1);
  expect(product.output()).not.toContain('an error that nobody handled');
});
