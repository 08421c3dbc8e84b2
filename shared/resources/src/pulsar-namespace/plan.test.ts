/** What differs of a namespace, what a tier's file may say, and which calls a change makes when others are beside it. */
import { ABSENT, type Change, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { AdminCall, PulsarAdmin } from './admin.ts';
import { repairNamespace } from './repair.ts';
import { type NamespaceSeen, namespaceSpec, planNamespace } from './spec.ts';

const ref: Ref = { kind: 'pulsar-namespace', name: 'platformq/acme', tenantId: 'acme', generation: 2, tier: 'free' };
const spec = namespaceSpec.parse({
  backlogQuotaBytes: 1000,
  publishRate: { messagesPerSecond: 5, bytesPerSecond: -1 },
  roles: { a: ['produce'], b: ['consume'] },
  topics: { t: ['s1', 's2'], u: [] },
});
const settled: NamespaceSeen = {
  mark: 'ours',
  generation: 2,
  tier: 'free',
  retentionMinutes: 10_080,
  retentionMegabytes: -1,
  messageTtlSeconds: null,
  backlogQuotaBytes: 1000,
  publishRate: { messagesPerSecond: 5, bytesPerSecond: -1 },
  dispatchRate: null,
  permissions: { a: ['produce'], b: ['consume'] },
  topics: { t: ['s1', 's2'], u: [], theirs: ['x'] },
  backlogPolicy: 'producer_request_hold',
  evictsByAge: false,
};
const plan = (over: Partial<NamespaceSeen>, wanted = spec) => planNamespace(ref, wanted, { ...settled, ...over });
const told = (changes: readonly Change[]) => changes.map(({ path, from, to, weight }) => [path, from, to, weight]);

test('what is as it should be differs in nothing, others’ topics beside it', () => {
  expect(plan({})).toEqual([]);
});

test('what is absent or others’ is a change as a whole, of settings', () => {
  const whole = (from: unknown) => [{ path: '', from, to: spec, weight: 'settings' }];
  expect(planNamespace(ref, spec, ABSENT)).toEqual(whole(null));
  expect(plan({ mark: 'none' })).toEqual(whole('none'));
  expect(plan({ mark: 'foreign' })).toEqual(whole('foreign'));
});

test.each<[Partial<NamespaceSeen>, string, unknown, unknown]>([
  [{ retentionMinutes: 5 }, '/retentionMinutes', 5, 10_080],
  [{ retentionMegabytes: 5 }, '/retentionMegabytes', 5, -1],
  [{ messageTtlSeconds: 5 }, '/messageTtlSeconds', 5, null],
  [{ backlogQuotaBytes: 5 }, '/backlogQuotaBytes', 5, 1000],
  [{ publishRate: null }, '/publishRate', null, { messagesPerSecond: 5, bytesPerSecond: -1 }],
  [{ publishRate: { messagesPerSecond: 6, bytesPerSecond: -1 } }, '/publishRate/messagesPerSecond', 6, 5],
  [
    { dispatchRate: { messagesPerSecond: 6, bytesPerSecond: -1 } },
    '/dispatchRate',
    { messagesPerSecond: 6, bytesPerSecond: -1 },
    null,
  ],
  [
    { backlogPolicy: 'consumer_backlog_eviction' },
    '/backlogQuotaBytes',
    'consumer_backlog_eviction',
    'producer_request_hold',
  ],
  [{ backlogPolicy: null }, '/backlogQuotaBytes', null, 'producer_request_hold'],
  [{ evictsByAge: true }, '/evictsByAge', true, false],
  [{ permissions: { a: ['produce'] } }, '/access/b', null, ['consume']],
  [{ topics: { t: ['s1', 's2'] } }, '/topics/u', null, []],
  [{ topics: { t: ['s2'], u: [] } }, '/topics/t/s1', null, 'earliest'],
  [{ tier: 'gold' }, '/tier', 'gold', 'free'],
  [{ generation: 1 }, '/generation', 1, 2],
])('%j', (over, path, from, to) => {
  expect(told(plan(over))).toEqual([[path, from, to, 'settings']]);
});

test('4 a quota of another size is one difference, whatever it does when it is full', () => {
  expect(plan({ backlogQuotaBytes: 5, backlogPolicy: 'consumer_backlog_eviction' })).toHaveLength(1);
  const free = namespaceSpec.parse({ ...spec, backlogQuotaBytes: null });
  expect(told(plan({ backlogQuotaBytes: null, backlogPolicy: 'x' }, free))).toEqual([
    ['/backlogQuotaBytes', 'x', null, 'settings'],
  ]);
  expect(plan({ backlogQuotaBytes: null, backlogPolicy: null }, free)).toEqual([]);
});

test('2 withdrawn access takes grants on single topics and subscriptions too', () => {
  const withdrawn = namespaceSpec.parse({ ...spec, access: 'withdrawn' });
  const grants = {
    topics: { 'persistent://p/n/t': { eve: ['produce'] as const } },
    subscriptions: { s: ['eve', 'bob'] },
  };
  expect(told(plan({ grants, permissions: {} }, withdrawn))).toEqual([
    ['/accessToTopics/persistent:~1~1p~1n~1t/eve', ['produce'], null, 'settings'],
    ['/accessToSubscriptions/s/eve', 'consume', null, 'settings'],
    ['/accessToSubscriptions/s/bob', 'consume', null, 'settings'],
  ]);
  expect(plan({ grants })).toEqual([]);
});

test('2 roles that the file does not name lose theirs unless it keeps them', () => {
  const permissions = { ...settled.permissions, eve: ['consume'] as const };
  expect(told(plan({ permissions }))).toEqual([['/access/eve', ['consume'], null, 'settings']]);
  expect(plan({ permissions }, namespaceSpec.parse({ ...spec, otherRoles: 'kept' }))).toEqual([]);
});

test('what goes earlier is told in words', () => {
  const words = (over: Partial<NamespaceSeen>, more: object) =>
    plan(over, namespaceSpec.parse({ ...spec, ...more })).map(({ weakens }) => weakens?.would);
  expect(words({ retentionMinutes: -1 }, {})).toEqual(['keep acknowledged messages for 10080 minutes, ever now']);
  expect(words({}, { retentionMegabytes: 7 })).toEqual(['keep acknowledged messages for 7 MB, ever now']);
  expect(words({}, { messageTtlSeconds: 9 })).toEqual(['drop messages that nobody has read after 9 s, never now']);
});

test('1 a quota of what is unread now holds nobody', () => {
  const kinds = (backlogBytes: number) =>
    plan({ backlogQuotaBytes: 5000, backlogBytes }).map(({ weakens }) => weakens?.kind);
  expect([kinds(999), kinds(1000), kinds(1001)]).toEqual([[undefined], [undefined], ['quota-below-use']]);
});

const MIB = 1024 * 1024;
test.each([
  [{ retentionMegabytes: 1, backlogQuotaBytes: MIB }, false],
  [{ retentionMegabytes: 1, backlogQuotaBytes: MIB - 1 }, true],
  [{ retentionMegabytes: -1, backlogQuotaBytes: MIB }, true],
  [{ retentionMegabytes: 0, backlogQuotaBytes: null }, true],
  [{ retentionMegabytes: -2 }, false],
  [{ retentionMinutes: -2 }, false],
  [{ messageTtlSeconds: 0 }, false],
  [{ publishRate: { messagesPerSecond: -2, bytesPerSecond: 0 } }, false],
  [{ publishRate: { messagesPerSecond: -1, bytesPerSecond: -1 } }, true],
  [{ publishRate: { messagesPerSecond: 1 } }, false],
  [{ roles: { a: ['sinks'] } }, false],
  [{ roles: { '': ['produce'] } }, false],
  [{ topics: { 'a b': [] } }, false],
  [{ topics: { 'a/b': [] } }, false],
  [{ topics: { a: ['x y'] } }, false],
  [{ topics: { [`${'a'.repeat(128)}`]: [] } }, true],
  [{ topics: { [`${'a'.repeat(129)}`]: [] } }, false],
  [{ topics: { a: Array.from({ length: 65 }, (_, index) => `s${index}`) } }, false],
])('1 a tier’s file that says %j is taken: %j', (more, isTaken) => {
  expect(namespaceSpec.safeParse(more).success).toBe(isTaken);
});

async function callsFor(...paths: readonly string[]): Promise<readonly AdminCall[]> {
  const calls: AdminCall[] = [];
  const admin = { call: async (one: AdminCall) => calls.push(one) } as unknown as PulsarAdmin;
  const changes = paths.map((path): Change => ({ path, from: null, to: null, weight: 'settings' }));
  const wanted = namespaceSpec.parse({ ...spec, dispatchRate: spec.publishRate });
  await repairNamespace(admin, ref, wanted, settled, changes, new AbortController().signal);
  return calls;
}

test('each difference is a call of its own name, whatever is changed beside it', async () => {
  const named = async (...paths: readonly string[]) =>
    (await callsFor(...paths)).map(({ name, path }) => `${name} ${path.split('/').at(-1)}`);
  expect(await named('/publishRate', '/dispatchRate', '/retentionMinutes', '/evictsByAge')).toEqual([
    'set-retention retention',
    'remove-age-quota backlogQuota?backlogQuotaType=message_age',
    'set-publish-rate publishRate',
    'set-dispatch-rate dispatchRate',
  ]);
  expect(await named('/access/a', '/tier')).toEqual(['grant-permission a', 'mark-namespace properties']);
  expect(await named('/access')).toEqual(['grant-permission a', 'grant-permission b']);
  expect(await named('/topics/t/s2', '/tier')).toEqual(['mark-namespace properties', 'create-subscription s2']);
  expect(await named('/topics/u', '/topics/t/s1')).toEqual(['create-subscription s1']);
  expect(await named()).toEqual([]);
});
