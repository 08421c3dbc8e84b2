/** The broker's record of a namespace as settings, with what it leaves out and what older brokers call otherwise. */
import { expect, test } from 'vitest';
import { NOTHING_LOST } from '../../test/canned-broker.ts';
import { ownerIn, type Policies, settingsIn } from './policies.ts';

const NOTHING = {
  retentionMinutes: 0,
  retentionMegabytes: 0,
  messageTtlSeconds: null,
  backlogQuotaBytes: null,
  backlogPolicy: null,
  evictsByAge: false,
  publishRate: null,
  dispatchRate: null,
  permissions: {},
};

const CASES: readonly (readonly [Policies, object])[] = [
  [{}, {}],
  [
    { retention_policies: { retentionTimeInMinutes: -1, retentionSizeInMB: 7 } },
    { retentionMinutes: -1, retentionMegabytes: 7 },
  ],
  [{ message_ttl_in_seconds: 0 }, {}],
  [{ message_ttl_in_seconds: 1 }, { messageTtlSeconds: 1 }],
  [{ subscription_expiration_time_minutes: 0 }, {}],
  [{ subscription_expiration_time_minutes: 1 }, { subscriptionExpirationMinutes: 1 }],
  [
    { backlog_quota_map: { destination_storage: { limitSize: 5, policy: 'producer_exception' } } },
    { backlogQuotaBytes: 5, backlogPolicy: 'producer_exception' },
  ],
  [{ backlog_quota_map: { destination_storage: { limit: 6 } } }, { backlogQuotaBytes: 6 }],
  [{ backlog_quota_map: { message_age: { policy: 'consumer_backlog_eviction' } } }, { evictsByAge: true }],
  [{ backlog_quota_map: { message_age: { policy: 'producer_request_hold' } } }, {}],
  [{ publishMaxMessageRate: { other: { publishThrottlingRateInMsg: 5 } } }, {}],
  [
    { publishMaxMessageRate: { eu: { publishThrottlingRateInMsg: 5 } } },
    { publishRate: { messagesPerSecond: 5, bytesPerSecond: -1 } },
  ],
  [
    { topicDispatchRate: { eu: { dispatchThrottlingRateInByte: 6 } } },
    { dispatchRate: { messagesPerSecond: -1, bytesPerSecond: 6 } },
  ],
  [
    { auth_policies: { namespace_auth: { b: ['sinks', 'consume'], a: [] } } },
    { permissions: { b: ['consume', 'sinks'], a: [] } },
  ],
  [
    { auth_policies: { destination_auth: { t: { r: ['produce', 'consume'] }, empty: {} } } },
    { grants: { topics: { t: { r: ['consume', 'produce'] } }, subscriptions: {} } },
  ],
  [
    { auth_policies: { subscription_auth_roles: { s: ['b', 'a'], none: [] } } },
    { grants: { topics: {}, subscriptions: { s: ['a', 'b'] } } },
  ],
];

test.each(CASES)('%j', (policies, expected) => {
  expect(settingsIn({ ...NOTHING_LOST, ...policies }, 'eu')).toEqual({ ...NOTHING, ...expected });
});

test('2 what a namespace leaves to the broker’s own settings is told apart from what it says', () => {
  const unsaid = (policies: Policies) => settingsIn(policies, 'eu').unsaid;
  expect(unsaid({})).toEqual(['messageTtlSeconds', 'subscriptionExpirationMinutes']);
  expect(unsaid({ message_ttl_in_seconds: null, subscription_expiration_time_minutes: 5 })).toEqual([
    'messageTtlSeconds',
  ]);
  expect(unsaid({ message_ttl_in_seconds: 5, subscription_expiration_time_minutes: null })).toEqual([
    'subscriptionExpirationMinutes',
  ]);
  expect(unsaid(NOTHING_LOST)).toBeUndefined();
});

test('a mark is a tenant and a whole generation', () => {
  const mark = { 'leasehold-tenant': 'acme', 'leasehold-generation': '3' };
  expect(ownerIn(mark)).toEqual({ tenantId: 'acme', generation: 3 });
  expect(ownerIn({ 'leasehold-generation': '3' })).toBeUndefined();
  expect(ownerIn({ 'leasehold-tenant': 'acme' })).toBeUndefined();
  expect(ownerIn({ ...mark, 'leasehold-generation': '3.5' })).toBeUndefined();
});
