/**
 * A second service on real servers: the specimen beside the tenant provisioner in one process, and as a process of its own next to a
 * tenant provisioner's, on one bus, one store and one MinIO. What counts is what the servers themselves say: each service hears, makes,
 * tells and buries what is its own, and neither does anything of the other's a second time.
 *
 * The tests of one house are one story and run in order.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusPath, untilAll } from '../support/api.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import type { Product } from '../support/product.ts';
import { consume, type Heard, type Message, publish } from '../support/publisher.ts';
import { createReplicas, type Form, type Replicas } from '../support/replicas.ts';
import { admin, openSpy, type Spy } from '../support/servers.ts';
import { bucketOf } from '../support/tenant-facts.ts';
import type { Tree } from '../support/tree.ts';
import { minioInventory } from './inventory/minio.ts';

const { env } = process;
const FILING = '/api/v1/filing';
const WAIT_MS = 60_000;
const GIB = 1024 ** 3;
const UNDECODABLE = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22]).toString('base64');
const [OPENED, CLOSED, CHANGED] = ['drawer-opened-events', 'drawer-closed-events', 'drawer-changed-events'];
const CREATED = 'tenant-created-events';

let mesh: Installation;
let replicas: Replicas;
let spy: Spy;
/** The process that has the tenant provisioner, and the one that has the specimen. */
let provisioner: Product;
let filing: Product;
let ids: readonly [string, string];

async function start(name: string, forms: readonly Form[]): Promise<void> {
  mesh = createInstallation(name);
  ids = [mesh.tenant(0), mesh.tenant(1)];
  replicas = createReplicas(mesh.settings());
  spy = await openSpy(env);
  const products = await replicas.start(...forms);
  [provisioner, filing] = [products[0] as Product, products.at(-1) as Product];
}

async function end(): Promise<void> {
  await replicas?.clear();
  await spy?.close();
  await mesh?.clear();
}

const tell = (): string => [...new Set([provisioner, filing])].map((each) => each.tail()).join('\n');
const waitFor = <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> =>
  until(what, look, { boundMs: WAIT_MS, tell });

const drawerOf = (tenantId: string): string => `${tenantId}.letters`;
const drawerBucketOf = (tenantId: string): string => `drawer-${tenantId}-letters`;
const drawer = async (id: string): Promise<Tree> => (await filing.api.get(`${FILING}/drawers/${id}`)).body;
const listed = async (api: Product['api'], path: string): Promise<readonly Tree[]> =>
  (await api.expect(200, 'GET', path)).items;
const stands = (tenantId: string, status: string): Promise<boolean> =>
  waitFor(`${tenantId} to be ${status}`, async () => (await drawer(drawerOf(tenantId))).status === status);

const opening = (tenantId: string, sizeGb: number): Message => ({
  topic: mesh.topic('system', OPENED),
  json: { tenant_id: tenantId, drawer: 'letters', size_gb: sizeGb },
  key: tenantId,
  properties: { event_id: `opened-${tenantId}-${sizeGb}` },
});
const closing = (tenantId: string): Message => ({
  topic: mesh.topic('system', CLOSED),
  json: { tenant_id: tenantId, drawer: 'letters' },
  key: tenantId,
  properties: { event_id: `closed-${tenantId}` },
});
const creation = (tenantId: string): Message => ({
  topic: mesh.topic('system', CREATED),
  avro: 'tenant-created',
  value: { event_id: `created-${tenantId}`, tenant_id: tenantId, tenant_name: `Tenant ${tenantId}`, tier: 'free' },
  key: tenantId,
});

/** Everything that was told on a topic of the platform. */
const told = (topic: string): Promise<readonly Heard[]> => consume(env, [mesh.topic('system', topic)]);
const toldOf = async (topic: string): Promise<readonly string[]> =>
  (await told(topic)).map(({ json }) => [json.tenant_id, json.outcome].filter(Boolean).join(' ')).sort();

/** By subscription: what is left to be acked. */
async function backlogOf(topic: string): Promise<Readonly<Record<string, number>>> {
  const path = mesh.topic('system', topic).replace('://', '/');
  const { subscriptions } = (await admin(env, 'GET', `${path}/stats?getPreciseBacklog=true`)) as Tree;
  return Object.fromEntries(Object.keys(subscriptions).map((name) => [name, subscriptions[name].msgBacklog]));
}

function itMakes(): void {
  test('events of both services on one bus become what each makes of them, as MinIO itself says', async () => {
    const [first, second] = ids;
    await publish(env, [
      ...ids.map(creation),
      // Said three times under one id, it is opened once.
      { ...opening(first, 2), repeat: 3 },
      opening(second, 5),
    ]);
    await stands(first, 'completed');
    await stands(second, 'completed');
    await untilAll(provisioner.api, ids, 'completed', WAIT_MS, tell);
    const { buckets } = (await minioInventory(env)) as Tree;
    for (const [tenantId, sizeGb] of [[first, 2] as const, [second, 5] as const]) {
      const made = buckets[drawerBucketOf(tenantId)];
      expect(made.quota.quota).toBe(sizeGb * GIB);
      expect(made.tags).toContainEqual({ Key: 'tenant-id', Value: tenantId });
      expect(buckets[bucketOf(tenantId)].versioning.Status).toBe('Enabled');
    }
    const { resources, operation_id } = await drawer(drawerOf(first));
    expect(resources).toMatchObject([{ kind: 'minio-bucket', name: drawerBucketOf(first), status: 'ready' }]);
    const operation = await filing.api.expect(200, 'GET', `${FILING}/operations/${operation_id}`);
    expect(operation).toMatchObject({ kind: 'open', tenant_id: first, outcome: 'completed' });
    expect(operation.steps.map(({ attempts }: Tree) => attempts)).toEqual([1]);
  });

  test('each says once what came of it, and neither publishes what the other has to tell', async () => {
    const both = [...ids].sort();
    await waitFor('both drawers to be told', async () => (await told(CHANGED)).length >= 2);
    await waitFor('both tenants to be told', async () => (await told('tenant-provisioned-events')).length >= 2);
    expect(await toldOf(CHANGED)).toEqual(both.map((id) => `${id} completed`));
    expect(await toldOf('tenant-provisioned-events')).toEqual(both);
    const [heard] = await told(CHANGED);
    expect(heard?.key).toBe(heard?.json.tenant_id);
    expect(heard?.event_id).toBe(heard?.json.event_id);
  });

  test('each topic has the subscription of whoever hears it, and nothing is left unacked there', async () => {
    for (const [topic, service] of [
      [OPENED, 'filing'],
      [CLOSED, 'filing'],
      [CREATED, 'tenant-provisioner'],
    ] as const) {
      expect(Object.keys(await backlogOf(topic)), topic).toEqual([service]);
      await waitFor(`${topic} to have no backlog`, async () => (await backlogOf(topic))[service] === 0);
    }
  });
}

function itIsOperated(): void {
  test('what it cannot handle lies on dead letter topics of its own, byte for byte, and in its own list alone', async () => {
    const [first] = ids;
    await publish(env, [
      { topic: mesh.topic('system', OPENED), base64: UNDECODABLE, key: 'bytes', properties: { sender: 'e2e' } },
      { ...opening(first, 0), key: 'size' },
      { ...closing(mesh.tenant('nobody')), key: 'late' },
    ]);
    const dead = (topic: string) => mesh.topic('system', `${topic}-filing-DLQ`);
    const letters = await consume(env, [dead(OPENED), dead(CLOSED)], { count: 3, timeoutMs: 20_000 });
    const codeOf = (key: string) => letters.find((each) => each.key === key)?.properties['error_code'];
    expect(['bytes', 'size', 'late'].map(codeOf)).toEqual(['undecodable', 'invalid', 'not-found']);
    const bytes = letters.find(({ key }) => key === 'bytes') as Heard;
    expect(bytes.payload_base64).toBe(UNDECODABLE);
    expect(bytes.properties).toMatchObject({ sender: 'e2e', original_topic: mesh.topic('system', OPENED) });
    const items = await listed(filing.api, `${FILING}/dead-letters`);
    expect(items.map(({ error_code }) => error_code).sort()).toEqual(['invalid', 'not-found', 'undecodable']);
    expect(await listed(provisioner.api, '/api/v1/dead-letters')).toEqual([]);
    expect(await consume(env, [mesh.topic('system', `${CREATED}-tenant-provisioner-DLQ`)])).toEqual([]);
  });

  test('a letter is handed in again with a word that its own audit keeps', async () => {
    const tenantId = mesh.tenant('nobody');
    const [letter] = (await listed(filing.api, `${FILING}/dead-letters`)).filter(
      ({ error_code }) => error_code === 'not-found',
    );
    await publish(env, [opening(tenantId, 1)]);
    await stands(tenantId, 'completed');
    const redrive = `${FILING}/dead-letters/${letter?.id}/redrive`;
    const came = await filing.api.expect(200, 'POST', redrive, { reason: 'it is there now' });
    expect(came).toMatchObject({ outcome: 'applied', state: 'solved' });
    await stands(tenantId, 'deleted');
    const own = await listed(filing.api, `${FILING}/audit?limit=100`);
    expect(own.filter(({ command }) => command === 'redrive')).toMatchObject([{ reason: 'it is there now' }]);
    expect(own.map(({ command }) => command)).not.toContain('create');
    const others = await listed(provisioner.api, '/api/v1/audit?limit=100');
    expect(others.map(({ command }) => command)).toContain('create');
    expect(others.map(({ command }) => command)).not.toContain('open');
  });

  test('a dry run asks the real MinIO and makes nothing there', async () => {
    const plan = (tenantId: string, sizeGb: number) =>
      filing.api.expect(200, 'GET', `${FILING}/drawers/${drawerOf(tenantId)}/plan?size_gb=${sizeGb}`);
    const foreseen = mesh.tenant('foreseen');
    expect(await plan(foreseen, 3)).toEqual({ actions: [`create ${drawerBucketOf(foreseen)}`] });
    expect(await plan(ids[0], 2)).toEqual({ actions: [`keep ${drawerBucketOf(ids[0])}`] });
    expect(await plan(ids[0], 9)).toEqual({ actions: [`update ${drawerBucketOf(ids[0])}`] });
    expect((await spy.buckets()).has(drawerBucketOf(foreseen))).toBe(false);
    expect((await drawer(drawerOf(ids[0]))).size_gb).toBe(2);
  });

  test('its pause stops its own work, and tenants go on meanwhile', async () => {
    const [late, tenantId] = [mesh.tenant('paused'), mesh.tenant('beside')];
    await filing.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'paused' });
    await publish(env, [opening(late, 1), creation(tenantId)]);
    await untilAll(provisioner.api, [tenantId], 'completed', WAIT_MS, tell);
    await stands(late, 'provisioning');
    expect((await spy.buckets()).has(drawerBucketOf(late))).toBe(false);
    expect((await provisioner.api.expect(200, 'GET', '/api/v1/control')).reconcile).toBe('running');
    await filing.api.expect(200, 'PUT', `${FILING}/control`, { reconcile: 'running' });
    await stands(late, 'completed');
  });
}

function itLeaves(): void {
  test('closing takes the bucket away and leaves the tenant’s alone; a tenant that leaves takes no drawer along', async () => {
    const [first, second] = ids;
    await publish(env, [closing(first), { ...closing(first), properties: { event_id: `again-${first}` } }]);
    await stands(first, 'deleted');
    await provisioner.api.remove(second, 'grace_hours=0&force=true');
    await untilAll(provisioner.api, [second], 'deleted', WAIT_MS, tell);
    const buckets = await spy.buckets();
    const there = [drawerBucketOf(first), bucketOf(first), drawerBucketOf(second), bucketOf(second)];
    expect(there.map((name) => buckets.has(name))).toEqual([false, true, true, false]);
    expect((await provisioner.api.get(statusPath(first))).body.status).toBe('completed');
    expect((await drawer(drawerOf(second))).status).toBe('completed');
  });

  test('in the end each change was told once, by the one whose it was', async () => {
    const [first, second] = ids;
    const others = ['nobody', 'paused'].map((name) => mesh.tenant(name));
    const expected = [...ids, ...others, first, mesh.tenant('nobody')].map((id) => `${id} completed`).sort();
    await waitFor('all drawers to be told', async () => (await told(CHANGED)).length >= expected.length);
    expect(await toldOf(CHANGED)).toEqual(expected);
    expect(await toldOf('tenant-provisioned-events')).toEqual([...ids, mesh.tenant('beside')].sort());
    await waitFor('the end to be told', async () => (await told('tenant-deprovisioned-events')).length >= 1);
    expect(await toldOf('tenant-deprovisioned-events')).toEqual([second]);
  });
}

describe.each<{ readonly where: string; readonly name: string; readonly forms: readonly Form[] }>([
  { where: 'beside the tenant provisioner in one process', name: 'two', forms: ['both'] },
  { where: 'as a process of its own next to a tenant provisioner', name: 'own', forms: ['alone', 'filing'] },
])('$where', ({ name, forms }) => {
  beforeAll(() => start(name, forms));
  afterAll(end);
  itMakes();
  itIsOperated();
  itLeaves();
});
