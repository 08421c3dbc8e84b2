import { bound, type Log, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { type HandAdmin, type HandAnswer, handAdmin } from '../test/scripted-admin.ts';
import { busBounds } from './bounds.ts';
import type { NamespacePlan, TopicPlan } from './port.ts';
import { createEnsure } from './pulsar-ensure.ts';

const DAY_MS = 86_400_000;
const V2 = '/admin/v2';
const topicOf = (name: string, more: Partial<TopicPlan> = {}): TopicPlan => ({
  topic: `persistent://mesh/system/${name}`,
  subscriptions: [],
  ...more,
});

interface Change {
  readonly answers?: Readonly<Record<string, HandAnswer | Promise<HandAnswer>>>;
  readonly cluster?: string;
  readonly log?: Log;
  readonly parallel?: number;
}

/** An admin API where everything is there and empty, but for what the table says. */
function setUp({ answers = {}, cluster, log = silentLog, parallel = 1 }: Change = {}) {
  const admin: HandAdmin = handAdmin((line) => answers[line] ?? { json: [] });
  const run = createEnsure({
    admin,
    log,
    cluster,
    bounds: busBounds({ ensureParallel: bound('bus.ensureParallel', parallel) }),
  });
  return {
    admin,
    run: (plan: { readonly namespaces?: readonly NamespacePlan[]; readonly topics?: readonly TopicPlan[] }) =>
      run({ namespaces: plan.namespaces ?? [], topics: plan.topics ?? [] }),
  };
}

const NAMESPACE: NamespacePlan = { namespace: 'mesh/system', retentionMs: 7 * DAY_MS };
const WEEK = '{"retentionTimeInMinutes":10080,"retentionSizeInMB":-1}';

test.each([
  ['none', undefined, true],
  ['null', null, true],
  ['an unknown shape', {}, true],
  ['a shorter one', { retentionTimeInMinutes: 10_079, retentionSizeInMB: -1 }, true],
  ['none kept', { retentionTimeInMinutes: 0, retentionSizeInMB: 0 }, true],
  ['the same', { retentionTimeInMinutes: 10_080, retentionSizeInMB: -1 }, false],
  ['a longer one', { retentionTimeInMinutes: 10_081, retentionSizeInMB: -1 }, false],
  ['for ever', { retentionTimeInMinutes: -1, retentionSizeInMB: -1 }, false],
])('1: a namespace with the retention %s is made longer: %s', async (...[, retention, isSet]) => {
  const { admin, run } = setUp({
    answers: { [`GET ${V2}/namespaces/mesh/system`]: { json: { retention_policies: retention } } },
  });
  await run({ namespaces: [NAMESPACE] });
  expect(admin.calls).toEqual([
    `GET ${V2}/namespaces/mesh/system`,
    ...(isSet ? [`POST ${V2}/namespaces/mesh/system/retention ${WEEK}`] : []),
  ]);
});

test('a retention is told in minutes, never in fewer than it has', async () => {
  const { admin, run } = setUp({ answers: { [`GET ${V2}/namespaces/mesh/system`]: { json: {} } } });
  await run({ namespaces: [{ namespace: 'mesh/system', retentionMs: 60_001 }] });
  expect(admin.calls[1]).toContain('"retentionTimeInMinutes":2,');
});

test('a namespace and a tenant that are missing are made, the tenant first, for the cluster that there is', async () => {
  const told: string[] = [];
  const { admin, run } = setUp({
    answers: {
      [`GET ${V2}/namespaces/mesh/system`]: { status: 404 },
      [`GET ${V2}/tenants/mesh`]: { status: 404 },
      [`GET ${V2}/clusters`]: { json: ['global', 'east'] },
    },
    log: { ...silentLog, info: (message) => void told.push(message) },
  });
  await run({ namespaces: [NAMESPACE] });
  expect(admin.calls).toEqual([
    `GET ${V2}/namespaces/mesh/system`,
    `GET ${V2}/tenants/mesh`,
    `GET ${V2}/clusters`,
    `PUT ${V2}/tenants/mesh {"allowedClusters":["east"]}`,
    `PUT ${V2}/namespaces/mesh/system {"retention_policies":${WEEK}}`,
  ]);
  expect(told).toHaveLength(2);
});

test('1: a tenant that is there is left as it is', async () => {
  const { admin, run } = setUp({ answers: { [`GET ${V2}/namespaces/mesh/system`]: { status: 404 } } });
  await run({ namespaces: [NAMESPACE] });
  expect(admin.calls.filter((line) => line.includes('/tenants/'))).toEqual([`GET ${V2}/tenants/mesh`]);
});

test('2: a namespace that appeared meanwhile is what was wanted, but for a retention that is too short', async () => {
  let looks = 0;
  const admin = handAdmin((line) => {
    if (line === `PUT ${V2}/namespaces/mesh/system`) return { status: 409 };
    if (line !== `GET ${V2}/namespaces/mesh/system`) return { json: [] };
    looks += 1;
    return looks === 1 ? { status: 404 } : { json: { retention_policies: null } };
  });
  const ensure = createEnsure({ admin, log: silentLog, bounds: busBounds() });
  await ensure({ namespaces: [NAMESPACE], topics: [] });
  expect(admin.calls.slice(-2)).toEqual([
    `GET ${V2}/namespaces/mesh/system`,
    `POST ${V2}/namespaces/mesh/system/retention ${WEEK}`,
  ]);
});

const missing: Readonly<Record<string, HandAnswer>> = {
  [`GET ${V2}/namespaces/mesh/system`]: { status: 404 },
  [`GET ${V2}/tenants/mesh`]: { status: 404 },
};
const madeFor = async (change: Change): Promise<string | undefined> => {
  const { admin, run } = setUp({ ...change, answers: { ...missing, ...change.answers } });
  await run({ namespaces: [NAMESPACE] });
  return admin.calls.find((line) => line.startsWith('PUT /admin/v2/tenants'));
};

test('the cluster is the one that is set, the only one, or the one that the broker says it is in', async () => {
  const of = (name: string) => `PUT ${V2}/tenants/mesh {"allowedClusters":["${name}"]}`;
  expect(await madeFor({ cluster: 'set' })).toBe(of('set'));
  const several = { [`GET ${V2}/clusters`]: { json: ['east', 'west'] } };
  const runtime = `GET ${V2}/brokers/configuration/runtime`;
  expect(await madeFor({ answers: { ...several, [runtime]: { json: { clusterName: 'west' } } } })).toBe(of('west'));
  expect(await madeFor({ answers: { [runtime]: { json: { clusterName: 'mine' } } } })).toBe(of('mine'));
  await expect(madeFor({ answers: { ...several, [runtime]: { json: {} } } })).rejects.toMatchObject({
    class: 'Unavailable',
    message: 'Pulsar names 2 clusters and not its own: PULSAR_CLUSTER must be set',
  });
  const nothing = { [`GET ${V2}/clusters`]: {}, [runtime]: {} };
  await expect(madeFor({ answers: nothing })).rejects.toThrow('names 0 clusters');
});

test('4, 5: a topic that is missing is made without partitions, its subscriptions at the earliest message', async () => {
  const { admin, run } = setUp();
  await run({ topics: [topicOf('a b', { subscriptions: ['s', 'ü'] })] });
  expect(admin.calls).toEqual([
    `GET ${V2}/persistent/mesh/system`,
    `GET ${V2}/persistent/mesh/system/partitioned`,
    `PUT ${V2}/persistent/mesh/system/a%20b`,
    `GET ${V2}/persistent/mesh/system/a%20b/subscriptions`,
    `PUT ${V2}/persistent/mesh/system/a%20b/subscription/s "earliest"`,
    `PUT ${V2}/persistent/mesh/system/a%20b/subscription/%C3%BC "earliest"`,
  ]);
});

test('1: a topic and a subscription that are there are not made again', async () => {
  const { admin, run } = setUp({
    answers: {
      [`GET ${V2}/persistent/mesh/system`]: { json: ['persistent://mesh/system/x'] },
      [`GET ${V2}/persistent/mesh/system/x/subscriptions`]: { json: ['s'] },
    },
  });
  await run({ topics: [topicOf('x', { subscriptions: ['s', 'new'] })] });
  expect(admin.calls.filter((line) => line.startsWith('PUT'))).toEqual([
    `PUT ${V2}/persistent/mesh/system/x/subscription/new "earliest"`,
  ]);
});

test('3: a topic with partitions is not made; its subscriptions are asked for whatever one partition tells', async () => {
  const { admin, run } = setUp({
    answers: { [`GET ${V2}/persistent/mesh/system/partitioned`]: { json: ['persistent://mesh/system/x'] } },
  });
  await run({ topics: [topicOf('x', { subscriptions: ['s'] })] });
  expect(admin.calls.slice(2)).toEqual([`PUT ${V2}/persistent/mesh/system/x/subscription/s "earliest"`]);
});

test('2: a topic or a subscription that appeared meanwhile is what was wanted', async () => {
  const { run } = setUp({
    answers: {
      [`PUT ${V2}/persistent/mesh/system/x`]: { status: 409 },
      [`PUT ${V2}/persistent/mesh/system/x/subscription/s`]: { status: 409 },
    },
  });
  await expect(run({ topics: [topicOf('x', { subscriptions: ['s'] })] })).resolves.toBeUndefined();
});

test('a retention of a topic of its own is set where it is shorter, and not looked at where there is none', async () => {
  const retention = `GET ${V2}/persistent/mesh/system/x/retention`;
  const { admin, run } = setUp({ answers: { [retention]: {} } });
  await run({ topics: [topicOf('x', { retentionMs: 7 * DAY_MS }), topicOf('y')] });
  expect(admin.calls.filter((line) => line.includes('retention'))).toEqual([
    retention,
    `POST ${V2}/persistent/mesh/system/x/retention ${WEEK}`,
  ]);
  const long = setUp({ answers: { [retention]: { json: { retentionTimeInMinutes: -1, retentionSizeInMB: -1 } } } });
  await long.run({ topics: [topicOf('x', { retentionMs: 7 * DAY_MS })] });
  expect(long.admin.calls.at(-1)).toBe(retention);
});

test('each namespace is listed once, however many of its topics are planned', async () => {
  const { admin, run } = setUp();
  await run({ topics: [topicOf('x'), topicOf('y'), { topic: 'persistent://mesh/other/z', subscriptions: [] }] });
  expect(admin.calls.filter((line) => line.startsWith('GET'))).toEqual([
    `GET ${V2}/persistent/mesh/system`,
    `GET ${V2}/persistent/mesh/system/partitioned`,
    `GET ${V2}/persistent/mesh/other`,
    `GET ${V2}/persistent/mesh/other/partitioned`,
  ]);
});

test('6: a topic that cannot be made keeps no other from being made, and its fault is thrown at the end', async () => {
  const { admin, run } = setUp({ answers: { [`PUT ${V2}/persistent/mesh/system/x`]: { status: 412 } } });
  await expect(run({ topics: [topicOf('x'), topicOf('y-partition-0'), topicOf('z')] })).rejects.toThrow('answered 412');
  expect(admin.calls.slice(2)).toEqual([`PUT ${V2}/persistent/mesh/system/x`, `PUT ${V2}/persistent/mesh/system/z`]);
});

test('6: a broker that is away fails the rest at once', async () => {
  const admin = handAdmin((line) => (line.startsWith('PUT') ? undefined : { json: [] }));
  const bounds = busBounds({ ensureParallel: bound('bus.ensureParallel', 1) });
  const ensure = createEnsure({ admin, log: silentLog, bounds });
  const topics = [topicOf('x'), topicOf('y'), topicOf('z')];
  await expect(ensure({ namespaces: [], topics }, undefined)).rejects.toMatchObject({ away: true });
  expect(admin.calls.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
});

test('6: a bug of ours stops the rest too', async () => {
  const { admin, run } = setUp({
    answers: { [`PUT ${V2}/persistent/mesh/system/x`]: Promise.reject(new TypeError('ours')) },
  });
  await expect(run({ topics: [topicOf('x'), topicOf('y')] })).rejects.toThrow('ours');
  expect(admin.calls.at(-1)).toBe(`PUT ${V2}/persistent/mesh/system/x`);
});

test('no more topics are made at once than the bound says', async () => {
  let most = 0;
  let now = 0;
  const admin = handAdmin(async (line) => {
    if (!line.startsWith('PUT')) return { json: [] };
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return {};
  });
  const bounds = busBounds({ ensureParallel: bound('bus.ensureParallel', 3) });
  await createEnsure({ admin, log: silentLog, bounds })({
    namespaces: [],
    topics: Array.from({ length: 9 }, (_, at) => topicOf(`t${at}`)),
  });
  expect([most, admin.calls.filter((line) => line.startsWith('PUT')).length]).toEqual([3, 9]);
});
