import { expect, test } from 'vitest';
import { instantSchema, tenantCreatedSchema, tenantDeletedSchema, tenantUpgradedSchema } from './event.ts';
import { provisionRequestSchema, redriveRequestSchema } from './rest-tenant.ts';

const base = { tenant_id: 'ACME', tenant_name: 'Acme', tier: 'Starter' };

test('ids and tiers are taken in any letter case, unknown fields are ignored, nulls are absences', () => {
  expect(tenantCreatedSchema.parse({ ...base, created_by: null, created_at: null, surprise: 1 })).toEqual({
    tenant_id: 'acme',
    tenant_name: 'Acme',
    tier: 'starter',
  });
});

test('an optional record of nulls, as some Avro writers send it, is an absence', () => {
  const limits = { cpu_cores: null, memory_gb: null };
  expect(tenantCreatedSchema.parse({ ...base, limits }).limits).toBeUndefined();
  expect(
    tenantUpgradedSchema.parse({ tenant_id: 'a', previous_tier: 'free', new_tier: 'custom', limits }).limits,
  ).toBeUndefined();
});

test('an instant is ISO 8601, epoch milliseconds, or the same as digits', () => {
  const ms = Date.UTC(2026, 0, 31, 12);
  for (const given of ['2026-01-31T12:00:00Z', ms, String(ms), new Date(ms)])
    expect(instantSchema.parse(given)).toBe(ms);
  for (const bad of ['soon', -1, Number.NaN]) expect(instantSchema.safeParse(bad).success).toBe(false);
});

test.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata'])(
  'created_at without a zone is UTC on a machine in %s',
  (zone) => {
    const home = process.env['TZ'];
    process.env['TZ'] = zone;
    const created = (at: unknown) => tenantCreatedSchema.safeParse({ ...base, created_at: at }).data?.created_at;
    expect(created('2026-01-31T12:00:00.250000')).toBe(Date.UTC(2026, 0, 31, 12, 0, 0, 250));
    expect(created('2026-01-31')).toBe(Date.UTC(2026, 0, 31));
    if (home === undefined) delete process.env['TZ'];
    else process.env['TZ'] = home;
  },
);

test.each([
  '1',
  '03/11/2026',
  '2026-13-01',
  '2026-02-30',
  '20260131',
  '1769860800',
  '',
  '253402300800000',
  253_402_300_800_000,
])('what is no time makes an event invalid, with the value that came: %j', (at) => {
  const { error } = tenantCreatedSchema.safeParse({ ...base, created_at: at });
  expect(error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['created_at', 'must be ISO 8601 or epoch milliseconds'],
  ]);
});

test('every problem of an event is told at once', () => {
  const result = tenantCreatedSchema.safeParse({ tenant_id: 'system', tier: 'gold' });
  expect(result.error?.issues.map(({ path }) => path.join('.')).sort()).toEqual(['tenant_id', 'tenant_name', 'tier']);
});

test('half characters and control characters: refused in names and where a person can mend them, replaced in what an event tells on', () => {
  for (const bad of ['a\u0000b', 'a\ud800b', 'a\udc00', 'a\u001bb']) {
    expect(tenantCreatedSchema.safeParse({ ...base, tenant_name: bad }).success).toBe(false);
    const body = { tenant_id: 'a', tenant_name: 'A', tier: 'free' };
    expect(provisionRequestSchema.safeParse({ ...body, requested_by: bad }).success).toBe(false);
    expect(redriveRequestSchema.safeParse({ reason: bad }).success).toBe(false);
    const { reason } = tenantDeletedSchema.parse({ tenant_id: 'a', reason: bad });
    expect(reason).toBe(bad.replace(/[^ab]/, '\ufffd'));
  }
  expect(tenantDeletedSchema.parse({ tenant_id: 'a', reason: 'two\nlines 😀' }).reason).toBe('two\nlines 😀');
  expect(redriveRequestSchema.parse({ reason: ' zwei\nZeilen 😀 ' }).reason).toBe('zwei\nZeilen 😀');
});
