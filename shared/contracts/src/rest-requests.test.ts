/** Requests of the tenants' endpoints: what is taken, what it means where nothing is said, and what is refused by name. */
import { expect, test } from 'vitest';
import { holdTo } from '../test/bodies.ts';
import * as rest from './rest-tenant.ts';

const limits = {
  cpu_cores: 1,
  memory_gb: 2,
  storage_gb: 3,
  max_pods: 4,
  max_services: 5,
  gpu_count: 0,
  monthly_cost_usd: null,
};
const provision = { tenant_id: 'acme', tenant_name: 'Acme', tier: 'custom', requested_by: 'ada', limits };

test('provision: id, name and tier are needed, nothing else is', () => {
  holdTo({ schema: rest.provisionRequestSchema, example: provision, optional: ['requested_by', 'limits'] });
});

test('import: the id alone is needed, the rest is as it is found', () => {
  const example = { ...provision, remake: true };
  const optional = ['tenant_name', 'requested_by', 'limits', 'remake'];
  // Without the tier the limits would be ignored.
  holdTo({ schema: rest.importRequestSchema, example, optional });
  expect(rest.importRequestSchema.parse({ tenant_id: 'ACME' })).toEqual({ tenant_id: 'acme' });
  expect(rest.importRequestSchema.safeParse({ tenant_id: 'acme', limits }).error?.issues).toMatchObject([
    { path: ['limits'], message: 'only the custom tier takes limits, not a tier that is not named' },
  ]);
});

test('a generation that the ledger has lost is a whole number from 1 to a million', () => {
  const takes = (generation: unknown) => rest.importRequestSchema.safeParse({ tenant_id: 'acme', generation }).success;
  expect([1, 1_000_000, 0, 1_000_001, 1.5, null].map(takes)).toEqual([true, true, false, false, false, false]);
});

test('on whose behalf: 1 to 200 characters', () => {
  const takes = (requested_by: string) => rest.provisionRequestSchema.safeParse({ ...provision, requested_by }).success;
  expect([takes('a'), takes('a'.repeat(200)), takes(''), takes('a'.repeat(201))]).toEqual([true, true, false, false]);
});

test('tier and protection', () => {
  holdTo({ schema: rest.tierRequestSchema, example: { tier: 'custom', limits }, optional: ['limits'] });
  holdTo({ schema: rest.protectionRequestSchema, example: { protected: true } });
});

test('reconcile: nothing is lost or weakened where nobody says so', () => {
  expect(rest.reconcileRequestSchema.parse({})).toEqual({ accept_data_loss: false, accept_weakening: false });
  const example = { accept_data_loss: true, accept_weakening: true, reason: 'why' };
  holdTo({ schema: rest.reconcileRequestSchema, example, optional: Object.keys(example) });
  const takes = (reason: string) => rest.reconcileRequestSchema.safeParse({ reason }).success;
  expect([takes('a'), takes('a'.repeat(500)), takes(''), takes('a'.repeat(501))]).toEqual([true, true, false, false]);
});

test('redrive: a reason of 1 to 1000 characters, without the spaces around it', () => {
  holdTo({ schema: rest.redriveRequestSchema, example: { reason: 'why' } });
  const takes = (reason: string) => rest.redriveRequestSchema.safeParse({ reason }).success;
  expect([takes('a'), takes('a'.repeat(1000)), takes(' '), takes('a'.repeat(1001))]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(rest.redriveRequestSchema.parse({ reason: ' why ' })).toEqual({ reason: 'why' });
});

test('control: any of the switches, each running or paused', () => {
  const example = { reconcile: 'paused', deletions: 'running', backends: { minio: 'paused' } };
  holdTo({
    schema: rest.controlRequestSchema,
    example,
    optional: ['reconcile', 'deletions', 'backends', 'backends.minio'],
  });
  for (const bad of [{ reconcile: 'braked' }, { deletions: 'braked' }, { backends: { minio: 'off' } }])
    expect(rest.controlRequestSchema.safeParse(bad).success).toBe(false);
});
