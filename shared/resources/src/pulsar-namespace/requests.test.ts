/** What a broker is sent, against files that were written by hand, and what its answers lead to. */
import { ABSENT, type Change } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { goldenRequests, sentLike } from '@leasehold/testing/fakes/golden-requests';
import { listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { cannedBrokers, NOTHING_LOST, PROPERTIES, ref, SPACE, TOPICS } from '../../test/canned-broker.ts';

const TOPIC = `${TOPICS}/user-created-events`;
const gone = { status: 404, body: { reason: 'Namespace does not exist' } };
const NOTHING: CannedRoutes = {
  'GET /admin/v2/clusters': { body: ['eu', 'global'] },
  [`GET ${SPACE}`]: gone,
  [`GET ${TOPICS}`]: gone,
  [`GET ${TOPICS}/partitioned`]: gone,
  [`PUT ${SPACE}`]: { status: 204 },
  [`PUT ${TOPIC}`]: { status: 204 },
  [`PUT ${TOPIC}/subscription/tenant-provisioner`]: { status: 204 },
  [`PUT ${TOPIC}/subscription/a%3Ab`]: { status: 409, body: { reason: 'Subscription already exists' } },
};
const POLICIES = {
  properties: PROPERTIES,
  auth_policies: { namespace_auth: { 'e/ve': ['consume'] } },
  retention_policies: { retentionTimeInMinutes: 60, retentionSizeInMB: 500 },
  ...NOTHING_LOST,
};

const opened = cannedBrokers();
async function brokerOf(routes: CannedRoutes = {}, more: object = {}) {
  const settings = { token: 'the-token', pulsarTenant: 'platformq', ...more };
  const broker = await opened({ ...NOTHING, ...routes }, settings);
  return { ...broker, spec: broker.provider.spec.parse(STARTER) };
}

const STARTER = {
  backlogQuotaBytes: 1_073_741_824,
  publishRate: { messagesPerSecond: 1000, bytesPerSecond: 10_485_760 },
  dispatchRate: { messagesPerSecond: 5000, bytesPerSecond: 52_428_800 },
  roles: { platform: ['produce', 'consume', 'produce'] },
  topics: { 'user-created-events': ['tenant-provisioner', 'a:b'] },
};
const there = (policies: object = POLICIES, topics: readonly string[] = []): CannedRoutes => ({
  [`GET ${SPACE}`]: { body: policies },
  [`GET ${TOPICS}`]: { body: topics },
  [`GET ${TOPICS}/partitioned`]: { body: [] },
  [`GET ${TOPIC}/subscriptions`]: { body: ['a:b'] },
});
const golden = (name: string) => goldenRequests(new URL(`./fixtures/${name}.http`, import.meta.url));
const change = (path: string, from: unknown = null, to: unknown = null): Change => ({
  path,
  from,
  to,
  weight: 'settings',
});

test('N1 a namespace is made by the calls of the file', async () => {
  const { server, provider, spec } = await brokerOf();
  const changes = provider.plan(ref, spec, await provider.observe(ref, scope()));
  expect(changes).toEqual([{ path: '', from: null, to: spec, weight: 'settings' }]);
  expect(await provider.ensure(ref, spec, changes, scope())).toEqual({
    namespace: 'platformq/acme',
    topics: ['persistent://platformq/acme/user-created-events'],
  });
  expect(sentLike(golden('create'), server.effects())).toEqual(golden('create'));
});

test('2 what a tenant’s file leaves open is not said to the broker, but for what must not lose messages', async () => {
  const { server, provider } = await brokerOf();
  const spec = provider.spec.parse({ messageTtlSeconds: 60 });
  await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  expect(server.effects().map(({ body }) => Object.keys(body as object).sort())).toEqual([
    [
      'auth_policies',
      'message_ttl_in_seconds',
      'properties',
      'replication_clusters',
      'retention_policies',
      'subscription_expiration_time_minutes',
    ],
  ]);
});

const REPAIRS = [
  '/retentionMinutes',
  '/retentionMegabytes',
  '/backlogQuotaBytes',
  '/evictsByAge',
  '/messageTtlSeconds',
  '/publishRate',
  '/dispatchRate/bytesPerSecond',
  '/access/platform',
  '/access/e~1ve',
  '/tier',
  '/generation',
  '/topics/user-created-events/tenant-provisioner',
];
const ANY = Object.fromEntries(golden('repairs').map(({ method, path }) => [`${method} ${path}`, { status: 204 }]));

test.each(REPAIRS.map((path, index) => [path, index] as const))(
  '%s is repaired by its call of the file, and nothing else is touched',
  async (path, index) => {
    const topics = ['persistent://platformq/acme/user-created-events'];
    const { server, provider, spec } = await brokerOf({ ...ANY, ...there(POLICIES, topics) });
    await provider.ensure(ref, spec, [change(path)], scope());
    const [wanted] = golden('repairs').slice(index, index + 1);
    expect(server.effects().map(({ method, path: at, body }) => ({ method, path: at, body }))).toEqual([
      { method: wanted?.method, path: wanted?.path, body: wanted?.body },
    ]);
  },
);

test('what is to be unlimited again is taken away by the broker’s own word for it', async () => {
  const { server, provider } = await brokerOf({
    ...there(),
    [`DELETE ${SPACE}/publishRate`]: { status: 204 },
    [`DELETE ${SPACE}/dispatchRate`]: { status: 204 },
    [`DELETE ${SPACE}/backlogQuota`]: { status: 204 },
    [`POST ${SPACE}/messageTTL`]: { status: 204 },
  });
  const spec = provider.spec.parse({ messageTtlSeconds: 7 });
  const paths = ['/publishRate', '/dispatchRate', '/backlogQuotaBytes', '/messageTtlSeconds'];
  await provider.ensure(
    ref,
    spec,
    paths.map((path) => change(path)),
    scope(),
  );
  const [first, second, ...rates] = server.effects().map(({ method, path, body }) => [method, path, body]);
  expect([first, second]).toEqual([
    ['DELETE', `${SPACE}/backlogQuota?backlogQuotaType=destination_storage`, undefined],
    ['POST', `${SPACE}/messageTTL`, 7],
  ]);
  expect(rates.map(([method, path]) => `${method} ${path}`).sort()).toEqual([
    `DELETE ${SPACE}/dispatchRate`,
    `DELETE ${SPACE}/publishRate`,
  ]);
});

test.each([
  [{ retentionSizeInMB: 500 }, -1, ['retention', 'backlogQuota']],
  [{ retentionSizeInMB: -1 }, 4000, ['backlogQuota', 'retention']],
  [{ retentionSizeInMB: 5000 }, 4000, ['backlogQuota', 'retention']],
  [{ retentionSizeInMB: 4000 }, 5000, ['retention', 'backlogQuota']],
] as const)(
  'N2 from %o to %i MB retention and quota are set in the order that the broker takes',
  async (seen, to, order) => {
    const retention_policies = { retentionTimeInMinutes: 60, ...seen };
    const { server, provider } = await brokerOf({ ...there({ ...POLICIES, retention_policies }), ...ANY });
    const spec = provider.spec.parse({ ...STARTER, topics: {}, retentionMegabytes: to });
    await provider.ensure(ref, spec, [change('/retentionMegabytes'), change('/backlogQuotaBytes')], scope());
    expect(server.effects().map(({ path }) => /acme\/(\w+)/.exec(path)?.[1])).toEqual(order);
  },
);

test('a topic that is missing is made before its subscriptions; one that has partitions gets those it lacks', async () => {
  const exists = { status: 409, body: { reason: 'This topic already exists' } };
  const { server, provider, spec } = await brokerOf({
    ...there(),
    [`PUT ${TOPIC}`]: exists,
    [`POST ${TOPIC}/createMissedPartitions`]: { status: 204 },
  });
  const changes = provider
    .plan(ref, spec, await provider.observe(ref, scope()))
    .filter(({ path }) => path.startsWith('/topics'));
  expect(changes.map(({ path }) => path)).toEqual(['/topics/user-created-events']);
  await provider.ensure(ref, spec, changes, scope());
  expect(server.effects().map(({ method, path }) => `${method} ${path}`)).toEqual([
    `PUT ${TOPIC}`,
    `POST ${TOPIC}/createMissedPartitions`,
    `PUT ${TOPIC}/subscription/tenant-provisioner`,
    `PUT ${TOPIC}/subscription/a%3Ab`,
  ]);
});

test.each([
  [404, 'Tenant does not exist', { class: 'Unavailable', away: true, code: 'TenantMissing' }],
  [412, 'Exceed the maximum number of namespace in tenant', { class: 'Invalid', code: 'CeilingReached' }],
  [412, 'limit reached', { class: 'Invalid', code: 'CeilingReached' }],
  [412, 'Namespace name is not valid', { class: 'Invalid', code: 'RefusedByBackend' }],
  [401, 'no', { class: 'Unavailable', away: true, code: 'AccessDenied' }],
  [500, 'metadata store', { class: 'Unavailable', code: 'BackendFailed', unknownOutcome: true }],
])('N1 a creation that is answered with %i (%s) is told as what it is', async (status, reason, expected) => {
  const { provider, spec } = await brokerOf({ [`PUT ${SPACE}`]: { status, body: { reason } } });
  await expect(provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope())).rejects.toMatchObject(expected);
});

test('N1 a name that somebody has is gone on with only where the mark is ours', async () => {
  const exists = { status: 409, body: { reason: 'Namespace already exists' } };
  const tried = async (properties: object) => {
    const ours = there({ properties, ...NOTHING_LOST });
    const { server, provider, spec } = await brokerOf({ ...ANY, ...ours, [`PUT ${SPACE}`]: exists });
    await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
    return server.effects();
  };
  await expect(tried({})).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'pulsar' });
  await expect(tried({ ...PROPERTIES, 'leasehold-tenant': 'other' })).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'pulsar',
  });
  await expect(tried({ ...PROPERTIES, 'leasehold-generation': '3' })).rejects.toMatchObject({
    code: 'NewerGeneration',
    backend: 'pulsar',
  });
  expect((await tried(PROPERTIES)).length, 'ours is completed').toBeGreaterThan(5);
  const absent = await brokerOf({ [`PUT ${SPACE}`]: exists });
  await expect(
    absent.provider.ensure(ref, absent.spec, absent.provider.plan(ref, absent.spec, ABSENT), scope()),
  ).rejects.toMatchObject({ code: 'GoneMeanwhile', backend: 'pulsar' });
});

test('adoption adds the mark’s properties, once, and only to what is nobody’s', async () => {
  const adopted = async (properties: object | undefined) => {
    const policies = properties === undefined ? {} : { [`GET ${SPACE}`]: { body: { properties } } };
    const { server, provider, spec } = await brokerOf({ ...there({}), ...policies, ...ANY });
    await provider.adopt?.(ref, spec, scope());
    return server.effects().map(({ method, path, body }) => [method, path, body]);
  };
  expect(await adopted({ theirs: 'x' })).toEqual([['PUT', `${SPACE}/properties`, PROPERTIES]]);
  expect(await adopted(PROPERTIES)).toEqual([]);
  await expect(adopted({ 'leasehold-tenant': 'other' })).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'pulsar',
  });
  const { provider, spec } = await brokerOf();
  await expect(provider.adopt?.(ref, spec, scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'pulsar',
  });
});

const removal: CannedRoutes = {
  ...there(),
  [`POST ${SPACE}/autoTopicCreation`]: { status: 204 },
  [`GET ${TOPICS}/partitioned`]: { body: ['persistent://platformq/acme/p'] },
  [`GET ${TOPICS}`]: { body: ['persistent://platformq/acme/a b'] },
  [`GET ${TOPICS}/p/partitions`]: { body: { partitions: 0 } },
  [`GET ${TOPICS}/a%20b/subscriptions`]: { body: [] },
  [`DELETE ${TOPICS}/p/partitions?force=true`]: { status: 204 },
  [`DELETE ${TOPICS}/a%20b?force=true`]: gone,
  [`DELETE ${SPACE}`]: { status: 204 },
};

test('N3 a namespace is closed to new topics, then emptied, then deleted', async () => {
  const { server, provider } = await brokerOf(removal);
  await provider.delete(ref, scope());
  expect(server.effects().map(({ method, path, body }) => [`${method} ${path}`, body])).toEqual([
    [`POST ${SPACE}/autoTopicCreation`, { allowAutoTopicCreation: false }],
    [`DELETE ${TOPICS}/p/partitions?force=true`, undefined],
    [`DELETE ${TOPICS}/a%20b?force=true`, undefined],
    [`DELETE ${SPACE}`, undefined],
  ]);
});

test('N3 a namespace that fills again is emptied again, within a bound', async () => {
  const full = { status: 409, body: { reason: 'Cannot delete non empty namespace' } };
  const { server, provider } = await brokerOf({ ...removal, [`DELETE ${SPACE}`]: [full, full, gone] });
  const deletions = () => server.lines().filter((line) => line === `DELETE ${SPACE}`).length;
  await provider.delete(ref, scope());
  expect(deletions()).toBe(3);
  server.route({ [`DELETE ${SPACE}`]: full });
  await expect(provider.delete(ref, scope())).rejects.toMatchObject({ class: 'Conflict', code: 'NamespaceNotEmpty' });
  expect(deletions()).toBe(3 + 5);
});

test('what is absent or others’ is not deleted', async () => {
  const nothing = await brokerOf();
  await nothing.provider.delete(ref, scope());
  const theirs = await brokerOf(there({}));
  await theirs.provider.delete(ref, scope());
  expect([...nothing.server.effects(), ...theirs.server.effects()]).toEqual([]);
});

test('all of ours are seen, and of others’ namespaces the properties alone are read', async () => {
  const list = ['platformq/a', 'platformq/acme', 'platformq/b', 'platformq/c', 'platformq/d', 'platformq/gone'];
  const other = (name: string, reply: object) => ({ [`GET /admin/v2/namespaces/platformq/${name}/properties`]: reply });
  const { server, provider } = await brokerOf({
    ...there(),
    'GET /admin/v2/namespaces/platformq': { body: list },
    ...other('a', { body: {} }),
    ...other('acme', { body: PROPERTIES }),
    ...other('b', { body: { 'leasehold-tenant': 'b', 'leasehold-generation': 'x' } }),
    ...other('c', { status: 200 }),
    ...other('d', { body: { 'leasehold-generation': '1' } }),
    ...other('gone', gone),
  });
  expect((await listAll(provider)).map(([one, { mark }]) => [one, mark])).toEqual([[ref, 'ours']]);
  expect(server.lines().filter((line) => /GET .*platformq\/[abcd]($|\/(?!properties))/.test(line))).toEqual([]);
  expect(await provider.listNames?.(scope())).toEqual(list);
  server.route({ 'GET /admin/v2/namespaces/platformq': gone });
  expect(await provider.listNames?.(scope())).toEqual([]);
});

test('the cluster’s name is what the settings say, the only one, or the broker’s own; asked once', async () => {
  const named = async (routes: CannedRoutes, more: object = {}) => {
    const { server, provider, spec } = await brokerOf(routes, more);
    await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
    await provider.observe(ref, scope());
    const asked = server.lines().filter((line) => line.endsWith('/clusters')).length;
    const [made] = server.effects().map(({ body }) => body as { readonly replication_clusters: unknown });
    return [made?.replication_clusters, asked];
  };
  expect(await named({}, { cluster: 'us' })).toEqual([['us'], 0]);
  expect(await named({})).toEqual([['eu'], 1]);
  const several = { 'GET /admin/v2/clusters': { body: ['eu', 'us'] } };
  const runtime = 'GET /admin/v2/brokers/configuration/runtime';
  expect(await named({ ...several, [runtime]: { body: { clusterName: 'us' } } })).toEqual([['us'], 1]);
  await expect(named({ ...several, [runtime]: { body: {} } })).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'ClusterUnknown',
  });
});

test('names of another form are refused before any call', async () => {
  const { server, provider } = await brokerOf();
  for (const name of ['acme', 'a/b/c', 'platformq/', '/acme', 'platformq/a b', 'platformq/a?x'])
    await expect(async () => provider.observe({ ...ref, name }, scope()), name).rejects.toMatchObject({
      code: 'InvalidName',
    });
  expect(server.asked).toEqual([]);
});

test('the probe asks for the broker’s health, its cluster, and whether there is a tenant for us', async () => {
  const { server, backend } = await brokerOf({
    'GET /admin/v2/brokers/health': { body: 'ok' },
    'GET /admin/v2/namespaces/platformq': { body: [] },
  });
  await backend.probe(scope().signal);
  expect(server.lines()).toEqual([
    'GET /admin/v2/brokers/health?topicVersion=V2',
    'GET /admin/v2/clusters',
    'GET /admin/v2/namespaces/platformq',
  ]);
  server.route({ 'GET /admin/v2/namespaces/platformq': gone });
  await expect(backend.probe(scope().signal)).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'TenantMissing',
  });
});
