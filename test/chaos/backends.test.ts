/**
 * Each server is killed in the middle of provisioning and started again, and each accepts connections for a while without ever
 * answering. Tenants wait and say for what, the process stays up, what does not need the server goes on, and all of it is
 * complete once the server is back.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Inventory, takeInventory } from '../e2e/inventory.ts';
import { attachStack, type ServerHandle, type Stack } from '../stack/index.ts';
import { nameOf, statusPath, untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import { consume } from '../support/publisher.ts';
import { openSpy, type Spy } from '../support/servers.ts';
import { bucketOf, keyspaceOf, namespacesOf, tenantProblems } from '../support/tenant-facts.ts';
import type { Tree } from '../support/tree.ts';

const { env } = process;
/** Asked for before a server goes away, and while it is away. */
const EARLY = 2;
const LATE = 3;
const SEEN_MS = 45_000;
const BACK_MS = 45_000;

let stack: Stack;
let mesh: Installation;
let product: Product;
let serial = 0;
let ids: readonly string[];
const made: string[] = [];

beforeAll(async () => {
  stack = attachStack();
  mesh = createInstallation('back');
  product = await startProduct(mesh.settings());
});

/** A test that failed leaves no server away for the next. */
async function heal(): Promise<void> {
  for (const name of stack?.servers ?? []) {
    const server = stack.server(name);
    if (await server.healthy()) continue;
    await server.resume().catch(() => undefined);
    if (!(await server.healthy())) await server.restart();
  }
}
afterEach(heal);

afterAll(async () => {
  await product?.clear();
  await mesh?.clear();
});

beforeEach(() => {
  ids = Array.from({ length: EARLY + LATE }, () => mesh.tenant(serial++));
});

async function provision(some: readonly string[]): Promise<void> {
  await Promise.all(some.map((id) => product.api.provision(id)));
  made.push(...some);
}
const early = (): readonly string[] => ids.slice(0, EARLY);
const late = (): readonly string[] => ids.slice(EARLY);

/** The first of them is being made: what happens to a server now happens in the middle. */
async function underWay(): Promise<void> {
  const begun = async () => Object.values(await product.api.statuses(early())).some((word) => word !== 'pending');
  await until('the work to begin', begun, { boundMs: SEEN_MS, everyMs: 20, tell: product.tail });
}

const backendState = async (name: string): Promise<string | undefined> => {
  const { body } = await product.api.get('/ready');
  return body.backends?.[name]?.state;
};

/** Each tenant that came while the server was away shows that it waits for it, and calls it by its name. */
async function waitsVisibly(backend: string): Promise<void> {
  const shows = async () => {
    const answers = await Promise.all(late().map((id) => product.api.get(statusPath(id))));
    return answers.every(({ status, body }) => {
      const away = body.conditions?.find((each: Tree) => each.type === 'BackendUnavailable');
      return (
        status === 200 && body.status === 'provisioning' && away?.status === 'True' && away.message.includes(backend)
      );
    });
  };
  await until(`${LATE} tenants to wait for ${backend}`, shows, {
    boundMs: SEEN_MS,
    everyMs: 200,
    tell: product.tail,
  });
}

async function othersGoOn(there: (spy: Spy) => Promise<boolean>): Promise<void> {
  const spy = await openSpy(env);
  try {
    await until('what needs other servers', () => there(spy), { boundMs: SEEN_MS, everyMs: 200, tell: product.tail });
  } finally {
    await spy.close();
  }
}

async function allWhole(from: number, what: string): Promise<void> {
  await untilAll(product.api, ids, 'completed', BACK_MS, product.tail);
  console.log(
    `${what}: ${ids.length} tenants complete ${((performance.now() - from) / 1000).toFixed(1)} s after it was back`,
  );
  const now: Inventory = await takeInventory(env);
  expect(ids.flatMap((id) => tenantProblems(now, mesh.pulsarTenant, { id, tier: 'free' }))).toEqual([]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  await work();
  return performance.now();
}

const staysUp = async (ready: number): Promise<void> => {
  expect(await product.look('/health'), product.tail()).toBe(200);
  expect(await product.look('/ready')).toBe(ready);
};

const hasKeyspaceAndNamespaces = (spy: Spy): Promise<boolean> =>
  Promise.all([spy.keyspaces(), spy.namespaces(mesh.pulsarTenant)]).then(([keyspaces, namespaces]) =>
    ids.every(
      (id) => keyspaces.has(keyspaceOf(id)) && namespacesOf(mesh.pulsarTenant, id).every((n) => namespaces.has(n)),
    ),
  );

async function minioAway(away: (minio: ServerHandle) => Promise<void>, back: (minio: ServerHandle) => Promise<void>) {
  const minio = stack.server('minio');
  await provision(early());
  await away(minio);
  await provision(late());
  await waitsVisibly('minio');
  await othersGoOn(hasKeyspaceAndNamespaces);
  await until('minio to show degraded', async () => (await backendState('minio')) === 'degraded', { boundMs: SEEN_MS });
  await staysUp(200);
  await allWhole(await timed(() => back(minio)), 'minio');
}

test('MinIO killed: tenants wait for it alone, and are complete when it is back', async () => {
  await minioAway(
    (minio) => minio.kill(),
    (minio) => minio.restart(),
  );
});

test('MinIO accepts and never answers: the same', async () => {
  await minioAway(
    (minio) => minio.pause(),
    (minio) => minio.resume(),
  );
});

/** The store is in this Cassandra too: what REST cannot know it does not say. */
async function cassandraAway(
  away: (server: ServerHandle) => Promise<void>,
  back: (server: ServerHandle) => Promise<void>,
) {
  const cassandra = stack.server('cassandra');
  await provision(ids);
  await underWay();
  await away(cassandra);
  const notReady = async () => (await product.look('/ready')) === 503;
  await until('/ready to say 503', notReady, { boundMs: SEEN_MS, tell: product.tail });
  expect(await product.look('/health')).toBe(200);
  const refused = await product.api.get(statusPath(ids[0] as string));
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(JSON.stringify(refused.body)).not.toMatch(/127\.0\.0\.1|cassandra-driver|NoHostAvailable/);
  const created = await product.api.call('POST', '/api/v1/provision', {
    body: { tenant_id: mesh.tenant('late'), tenant_name: nameOf('late'), tier: 'free' },
  });
  expect(created.status).toBe(503);
  await allWhole(await timed(() => back(cassandra)), 'cassandra');
  await product.ready();
}

test('Cassandra, which holds the store too, killed: 503 meanwhile, nothing lost, complete when it is back', async () => {
  await cassandraAway(
    (cassandra) => cassandra.kill(),
    (cassandra) => cassandra.restart(),
  );
});

test('Cassandra accepts and never answers: the same', async () => {
  await cassandraAway(
    (cassandra) => cassandra.pause(),
    (cassandra) => cassandra.resume(),
  );
});

async function pulsarAway(
  away: (server: ServerHandle) => Promise<void>,
  back: (server: ServerHandle) => Promise<void>,
) {
  const pulsar = stack.server('pulsar');
  await provision(early());
  await underWay();
  await away(pulsar);
  // The store is there, so a tenant can be asked for while the bus is away.
  await provision(late());
  await waitsVisibly('pulsar');
  const spy = await openSpy(env);
  const goesOn = async () => {
    const [keyspaces, buckets] = await Promise.all([spy.keyspaces(), spy.buckets()]);
    return ids.every((id) => keyspaces.has(keyspaceOf(id)) && buckets.has(bucketOf(id)));
  };
  await until('keyspaces and buckets', goesOn, { boundMs: SEEN_MS, everyMs: 200, tell: product.tail });
  await spy.close();
  const notReady = async () => (await product.look('/ready')) === 503;
  await until('/ready to say 503', notReady, { boundMs: SEEN_MS, tell: product.tail });
  await staysUp(503);
  await allWhole(await timed(() => back(pulsar)), 'pulsar');
  await product.ready();
}

test('Pulsar, which is the bus too, killed: requests are taken, and complete when it is back', async () => {
  await pulsarAway(
    (pulsar) => pulsar.kill(),
    (pulsar) => pulsar.restart(),
  );
});

test('Pulsar accepts and never answers: the same', async () => {
  await pulsarAway(
    (pulsar) => pulsar.pause(),
    (pulsar) => pulsar.resume(),
  );
});

test('through all of it one process ran, and each tenant was told of under one event id', async () => {
  const topic = mesh.topic('system', 'tenant-provisioned-events');
  const heard = await consume(env, [topic], { count: made.length, timeoutMs: 30_000 });
  const told = new Map(heard.map(({ event_id, json }) => [event_id, json.tenant_id as string]));
  expect([...told.values()].sort()).toEqual([...made].sort());
  expect(product.output().match(/Leasehold is ready/g)).toHaveLength(1);
  expect(product.output()).not.toContain('an error that nobody handled');
});
