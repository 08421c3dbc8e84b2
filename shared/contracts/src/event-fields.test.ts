/** Fields of events at their bounds: what is kept, what counts as absent, and what is no instant. */
import { expect, test } from 'vitest';
import {
  EVENT_SCHEMAS,
  instantSchema,
  isEventTopic,
  tenantCreatedSchema,
  tenantDeletedSchema,
  tenantUpgradedSchema,
} from './event.ts';

const base = { tenant_id: 'acme', tenant_name: 'Acme', tier: 'custom' };
const limits = {
  cpu_cores: 1,
  memory_gb: 2,
  storage_gb: 3,
  max_pods: 4,
  max_services: 5,
  gpu_count: 0,
  monthly_cost_usd: null,
};

test('each topic has its schema, and no other name has one', () => {
  expect(EVENT_SCHEMAS).toEqual({
    'tenant-created-events': tenantCreatedSchema,
    'tenant-upgraded-events': tenantUpgradedSchema,
    'tenant-deleted-events': tenantDeletedSchema,
  });
  expect(['tenant-created-events', 'tenant-created', 'toString'].map(isEventTopic)).toEqual([true, false, false]);
});

test('all that an event tells is kept', () => {
  const event = { ...base, event_id: 'e1', created_by: 'ada', created_at: 5, limits };
  expect(tenantCreatedSchema.parse(event)).toEqual(event);
  const upgrade = { event_id: 'e2', tenant_id: 'acme', previous_tier: 'free', new_tier: 'custom', limits };
  expect(tenantUpgradedSchema.parse(upgrade)).toEqual(upgrade);
  const deletion = { event_id: 'e3', tenant_id: 'acme', deleted_by: 'ada', reason: 'moved' };
  expect(tenantDeletedSchema.parse(deletion)).toEqual(deletion);
});

test.each([
  ['null', null, true],
  ['of nulls', { cpu_cores: null, memory_gb: null }, true],
  ['of nothing', {}, true],
  ['of nulls and what is not there', { cpu_cores: null, memory_gb: undefined }, true],
  ['with one value among nulls', { cpu_cores: 1, memory_gb: null }, false],
  ['a text', 'unlimited', false],
  ['a number', 0, false],
])('limits that are %s count as absent, or are refused', (_what, given, absent) => {
  const { success, data } = tenantCreatedSchema.safeParse({ ...base, limits: given });
  expect([success, data?.limits]).toEqual([absent, undefined]);
});

test('an event id has 1 to 200 characters, words at most 1000', () => {
  const takes = (more: object) => tenantDeletedSchema.safeParse({ tenant_id: 'acme', ...more }).success;
  expect(['a', 'a'.repeat(200), '', 'a'.repeat(201)].map((event_id) => takes({ event_id }))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(['', 'a'.repeat(1000), 'a'.repeat(1001)].map((reason) => takes({ reason }))).toEqual([true, true, false]);
});

test.each([
  [0, 0],
  [5, 5],
  [1_769_860_800_000.75, 1_769_860_800_000],
  ['100000000000', 100_000_000_000],
  ['253402300799999', 253_402_300_799_999],
])('%j is the instant %i', (given, ms) => {
  expect(instantSchema.parse(given)).toBe(ms);
});

test.each([
  '99999999999',
  '1000000000000000',
  'x1769860800000',
  '1769860800000x',
  '-1769860800000',
  new Date(Number.NaN),
])('%s is no instant', (given) => {
  expect(instantSchema.safeParse(given).success).toBe(false);
});
