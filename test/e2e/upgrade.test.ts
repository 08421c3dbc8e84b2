/**
 * A rolling upgrade: a process of the release before and one of this, on one bus and one store. Tenants are created, change their
 * tier and leave while both run; then the older one is killed, then the newer one, and whoever is left goes on with what either
 * release has begun.
 *
 * The tests are one story and run in order. They need the former release's tree (test/support/former-release.ts).
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { type FormerRelease, hasFormerRelease, openFormerRelease } from '../support/former-release.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import type { Product } from '../support/product.ts';
import { consume, publish } from '../support/publisher.ts';
import { createReplicas, type Replicas } from '../support/replicas.ts';
import { openSpy, type Spy } from '../support/servers.ts';
import { bucketOf, keyspaceOf, namespacesOf } from '../support/tenant-facts.ts';
import type { Tree } from '../support/tree.ts';

const { env } = process;
const WAVE = 4;
const SETTLE_MS = 120_000;

let mesh: Installation;
let replicas: Replicas;
let former: FormerRelease;
let older: Product;
let newer: Product;
let spy: Spy;
let serial = 0;
/** Tenants that should be there, by id: how often their completion should have been told. */
const present = new Map<string, number>();

const tell = () => [older, newer].map((product) => product?.tail() ?? '').join('\n');

const wave = (count: number): readonly string[] => Array.from({ length: count }, () => mesh.tenant(serial++));

async function create(ids: readonly string[]): Promise<void> {
  for (const id of ids) present.set(id, 1);
  const topic = mesh.topic('system', 'tenant-created-events');
  const value = (id: string) => ({ event_id: `c-${id}`, tenant_id: id, tenant_name: `Tenant ${id}`, tier: 'free' });
  await publish(
    env,
    ids.map((id) => ({ topic, avro: 'tenant-created', value: value(id), key: id })),
  );
}

async function upgrade(ids: readonly string[]): Promise<void> {
  for (const id of ids) present.set(id, (present.get(id) ?? 0) + 1);
  const topic = mesh.topic('system', 'tenant-upgraded-events');
  const value = (id: string) => ({ tenant_id: id, previous_tier: 'free', new_tier: 'starter' });
  await publish(
    env,
    ids.map((id) => ({ topic, json: value(id), key: id })),
  );
}

async function remove(by: Product, ids: readonly string[]): Promise<void> {
  for (const id of ids) await by.api.remove(id, 'grace_hours=0&force=true');
  for (const id of ids) present.delete(id);
}

const settled = (by: Product, status: string, ids: readonly string[]) => untilAll(by.api, ids, status, SETTLE_MS, tell);

/** What the servers have is what should be there, no more and no less. */
async function checkServers(): Promise<void> {
  const mark = mesh.tenant('').replace(/-$/, '');
  const own = (names: ReadonlySet<string>, prefix: string) =>
    [...names].filter((name) => name.startsWith(prefix)).sort();
  const ids = [...present.keys()];
  expect(own(await spy.keyspaces(), `tenant_${mark}_`)).toEqual(ids.map(keyspaceOf).sort());
  expect(own(await spy.buckets(), `tenant-${mark}-`)).toEqual(ids.map(bucketOf).sort());
  const namespaces = ids.flatMap((id) => namespacesOf(mesh.pulsarTenant, id)).sort();
  expect(own(await spy.namespaces(mesh.pulsarTenant), `${mesh.pulsarTenant}/${mark}`)).toEqual(namespaces);
}

beforeAll(async () => {
  if (!hasFormerRelease()) return;
  mesh = createInstallation('roll');
  former = openFormerRelease();
  replicas = createReplicas(mesh.settings());
  spy = await openSpy(env);
  older = await replicas.create('standalone', former.root);
  newer = await replicas.create('alone');
});

afterAll(async () => {
  await replicas?.clear();
  await spy?.close();
  await mesh?.clear();
  if (former?.made) rmSync(former.root, { recursive: true, force: true });
});

/** A shallow checkout has no release before this one: the titles say so then, and the run counts them as skipped. */
const WITHOUT = hasFormerRelease() ? '' : 'this checkout holds no former release: ';
const whereFormer = (title: string, story: () => Promise<void>): void =>
  void test.runIf(WITHOUT === '')(`${WITHOUT}${title}`, story);

whereFormer('this release finds what the former one made as it should be, and changes nothing by coming', async () => {
  older.launch();
  await older.ready();
  const ids = wave(WAVE);
  await create(ids);
  await settled(older, 'completed', ids);
  newer.launch();
  await newer.ready();
  await settled(newer, 'completed', ids);
  await checkServers();
});

whereFormer('side by side tenants come, change their tier and leave, whoever made them', async () => {
  const made = [...present.keys()];
  const ids = wave(2 * WAVE);
  await create(ids);
  await settled(newer, 'completed', ids);
  await settled(older, 'completed', ids);
  const changing = [...made.slice(0, 2), ...ids.slice(0, 2)];
  await upgrade(changing);
  await until(
    'the new tiers',
    async () => {
      const found = await Promise.all(changing.map((id) => newer.api.get(`/api/v1/tenants/${id}`)));
      return found.every(({ body }) => body.tier === 'starter' && body.status === 'completed');
    },
    { boundMs: SETTLE_MS, tell },
  );
  const leaving = [...made.slice(2), ...ids.slice(2, 4)];
  await remove(older, leaving.slice(0, 2));
  await remove(newer, leaving.slice(2));
  await settled(newer, 'deleted', leaving);
  await settled(older, 'deleted', leaving);
  await checkServers();
});

whereFormer('the older one is killed in the middle of its work: the newer one ends it', async () => {
  const ids = wave(WAVE);
  await create(ids);
  await begun(ids);
  await older.kill();
  await settled(newer, 'completed', ids);
  await checkServers();
});

whereFormer(
  'the newer one is killed in the middle of its work: the older one ends that, and takes down what the newer one made',
  async () => {
    older.launch();
    await older.ready();
    const ids = wave(WAVE);
    await create(ids);
    await begun(ids);
    await newer.kill();
    await settled(older, 'completed', [...present.keys()]);
    const leaving = [...present.keys()].slice(0, 3);
    await remove(older, leaving);
    await settled(older, 'deleted', leaving);
    await checkServers();
  },
);

whereFormer('each completion was told under one event id, by whichever release', async () => {
  newer.launch();
  await newer.ready();
  const heard = await consume(env, [mesh.topic('system', 'tenant-provisioned-events')]);
  const told = new Map(heard.map(({ event_id, json }) => [event_id, json.tenant_id as string]));
  for (const [id, times] of present) expect([...told.values()].filter((each) => each === id)).toHaveLength(times);
  await settled(newer, 'completed', [...present.keys()]);
  for (const id of present.keys()) await inOrder(id);
  await remove(newer, [...present.keys()]);
  await settled(
    newer,
    'deleted',
    [...Array(serial).keys()].map((each) => mesh.tenant(each)),
  );
  await checkServers();
});

/**
 * The namespaces that the former release made may not say yet that nothing of theirs expires; this one says it in a repair each. Nothing
 * else differs.
 */
async function inOrder(id: string): Promise<void> {
  const { drift, unseen } = await newer.api.expect(200, 'GET', `/api/v1/tenants/${id}/drift`);
  expect(unseen).toEqual([]);
  for (const { kind, differences } of drift as readonly Tree[]) {
    expect(kind).toBe('pulsar-namespace');
    for (const { path } of differences as readonly Tree[])
      expect(path).toMatch(/^\/(messageTtlSeconds|subscriptionExpirationMinutes)/);
  }
}

/** Some of them are on a server, and not all are complete. */
const begun = (ids: readonly string[]) =>
  until(
    'the work to begin',
    async () => {
      const buckets = await spy.buckets();
      return ids.some((id) => buckets.has(bucketOf(id)));
    },
    { boundMs: SETTLE_MS, everyMs: 5, tell },
  );
