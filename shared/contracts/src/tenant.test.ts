/** What a tenant id, a name, a tier and limits are on the wire, at their bounds. */
import { describe, expect, test } from 'vitest';
import * as tenant from './tenant.ts';

const { limitsSchema, plainTextSchema, tenantIdProblem, tenantIdSchema, tenantNameSchema, tierSchema } = tenant;
const accepts = (schema: { safeParse: (value: unknown) => { success: boolean } }) => (value: unknown) =>
  schema.safeParse(value).success;

test('the words of the platform', () => {
  expect(tenant.RESERVED_TENANT_IDS).toEqual([
    'system',
    'global',
    'compute',
    'provisioning',
    'public',
    'default',
    'platform',
    'pool',
  ]);
  expect(tenant.TIERS).toEqual(['free', 'starter', 'professional', 'enterprise', 'custom']);
  expect(tenant.TENANT_STATUSES).toEqual([
    'pending',
    'provisioning',
    'completed',
    'degraded',
    'suspended',
    'failed',
    'deleting',
    'deleted',
  ]);
  expect(tenant.RESOURCE_STATUSES).toEqual([
    'pending',
    'creating',
    'ready',
    'failed',
    'deleting',
    'deleted',
    'skipped',
  ]);
});

test.each([
  'a',
  '7',
  'ab',
  'a-b',
  'a--b',
  '0-9',
  'a'.repeat(41),
  '3b241101-e2bb-4255-8caf-4136c566a962',
  'systems',
  'my-system',
])('%s is a tenant id', (id) => {
  expect([tenantIdProblem(id), tenantIdSchema.parse(id.toUpperCase())]).toEqual([undefined, id]);
});

test.each([
  ['', 'must not be empty'],
  ['a'.repeat(42), 'must have at most 41 characters, got 42'],
  ['-a', 'must be letters, digits and inner hyphens'],
  ['a-', 'must be letters, digits and inner hyphens'],
  ['a_b', 'must be letters, digits and inner hyphens'],
  ['a\n', 'must be letters, digits and inner hyphens'],
  ['System', 'is a reserved word'],
])('%j is none, and is told as it came', (id, message) => {
  expect(tenantIdSchema.safeParse(id).error?.issues).toMatchObject([{ path: [], message }]);
});

test('a tier is taken in any letter case and kept in lower', () => {
  expect(tierSchema.parse('EnterPrise')).toBe('enterprise');
  expect(['gold', '', 5].map(accepts(tierSchema))).toEqual([false, false, false]);
});

test('a name for people has 1 to 200 characters beside the spaces around it, and none that breaks a line', () => {
  expect(tenantNameSchema.parse('  Ünïcode 社 😀  ')).toBe('Ünïcode 社 😀');
  expect(['a', 'a'.repeat(200), ` ${'a'.repeat(200)} `].map(accepts(tenantNameSchema))).toEqual([true, true, true]);
  expect(['', '   ', 'a'.repeat(201), 'a\tb', 'a\nb', 'a\u007fb'].map(accepts(tenantNameSchema))).toEqual(
    Array(6).fill(false),
  );
  const refused = ['a\u0000b', 'a\u001fb', 'a\u009fb', 'a\ud800b', 'a\udfff'];
  expect(refused.map(accepts(tenantNameSchema))).toEqual(Array(5).fill(false));
  expect(['a b', 'a~', 'a\u00a0b', '\ud7ff', '\ue000'].map(accepts(tenantNameSchema))).toEqual(Array(5).fill(true));
});

test('plain text has lines and tabs, a bound, and nothing else that moves a cursor', () => {
  const text = plainTextSchema(5);
  expect(['', 'a\tb\r\n', '12345', '社'].map(accepts(text))).toEqual([true, true, true, true]);
  expect(['123456', 'a\u0007', 'a\u0000', '\u009b', '\ud800'].map(accepts(text))).toEqual(Array(5).fill(false));
  expect(['\u0008', '\u000b', '\u000c', '\u000e', '\u001f'].map(accepts(text))).toEqual(Array(5).fill(false));
  const { issues } = text.safeParse('\u0007\ud800').error ?? expect.unreachable();
  expect(issues.map(({ message }) => message)).toEqual(['must not hold control characters or half characters']);
});

describe('limits', () => {
  const limits = {
    cpu_cores: 0.5,
    memory_gb: 2,
    storage_gb: 3,
    max_pods: 4,
    max_services: 5,
    gpu_count: 0,
    monthly_cost_usd: '99.90',
  };
  const with_ = (more: object): boolean => accepts(limitsSchema)({ ...limits, ...more });

  test('are taken whole, and nothing beside them', () => {
    expect([with_({}), with_({ disks: 1 })]).toEqual([true, false]);
    for (const name of Object.keys(limits)) expect(with_({ [name]: undefined }), name).toBe(false);
  });

  test.each([
    ['cpu_cores', 1_000_000],
    ['memory_gb', 10_000_000],
    ['storage_gb', 8_388_607],
    ['max_pods', 1_000_000],
    ['max_services', 1_000_000],
    ['gpu_count', 100_000],
  ])('%s is a number from 0 to %i', (name, max) => {
    expect([0, max, -1, max + 1, '5', null, Number.NaN].map((value) => with_({ [name]: value }))).toEqual([
      true,
      true,
      ...Array(5).fill(false),
    ]);
  });

  test('what is counted is whole, what is measured need not be', () => {
    for (const name of ['max_pods', 'max_services', 'gpu_count']) expect(with_({ [name]: 1.5 }), name).toBe(false);
    for (const name of ['cpu_cores', 'memory_gb', 'storage_gb']) expect(with_({ [name]: 1.5 }), name).toBe(true);
  });

  test('the most storage is a whole number of bytes that JSON bears exactly', () => {
    expect(Number.isSafeInteger(8_388_607 * 2 ** 30)).toBe(true);
    expect(Number.isSafeInteger(8_388_608 * 2 ** 30)).toBe(false);
  });

  test.each([
    ['0', true],
    ['500', true],
    ['999999999999', true],
    ['0.5', true],
    ['1.2345', true],
    [null, true],
    ['1.23456', false],
    ['01', false],
    ['1.', false],
    ['.5', false],
    ['-1', false],
    ['1e3', false],
    ['1,5', false],
    ['1000000000000', false],
    [' 1', false],
    ['1 ', false],
    ['', false],
    [5, false],
  ])('money is a decimal string, or null for unlimited: %j', (value, accepted) => {
    expect(with_({ monthly_cost_usd: value })).toBe(accepted);
  });
});
