/**
 * The whole way with a real publisher: Pulsar's own Python client says what upstream services say, on the real servers, to the
 * process that `npm start` starts. What comes of it is asked of each server and of an independent consumer.
 *
 * The tests are one story and run in order: publish, look, change tiers, delete, look again.
 */

import type { FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { namespaceOf, startOpenProject } from '../support/cluster-facts.ts';
import { cachesOf } from '../support/further-facts.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';
import { consume, type Heard, type Message, publish } from '../support/publisher.ts';
import { clearSix, isKnownPlace, RESOURCES_OF_TENANT, sixProblems, sixSettings } from '../support/six-facts.ts';
import { bucketOf, CUSTOM_LIMITS, keyspaceOf, namespacesOf, type Tenant } from '../support/tenant-facts.ts';
import type { Tree } from '../support/tree.ts';
import { diffInventory, type Inventory, takeInventory } from './inventory.ts';

const { env } = process;
const COUNT = 12;
const DOUBLED = 4;
const COMPLETE_MS = 150_000;
const TIERS = ['free', 'starter', 'professional', 'enterprise', 'custom'];
const CREATED = 'tenant-created-events';
const UNDECODABLE = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22]).toString('base64');

let mesh: Installation;
let product: Product;
let projects: FakeOpenProject;
let before: Inventory;
let tenants: readonly Tenant[];
let ids: readonly string[];

beforeAll(async () => {
  mesh = createInstallation('pub');
  tenants = Array.from({ length: COUNT }, (_, i) => ({ id: mesh.tenant(i), tier: TIERS[i % TIERS.length] as string }));
  ids = tenants.map(({ id }) => id);
  before = await takeInventory(env);
  projects = await startOpenProject();
  product = await startProduct(sixSettings(env, mesh, projects));
});

afterAll(async () => {
  await product?.clear();
  await projects?.close();
  await mesh?.clear();
  await clearSix(env, ids);
});

const problemsOf = (now: Inventory, tenant: Tenant): readonly string[] => sixProblems(now, mesh, projects, tenant);

const topicOf = (namespace: string): string => mesh.topic(namespace, CREATED);

function creation(tenant: Tenant, index: number): Message {
  const value = {
    event_id: `created-${tenant.id}`,
    tenant_id: tenant.id,
    tenant_name: `Tenant ${tenant.id}`,
    tier: index % 2 === 0 ? tenant.tier : tenant.tier.toUpperCase(),
    ...(tenant.tier === 'custom' ? { limits: CUSTOM_LIMITS } : {}),
  };
  const namespace = index % 3 === 2 ? 'global' : 'system';
  const form = index % 2 === 0 ? { avro: 'tenant-created', value } : { json: { ...value, source: 'a newer release' } };
  return { topic: topicOf(namespace), key: `any-${index}`, properties: { sender: 'e2e' }, ...form };
}

/** The same event again, twice, on the topic where it was and on its twin. */
const doubled = (message: Message): readonly Message[] =>
  ['system', 'global'].map((namespace) => ({ ...message, topic: topicOf(namespace), repeat: 2 }));

interface Poison {
  readonly message: Message;
  readonly code: string;
  readonly says: RegExp;
}

function poisons(): readonly Poison[] {
  const topic = topicOf('system');
  const properties = (name: string) => ({ event_id: `bad-${name}`, sender: 'e2e' });
  const value = { tenant_name: 'Bad', tier: 'free' };
  const [first] = tenants as readonly [Tenant, ...Tenant[]];
  return [
    {
      code: 'undecodable',
      says: /./,
      message: { topic, base64: UNDECODABLE, key: 'bytes', properties: properties('bytes') },
    },
    {
      code: 'invalid',
      says: /at most 41 characters, got 42/,
      message: {
        topic,
        avro: 'tenant-created',
        value: { ...value, tenant_id: 'x'.repeat(42) },
        key: 'long',
        properties: properties('long'),
      },
    },
    {
      code: 'invalid',
      says: /tenant_id: is a reserved word.*"SYSTEM"/,
      message: { topic, json: { ...value, tenant_id: 'SYSTEM' }, key: 'reserved', properties: properties('reserved') },
    },
    {
      code: 'invalid',
      says: /tenant_id: .*missing.*tier: .*missing/,
      message: { topic, json: { tenant_name: 'Nobody' }, key: 'fields', properties: properties('fields') },
    },
    {
      code: 'tenant-conflict',
      says: /its tier is free, not enterprise/,
      message: {
        topic,
        avro: 'tenant-created',
        value: { tenant_id: first.id, tenant_name: `Tenant ${first.id}`, tier: 'enterprise' },
        key: 'conflict',
        properties: properties('conflict'),
      },
    },
  ];
}

test('twelve tenants, four of them said five times, become twelve complete tenants', async () => {
  const messages = tenants.map(creation);
  const again = messages.slice(0, DOUBLED).flatMap(doubled);
  const bad = poisons().map(({ message }) => message);
  const from = performance.now();
  await publish(env, [...messages.slice(0, 6), ...bad.slice(0, 4), ...again, ...messages.slice(6), ...bad.slice(4)]);
  const published = performance.now();
  await untilAll(product.api, ids, 'completed', COMPLETE_MS, product.tail);
  const ms = performance.now() - published;
  console.log(
    `publishing took ${Math.round(published - from)} ms; ${COUNT} tenants complete ${Math.round(ms)} ms later`,
  );
  expect(product.tail()).not.toContain('an error that nobody handled');
});

test('each server itself says that each tenant has what the naming contract promises', async () => {
  const now = await takeInventory(env);
  expect(tenants.flatMap((tenant) => problemsOf(now, tenant))).toEqual([]);
  const stray = diffInventory(before, now)
    .map(({ path }) => path)
    .filter((path) => !isKnownPlace(path, mesh, ids));
  expect(stray).toEqual([]);
});

test('each was made once: one event that tells it, one attempt at each resource', async () => {
  const topic = mesh.topic('system', 'tenant-provisioned-events');
  const heard = await consume(env, [topic]);
  expect(heard.map(({ json }) => json.tenant_id).sort()).toEqual([...ids].sort());
  expect(new Set(heard.map(({ event_id }) => event_id)).size).toBe(COUNT);
  for (const { json, key, event_id, properties, schema_version } of heard) {
    const tenant = tenants.find(({ id }) => id === json.tenant_id) as Tenant;
    expect(json).toMatchObject({ event_id, tier: tenant.tier, generation: 1, tenant_name: `Tenant ${tenant.id}` });
    expect(json.resources).toMatchObject({
      'cassandra-keyspace': keyspaceOf(tenant.id),
      'minio-bucket': bucketOf(tenant.id),
      'pulsar-namespace': namespacesOf(mesh.pulsarTenant, tenant.id),
      'ignite-cache': expect.arrayContaining([...cachesOf(tenant.id)]),
      'elasticsearch-index': expect.arrayContaining([`${tenant.id}_marketplace`, `${tenant.id}_logs`]),
      'kubernetes-namespace': namespaceOf(tenant.id),
      'openproject-project': namespaceOf(tenant.id),
    });
    expect(json.quota.storage_gb).toBeGreaterThan(0);
    expect([key, schema_version]).toEqual([tenant.id, null]);
    expect(properties).toMatchObject({ event_id });
  }
  for (const id of ids) {
    const { operation_id } = await product.api.expect(200, 'GET', `/api/v1/tenants/${id}/provisioning-status`);
    const operation = await product.api.expect(200, 'GET', `/api/v1/operations/${operation_id}`);
    expect(operation.outcome).toBe('completed');
    expect(operation.steps.map((step: Tree) => step.attempts)).toEqual(Array(RESOURCES_OF_TENANT).fill(1));
  }
});

test('what could not be handled is a dead letter with its reason, in REST and on the topic, byte for byte', async () => {
  const original = await consume(env, [topicOf('system')]);
  const dead = mesh.topic('system', `${CREATED}-tenant-provisioner-DLQ`);
  const letters = await consume(env, [dead], { count: 5, timeoutMs: 20_000 });
  const { items } = await product.api.expect(200, 'GET', '/api/v1/dead-letters?limit=200');
  expect(letters).toHaveLength(5);
  expect(items).toHaveLength(5);
  for (const { message, code, says } of poisons()) {
    const sent = original.find(({ key }) => key === message.key) as Heard;
    const letter = letters.find(({ key }) => key === message.key) as Heard;
    expect(letter.payload_base64, `${message.key}: the bytes`).toBe(sent.payload_base64);
    expect(letter.schema_version).toBeNull();
    expect(letter.properties).toMatchObject({
      ...message.properties,
      error_code: code,
      error_message: expect.stringMatching(says),
      original_topic: message.topic,
      original_message_id: expect.any(String),
      attempts: '1',
    });
    const id = letter.properties['original_message_id'];
    const item = items.find((each: Tree) => each.message_id === id);
    expect(item).toMatchObject({ error_code: code, error_message: expect.stringMatching(says), topic: message.topic });
    const detail = await product.api.expect(200, 'GET', `/api/v1/dead-letters/${item.id}`);
    expect(detail).toMatchObject({
      payload_base64: sent.payload_base64,
      key: message.key,
      properties: message.properties,
    });
  }
});

test('nothing is left unacked on the topics that the mesh hears', async () => {
  const headers = { authorization: `Bearer ${env['STACK_PULSAR_TOKEN']}` };
  const drained: string[] = [];
  for (const namespace of ['system', 'global']) {
    const path = topicOf(namespace).replace('://', '/');
    const backlog = async () => {
      const answer = await fetch(`${env['STACK_PULSAR_URL']}/admin/v2/${path}/stats?getPreciseBacklog=true`, {
        headers,
      });
      const { subscriptions } = (await answer.json()) as Tree;
      return subscriptions['tenant-provisioner'].msgBacklog === 0;
    };
    await until(`${path} to have no backlog`, backlog, { boundMs: 20_000, tell: product.tail });
    drained.push(namespace);
  }
  expect(drained).toEqual(['system', 'global']);
});

test('a tier changes by event on the tenant’s own topic and on the platform’s; the servers show it', async () => {
  const [free, starter] = tenants as readonly [Tenant, Tenant, ...Tenant[]];
  const upgrade = (tenant: Tenant, new_tier: string) => ({
    tenant_id: tenant.id,
    previous_tier: tenant.tier,
    new_tier,
  });
  await publish(env, [
    { topic: mesh.topic(free.id, 'tenant-upgraded-events'), avro: 'tenant-upgraded', value: upgrade(free, 'starter') },
    { topic: mesh.topic('system', 'tenant-upgraded-events'), json: upgrade(starter, 'professional') },
  ]);
  const changed: readonly Tenant[] = [
    { id: free.id, tier: 'starter' },
    { id: starter.id, tier: 'professional' },
  ];
  const provisioned = mesh.topic('system', 'tenant-provisioned-events');
  const heard = await consume(env, [provisioned], { count: COUNT + 2, timeoutMs: 60_000 }).catch((error: Error) => {
    throw new Error(`${error.message}\n${product.tail()}`);
  });
  expect(heard.slice(COUNT).map(({ json }) => ({ id: json.tenant_id, tier: json.tier }))).toEqual(
    expect.arrayContaining([...changed]),
  );
  const now = await takeInventory(env);
  const all = tenants.map((tenant) => changed.find(({ id }) => id === tenant.id) ?? tenant);
  expect(all.flatMap((tenant) => problemsOf(now, tenant))).toEqual([]);
});

test('deleted without grace, nothing is left: the servers are as before the first tenant came', async () => {
  const held = await product.api.call('DELETE', `/api/v1/tenants/${ids[3]}?grace_hours=0`);
  expect([held.status, held.body.code]).toEqual([409, 'protected']);
  const from = performance.now();
  for (const id of ids) await product.api.remove(id, 'grace_hours=0&force=true');
  await untilAll(product.api, ids, 'deleted', COMPLETE_MS, product.tail);
  console.log(`${COUNT} tenants deleted after ${Math.round(performance.now() - from)} ms`);

  const appeared = diffInventory(before, await takeInventory(env));
  const foreign = appeared.filter(({ path }) => !mesh.ownsPath(path) && path !== `/pulsar/${mesh.pulsarTenant}`);
  expect(foreign).toEqual([]);
  expect([...projects.projects.values()].map(({ identifier }) => identifier)).toEqual([]);
  const [own] = appeared.filter(({ path }) => path === `/pulsar/${mesh.pulsarTenant}`) as Tree[];
  const left = Object.keys(own.after.namespaces).map((name) => name.split('/')[1]);
  expect(left.sort()).toEqual(['compute', 'global', 'provisioning', 'system']);

  const gone = await consume(env, [mesh.topic('system', 'tenant-deprovisioned-events')], {
    count: COUNT,
    timeoutMs: 20_000,
  });
  expect(gone.map(({ json }) => json.tenant_id).sort()).toEqual([...ids].sort());
});
