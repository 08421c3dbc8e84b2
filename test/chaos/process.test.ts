/**
 * The process is killed with SIGKILL at three moments while twenty tenants are made and ten of them deleted, and started again
 * each time on the same folder and stores. What counts is what the servers have in the end, and that no status lied meanwhile.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffInventory, type Inventory, takeInventory } from '../e2e/inventory.ts';
import { untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { createProduct, type Product } from '../support/product.ts';
import { consume } from '../support/publisher.ts';
import { openSpy, type Spy } from '../support/servers.ts';
import { bucketOf, keyspaceOf, namespacesOf, ownerOf, type Tenant, tenantProblems } from '../support/tenant-facts.ts';
import { watchTruth } from '../support/truth.ts';

const { env } = process;
const COUNT = 20;
const DELETED = 10;
const STEP_MS = 100_000;
const END_MS = 120_000;

let mesh: Installation;
let product: Product;
let spy: Spy;
let before: Inventory;
let tenants: readonly Tenant[];
let ids: readonly string[];

beforeAll(async () => {
  mesh = createInstallation('kill');
  tenants = Array.from({ length: COUNT }, (_, i) => ({ id: mesh.tenant(i), tier: i % 2 === 0 ? 'free' : 'starter' }));
  ids = tenants.map(({ id }) => id);
  before = await takeInventory(env);
  spy = await openSpy(env);
  product = await createProduct(mesh.settings());
  product.launch();
  await product.ready();
});

afterAll(async () => {
  await product?.clear();
  await spy?.close();
  await mesh?.clear();
});

/** Kills the process as soon as the servers have at least, or at most, so many of these tenants' keyspaces and buckets. */
async function killWhen(what: string, reached: (objects: number) => boolean): Promise<void> {
  const count = async () => {
    const [keyspaces, buckets] = await Promise.all([spy.keyspaces(), spy.buckets()]);
    const there = ids
      .flatMap((id) => [keyspaces.has(keyspaceOf(id)), buckets.has(bucketOf(id))])
      .filter(Boolean).length;
    return reached(there);
  };
  await until(what, count, { boundMs: STEP_MS, everyMs: 5, tell: product.tail });
  say(`kill -9 (${what})`);
  await product.kill();
  product.launch();
}

const begun = performance.now();
const say = (what: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1)} s: ${what}`);

async function killedThreeTimes(): Promise<void> {
  for (const { id, tier } of tenants) await product.api.provision(id, tier);
  await killWhen('the first objects to be there', (objects) => objects >= 3);
  await product.ready();
  await killWhen('half of the objects to be there', (objects) => objects >= COUNT);
  await product.ready();
  // Deletions go on beside what is still being made; the third kill hits both.
  const leaving = ids.slice(0, DELETED);
  await untilAll(product.api, leaving, 'completed', STEP_MS, product.tail);
  say('half are complete, and are asked to leave');
  for (const id of leaving) await product.api.remove(id);
  const gone = new Set<string>();
  const someGone = async () => {
    const buckets = await spy.buckets();
    for (const id of leaving) if (!buckets.has(bucketOf(id))) gone.add(id);
    return gone.size >= 2;
  };
  await until('the first of the deleted to lose its bucket', someGone, {
    boundMs: STEP_MS,
    everyMs: 5,
    tell: product.tail,
  });
  say('kill -9 (the first of the deleted lost its bucket)');
  await product.kill();
  product.launch();
  await product.ready();
}

test('every tenant ends as it should, and no status lied while the process was killed again and again', async () => {
  const { api } = product;
  const watch = watchTruth({ api, spy, tenantIds: ids, pulsarTenant: mesh.pulsarTenant, everyMs: 250 });
  const from = performance.now();
  try {
    await killedThreeTimes();
    await untilAll(api, ids.slice(DELETED), 'completed', END_MS, product.tail);
    say('all are complete');
    await untilAll(api, ids.slice(0, DELETED), 'deleted', END_MS, product.tail);
    say('all that were to leave are gone');
  } finally {
    const { lies, looks, seen } = await watch.end();
    console.log(`${looks} looks in ${Math.round(performance.now() - from)} ms, statuses seen: ${[...seen].join(', ')}`);
    expect(lies).toEqual([]);
    expect(looks).toBeGreaterThan(10);
  }
});

test('nothing is doubled and nothing is orphaned: the servers hold ten whole tenants and nothing else', async () => {
  const now = await takeInventory(env);
  const staying = tenants.slice(DELETED);
  expect(staying.flatMap((tenant) => tenantProblems(now, mesh.pulsarTenant, tenant))).toEqual([]);
  const kept = staying.map(({ id }) => id);
  const differences = diffInventory(before, now).filter(({ path }) => !mesh.ownsPath(path));
  const stray = differences.filter(
    ({ path }) => path !== `/pulsar/${mesh.pulsarTenant}` && !ownerOf(path, kept, mesh.pulsarTenant),
  );
  expect(stray).toEqual([]);
  const wanted = ['system', 'global', 'compute', 'provisioning'].map((name) => `${mesh.pulsarTenant}/${name}`);
  const namespaces = [...(await spy.namespaces(mesh.pulsarTenant))].sort();
  expect(namespaces).toEqual([...wanted, ...kept.flatMap((id) => namespacesOf(mesh.pulsarTenant, id))].sort());
});

test('each change was told under one event id, however often the process died', async () => {
  const idsOf = async (topic: string, count: number) => {
    const heard = await consume(env, [mesh.topic('system', topic)], { count, timeoutMs: 20_000 });
    const rest = await consume(env, [mesh.topic('system', topic)]);
    expect(rest.length).toBeGreaterThanOrEqual(heard.length);
    console.log(`${topic}: ${rest.length} messages for ${count} changes`);
    return new Map(rest.map(({ event_id, json }) => [event_id, json.tenant_id as string]));
  };
  expect([...(await idsOf('tenant-provisioned-events', COUNT)).values()].sort()).toEqual([...ids].sort());
  expect([...(await idsOf('tenant-deprovisioned-events', DELETED)).values()].sort()).toEqual(
    ids.slice(0, DELETED).sort(),
  );
});
