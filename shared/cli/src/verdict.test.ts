import { expect, test } from 'vitest';
import { resource, status } from '../test/builders.ts';
import { type Goal, verdictOn } from './verdict.ts';
import { statusSeen } from './wire.ts';

const on = (goal: Goal, more: Parameters<typeof status>[0], operationId?: string) =>
  verdictOn(statusSeen(status(more)), goal, { operationId }).kind;

test('completed counts only once its operation is over (1)', () => {
  expect(on('completed', {})).toBe('reached');
  expect(on('completed', { duration_ms: null })).toBe('waiting');
  expect(on('completed', { status: 'provisioning', duration_ms: null })).toBe('waiting');
});

test('a wait for completion ends at once when another operation takes the tenant away (2)', () => {
  const leaving = { status: 'suspended', operation_id: 'op_acme_2', duration_ms: null } as const;
  expect(on('completed', leaving, 'op_acme_1')).toBe('missed');
  expect(on('completed', leaving, 'op_acme_2')).toBe('waiting');
});

test('who waits for whatever the end is, is done where nothing comes by itself; others wait on (3)', () => {
  const seen = statusSeen(status({ status: 'suspended', duration_ms: null }));
  expect(verdictOn(seen, 'settled', { over: true }).kind).toBe('reached');
  expect(verdictOn(seen, 'deleted', { over: true }).kind).toBe('waiting');
});

test('failed and degraded are misses that say why', () => {
  const failed = resource('minio-bucket', 'tenant-acme', { status: 'failed', message: 'the name is taken' });
  expect(verdictOn(statusSeen(status({ status: 'failed', resources: [failed] })), 'completed')).toEqual({
    kind: 'missed',
    message: 'acme is failed: minio-bucket tenant-acme: the name is taken',
  });
  expect(on('settled', { status: 'degraded' })).toBe('missed');
});

test('a deletion waits through its grace, or ends at the suspension where the grace is longer than the wait', () => {
  const suspended = { status: 'suspended' } as const;
  expect(on('deleted', suspended)).toBe('waiting');
  expect(on('graced', { ...suspended, duration_ms: null })).toBe('reached');
  expect(on('deleted', { status: 'deleted' })).toBe('reached');
  expect(on('suspended', suspended)).toBe('reached');
});

test('a status that this release does not know never ends a wait well, and never breaks it', () => {
  expect(verdictOn(statusSeen({ status: 'hibernating', duration_ms: 1 }), 'completed').kind).toBe('missed');
  expect(verdictOn(statusSeen(null), 'completed').kind).toBe('missed');
});
