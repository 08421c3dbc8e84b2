import { expect, test } from 'vitest';
import { letter, record } from '../test/builders.ts';
import { operationLines } from './operation-view.ts';
import { NO_PAINT } from './paint.ts';
import { controlLines, driftLines, letterLines, letterTable, tenantLines } from './record-view.ts';

test('golden: tenants', () => {
  const deletion = { grace_until: '2026-02-01T12:00:00.000Z' };
  expect(
    tenantLines([record({ protected: true }), record({ tenant_id: 'b', status: 'suspended', deletion })], NO_PAINT),
  ).toEqual([
    'ID    NAME              TIER  STATUS       GEN  CREATED',
    'acme  Acme Corporation  free  ✔ completed  1    2026-01-31 12:00:00Z  protected',
    'b     Acme Corporation  free  ! suspended  1    2026-01-31 12:00:00Z  deletion 2026-02-01 12:00:00Z',
  ]);
});

test('golden: dead letters, and one of them with its message', () => {
  expect(letterTable([letter()], NO_PAINT)).toEqual([
    'ID                            CODE             TOPIC                         TENANT  DEAD AT               REDRIVES',
    'dl-20260131-0123456789abcdef  tenant-conflict  system/tenant-created-events  acme    2026-01-31 12:00:01Z  0',
  ]);
  const redrives = [{ at: '2026-01-31T13:00:00.000Z', by: 'admin', reason: 'again', outcome: 'applied' }];
  expect(letterLines({ ...letter({ redrives }), decoded: { tenant_id: 'acme' } }, NO_PAINT)).toEqual([
    'dl-20260131-0123456789abcdef',
    '├─ code       tenant-conflict',
    '├─ why        the tenant exists: its name is "Acme", not "Other"',
    '├─ topic      persistent://platformq/system/tenant-created-events',
    '├─ message    8',
    '├─ tenant     acme',
    '├─ published  2026-01-31 12:00:00Z',
    '├─ dead at    2026-01-31 12:00:01Z',
    '├─ attempts   1',
    '└─ redriven 2026-01-31 13:00:00Z by admin: applied (again)',
    '',
    '{',
    '  "tenant_id": "acme"',
    '}',
  ]);
});

test('the state of a letter is shown where the server tells it', () => {
  expect(letterTable([letter({ state: 'open' }), letter({ id: 'dl-2', state: 'solved' })], NO_PAINT)).toEqual([
    'ID                            STATE   CODE             TOPIC                         TENANT  DEAD AT               REDRIVES',
    'dl-20260131-0123456789abcdef  open    tenant-conflict  system/tenant-created-events  acme    2026-01-31 12:00:01Z  0',
    'dl-2                          solved  tenant-conflict  system/tenant-created-events  acme    2026-01-31 12:00:01Z  0',
  ]);
  expect(letterLines(letter({ state: 'waiting' }), NO_PAINT)[1]).toContain('state      waiting');
});

test('golden: drift', () => {
  const differences = [{ path: '/versioning', from: 'off', to: 'enabled' }];
  const drift = [{ kind: 'minio-bucket', name: 'tenant-acme', action: 'update', reason: 'differs', differences }];
  const held = [
    { path: '/replication/dc1', from: 3, to: 1, would: 'keep 1 instead of 3 copies of the data in dc1' },
    { path: '/durableWrites', from: false, to: true, would: null },
  ];
  const kept = {
    kind: 'cassandra-keyspace',
    name: 'tenant_acme',
    action: 'hold',
    reason: 'waits',
    differences: held,
    held,
  };
  expect(driftLines({ tenant_id: 'acme', drift: [kept], unseen: [] }, NO_PAINT)).toEqual([
    'acme 1 differ, 0 not seen',
    '└─ ~ cassandra-keyspace tenant_acme  hold: waits',
    '   ├─ /replication/dc1: 3 -> 1 (held: a repair would keep 1 instead of 3 copies of the data in dc1)',
    '   └─ /durableWrites: false -> true (held: others undo it each time)',
  ]);
  const unseen = [{ kind: 'pulsar-namespace', name: 'platformq/acme', reason: 'does not answer' }];
  expect(driftLines({ tenant_id: 'acme', drift, unseen }, NO_PAINT)).toEqual([
    'acme 1 differ, 1 not seen',
    '├─ ~ minio-bucket tenant-acme  update: differs',
    '│  └─ /versioning: "off" -> "enabled"',
    '└─ ? pulsar-namespace platformq/acme  not seen: does not answer',
  ]);
  expect(driftLines({ tenant_id: 'acme', drift: [], unseen: [] }, NO_PAINT)).toEqual(['acme is as it should be']);
});

test('golden: the switches', () => {
  const control = { reconcile: 'running', deletions: 'braked', backends: { minio: 'paused' }, updated_at: null };
  expect(controlLines(control, NO_PAINT)).toEqual([
    'reconcile      running',
    'deletions      braked',
    'backend minio  paused',
  ]);
});

test('a brake that is shut shows also while an operator has paused deletions', () => {
  const control = { reconcile: 'running', deletions: 'paused', brake: 'shut', backends: {}, updated_at: null };
  expect(controlLines(control, NO_PAINT)).toEqual([
    'reconcile  running',
    'deletions  paused',
    'brake      shut: more deletions were asked for by events than it allows',
  ]);
});

test('golden: an operation', () => {
  const step = {
    kind: 'minio-bucket',
    name: 'tenant-acme',
    status: 'failed',
    attempts: 8,
    duration_ms: null,
    fate: null,
  };
  const operation = {
    operation_id: 'op_acme_1',
    tenant_id: 'acme',
    kind: 'provision',
    generation: 1,
    requested_by: 'admin',
    started_at: '2026-01-31T12:00:00.000Z',
    finished_at: '2026-01-31T12:00:03.000Z',
    outcome: 'failed',
    steps: [{ ...step, error: { code: 'NameTaken', message: 'another owns it', at: '2026-01-31T12:00:02.000Z' } }],
  };
  expect(operationLines(operation, NO_PAINT)).toEqual([
    '✖ op_acme_1 failed provision of acme · generation 1 · began 2026-01-31 12:00:00Z · took 3.0 s · by admin',
    '└─ ✖ minio-bucket  tenant-acme  failed  attempt 8  NameTaken: another owns it',
  ]);
});
