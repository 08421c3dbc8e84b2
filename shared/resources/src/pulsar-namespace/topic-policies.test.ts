/** Policies on single topics, as a broker tells them: which are looked at, what of them differs, and how they go. */
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { cannedBrokers, NOTHING_LOST, PROPERTIES, ref, SPACE, TOPICS } from '../../test/canned-broker.ts';

const HEARD = `${TOPICS}/heard`;
const WEEK = { retentionTimeInMinutes: 10_080, retentionSizeInMB: -1 };
const DISABLED = { reason: 'Topic level policies is disabled, to enable the topic level policy and retry.' };
/** As they are asked for. */
const POLICIES = ['messageTTL', 'retention', 'subscriptionExpirationTime', 'backlogQuotaMap'];
const SCOPES = ['?isGlobal=false', '?isGlobal=true'];
const everyPolicy = (reply: object): CannedRoutes =>
  Object.fromEntries(POLICIES.map((policy) => [`GET ${HEARD}/${policy}`, reply]));
const NONE = everyPolicy({ status: 204 });

const opened = cannedBrokers();
async function brokerOf(routes: CannedRoutes = {}, topics: readonly string[] = ['heard'], heardTopics = ['heard']) {
  const space = { properties: PROPERTIES, retention_policies: WEEK, ...NOTHING_LOST };
  const { server, provider } = await opened(
    {
      'GET /admin/v2/clusters': { body: ['eu'] },
      [`GET ${SPACE}`]: { body: space },
      [`GET ${TOPICS}`]: { body: topics.map((name) => `persistent://platformq/acme/${name}`) },
      [`GET ${TOPICS}/partitioned`]: { body: [] },
      ...Object.fromEntries(topics.map((name) => [`GET ${TOPICS}/${name}/subscriptions`, { body: ['us'] }])),
      ...NONE,
      ...routes,
    },
    { heardTopics },
  );
  const wanted = (more: object = {}) =>
    provider.spec.parse({ topics: Object.fromEntries(topics.map((name) => [name, ['us']])), ...more });
  const planned = async (spec = wanted()) => provider.plan(ref, spec, await provider.observe(ref, scope()));
  const looks = () => server.lines().filter((line) => POLICIES.some((policy) => line.includes(`/${policy}`)));
  return { server, provider, wanted, planned, looks };
}

const retention = (retentionTimeInMinutes: number, retentionSizeInMB: number) => ({
  retentionTimeInMinutes,
  retentionSizeInMB,
});

test.each([
  ['messageTTL', 5, true],
  ['messageTTL', 0, false],
  ['messageTTL', null, false],
  ['retention', retention(0, 0), true],
  ['retention', retention(10_079, -1), true],
  ['retention', retention(10_080, 500), true],
  ['retention', retention(10_080, -1), false],
  ['retention', retention(20_160, -1), false],
  ['retention', retention(-1, -1), false],
  ['subscriptionExpirationTime', 1, true],
  ['subscriptionExpirationTime', 0, false],
])('1 on a topic that is heard, %s %j is a difference: %j', async (policy, body, differs) => {
  for (const [query, path] of [
    [SCOPES[0], `/topics/heard/${policy}`],
    [SCOPES[1], `/topics/heard/${policy}/global`],
  ]) {
    const { planned } = await brokerOf({ [`GET ${HEARD}/${policy}${query}`]: { body } });
    const change = { path, from: body, to: null, weight: 'settings' };
    expect(await planned()).toEqual(differs ? [change] : []);
  }
});

test('1 what a topic keeps, and how long it waits, is held against the namespace’s file', async () => {
  const { planned, wanted } = await brokerOf({
    [`GET ${HEARD}/messageTTL?isGlobal=false`]: { body: 60 },
    [`GET ${HEARD}/retention?isGlobal=false`]: { body: retention(60, 100) },
  });
  const like = { retentionMinutes: 60, retentionMegabytes: 100, messageTtlSeconds: 60 };
  const paths = async (more: object) =>
    (await planned(wanted({ ...like, ...more }))).map(({ path }) => path).filter((path) => path.startsWith('/topics'));
  expect(await paths({})).toEqual([]);
  expect(await paths({ messageTtlSeconds: 61 })).toEqual(['/topics/heard/messageTTL']);
  expect(await paths({ messageTtlSeconds: 59 })).toEqual([]);
  expect(await paths({ retentionMegabytes: 101 })).toEqual(['/topics/heard/retention']);
});

test('1 a subscription that expires differs, however short messages may live', async () => {
  const { planned, wanted } = await brokerOf({
    [`GET ${HEARD}/subscriptionExpirationTime?isGlobal=false`]: { body: 90 },
  });
  const paths = (await planned(wanted({ messageTtlSeconds: 60 }))).map(({ path }) => path);
  expect(paths).toContain('/topics/heard/subscriptionExpirationTime');
});

test('1 a topic on which nobody of ours has a subscription is left alone', async () => {
  const { planned, wanted } = await brokerOf({ [`GET ${HEARD}/messageTTL`]: { body: 5 } });
  expect(await planned(wanted({ topics: {} }))).toEqual([]);
  expect(await planned(wanted({ topics: { heard: [] } }))).toEqual([]);
});

test('2 each policy of a heard topic that is there is asked for once in each scope, and of no other', async () => {
  const there = await brokerOf({}, ['heard', 'other']);
  await there.planned();
  expect([...there.looks()].sort()).toEqual(
    POLICIES.flatMap((policy) => SCOPES.map((query) => `GET ${HEARD}/${policy}${query}`)).sort(),
  );
  const absent = await brokerOf({}, ['other']);
  await absent.planned();
  expect(absent.looks()).toEqual([]);
});

test('2 of many topics that are heard, as many are looked at as the bound says', async () => {
  const names = Array.from({ length: 9 }, (_, index) => `t${index}`);
  const none = names.flatMap((name) => POLICIES.map((policy) => [`GET ${TOPICS}/${name}/${policy}`, { status: 204 }]));
  const { planned, looks } = await brokerOf(Object.fromEntries(none), names, names);
  await planned();
  expect(looks()).toHaveLength(8 * POLICIES.length * SCOPES.length);
});

const PAGE = '<html><title>Error 404 Not Found</title></html>';
test.each([
  [404, { reason: 'Topic persistent://platformq/acme/heard not found' }],
  [404, PAGE],
  [405, DISABLED],
  [405, '<html><title>Error 405 Method Not Allowed</title></html>'],
  [412, DISABLED],
  [500, DISABLED],
])('3 a topic whose broker answers %i %j has no policies', async (status, body) => {
  const { provider } = await brokerOf(everyPolicy({ status, body }));
  expect(await provider.observe(ref, scope())).not.toHaveProperty('topicPolicies');
});

test('3 a broker that fails has not told that there are none', async () => {
  const { planned } = await brokerOf(everyPolicy({ status: 500, body: { reason: 'metadata store' } }));
  await expect(planned()).rejects.toMatchObject({ class: 'Unavailable', code: 'BackendFailed' });
  const forbidden = await brokerOf(everyPolicy({ status: 403, body: DISABLED }));
  await expect(forbidden.planned()).rejects.toMatchObject({ code: 'AccessDenied' });
});

test('4 what differs is removed where it was set, one after the other, and nothing else is touched', async () => {
  const removed = (policy: string) => [`DELETE ${HEARD}/${policy}`, { status: 204 }] as const;
  const { server, provider, wanted, planned } = await brokerOf({
    [`GET ${HEARD}/messageTTL?isGlobal=false`]: { body: 5 },
    [`GET ${HEARD}/retention?isGlobal=true`]: { body: retention(0, 0) },
    [`GET ${HEARD}/subscriptionExpirationTime`]: { body: 1 },
    ...Object.fromEntries(POLICIES.map(removed)),
    [`DELETE ${HEARD}/retention`]: { status: 404, body: { reason: 'Topic not found' } },
  });
  const changes = await planned();
  await provider.ensure(ref, wanted(), changes, scope());
  expect(server.effects().map(({ method, path }) => `${method} ${path}`)).toEqual([
    `DELETE ${HEARD}/messageTTL?isGlobal=false`,
    `DELETE ${HEARD}/retention?isGlobal=true`,
    `DELETE ${HEARD}/subscriptionExpirationTime?isGlobal=false`,
    `DELETE ${HEARD}/subscriptionExpirationTime?isGlobal=true`,
  ]);
  const before = server.effects().length;
  await provider.ensure(ref, wanted(), changes.slice(0, 1), scope());
  expect(
    server
      .effects()
      .slice(before)
      .map(({ path }) => path),
  ).toEqual([`${HEARD}/messageTTL?isGlobal=false`]);
});

test('a namespace whose subscriptions expire differs, and is told that they never do', async () => {
  const expiring = (minutes: number) => ({
    [`GET ${SPACE}`]: {
      body: {
        properties: PROPERTIES,
        retention_policies: WEEK,
        ...NOTHING_LOST,
        subscription_expiration_time_minutes: minutes,
      },
    },
    [`POST ${SPACE}/subscriptionExpirationTime`]: { status: 204 },
  });
  const { server, provider, wanted, planned } = await brokerOf(expiring(1));
  const changes = await planned();
  expect(changes).toEqual([{ path: '/subscriptionExpirationMinutes', from: 1, to: 0, weight: 'settings' }]);
  await provider.ensure(ref, wanted(), changes, scope());
  expect(server.effects().map(({ method, path, body }) => [method, path, body])).toEqual([
    ['POST', `${SPACE}/subscriptionExpirationTime`, 0],
  ]);
  expect(await (await brokerOf(expiring(0))).planned()).toEqual([]);
});

const EVICTS = { limitSize: 10, limitTime: -1, policy: 'consumer_backlog_eviction' };
const HOLDS = { limitSize: 10, limitTime: -1, policy: 'producer_request_hold' };
test.each([
  ['evicts by bytes', { destination_storage: EVICTS }, ['destination_storage']],
  ['evicts by age', { message_age: { ...EVICTS, limitTime: 60 } }, ['message_age']],
  ['evicts by both', { destination_storage: EVICTS, message_age: EVICTS }, ['destination_storage', 'message_age']],
  ['holds producers', { destination_storage: HOLDS, message_age: EVICTS }, ['message_age']],
  ['fails producers', { destination_storage: { ...HOLDS, policy: 'producer_exception' } }, []],
  ['says no policy', { destination_storage: { limitSize: 10 }, message_age: null }, []],
  ['is none', {}, []],
  ['is not told', null, []],
])('1 on a topic that is heard, a backlog quota that %s differs for %j: %j', async (_how, body, differing) => {
  for (const [query, scopeOf] of [
    [SCOPES[0], ''],
    [SCOPES[1], '/global'],
  ]) {
    const { planned } = await brokerOf({ [`GET ${HEARD}/backlogQuotaMap${query}`]: { body } });
    const change = (quota: string) => ({
      path: `/topics/heard/backlogQuota/${quota}${scopeOf}`,
      from: body?.[quota as keyof typeof body],
      to: null,
      weight: 'settings',
    });
    expect(await planned()).toEqual(differing.map(change));
  }
});

test('4 a backlog quota of a topic that evicts is removed by its kind and scope, and no other', async () => {
  const { server, provider, wanted, planned } = await brokerOf({
    [`GET ${HEARD}/backlogQuotaMap?isGlobal=false`]: { body: { destination_storage: HOLDS, message_age: EVICTS } },
    [`GET ${HEARD}/backlogQuotaMap?isGlobal=true`]: { body: { destination_storage: EVICTS } },
    [`DELETE ${HEARD}/backlogQuota`]: { status: 204 },
  });
  await provider.ensure(ref, wanted(), await planned(), scope());
  expect(server.effects().map(({ method, path }) => `${method} ${path}`)).toEqual([
    `DELETE ${HEARD}/backlogQuota?isGlobal=false&backlogQuotaType=message_age`,
    `DELETE ${HEARD}/backlogQuota?isGlobal=true&backlogQuotaType=destination_storage`,
  ]);
});

test('a namespace that leaves it to the broker how long messages and subscriptions live is told that they never end', async () => {
  const silent = { properties: PROPERTIES, retention_policies: WEEK };
  const { server, provider, wanted, planned } = await brokerOf({
    [`GET ${SPACE}`]: { body: silent },
    [`POST ${SPACE}/messageTTL`]: { status: 204 },
    [`POST ${SPACE}/subscriptionExpirationTime`]: { status: 204 },
  });
  const changes = await planned();
  const change = (path: string) => ({ path, from: 'as the broker has it', to: 'never', weight: 'settings' });
  expect(changes).toEqual(['/messageTtlSeconds', '/subscriptionExpirationMinutes'].map(change));
  await provider.ensure(ref, wanted(), changes, scope());
  expect(server.effects().map(({ method, path, body }) => [method, path, body])).toEqual([
    ['POST', `${SPACE}/subscriptionExpirationTime`, 0],
    ['POST', `${SPACE}/messageTTL`, 0],
  ]);
  expect((await planned(wanted({ messageTtlSeconds: 60 }))).map(({ path, to }) => [path, to])).toEqual([
    ['/messageTtlSeconds', 60],
    ['/subscriptionExpirationMinutes', 'never'],
  ]);
});

test('the mark alone tells whether a namespace is adopted or deleted, however its topics answer', async () => {
  const failing = { status: 500, body: { reason: 'metadata store' } };
  const { server, provider, wanted } = await brokerOf({
    ...everyPolicy(failing),
    [`GET ${TOPICS}/heard/subscriptions`]: failing,
    [`GET ${TOPICS}`]: { body: [] },
    [`POST ${SPACE}/autoTopicCreation`]: { status: 204 },
    [`DELETE ${SPACE}`]: { status: 204 },
  });
  await provider.adopt?.(ref, wanted(), scope());
  await provider.delete(ref, scope());
  expect(server.effects().map(({ method, path }) => `${method} ${path}`)).toEqual([
    `POST ${SPACE}/autoTopicCreation`,
    `DELETE ${SPACE}`,
  ]);
});
