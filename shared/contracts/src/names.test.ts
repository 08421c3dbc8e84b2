/** Names of what a tenant owns, by hand from the platform's contract: other services find them by these. */
import { expect, test } from 'vitest';
import {
  backendOf,
  isResourceKind,
  MAIN_PART,
  ownerOfName,
  partsOf,
  RESOURCE_KINDS,
  RESOURCE_NAMES,
  resourceName,
} from './naming.ts';

const NAMES = [
  ['cassandra-keyspace', 'main', 'tenant_acme_north_1'],
  ['minio-bucket', 'main', 'tenant-acme-north-1'],
  ['pulsar-namespace', 'main', 'platformq/acme-north-1'],
  ['pulsar-namespace', 'data', 'platformq/acme-north-1.data'],
  ['ignite-cache', 'sessions', 'sessions_acme-north-1'],
  ['ignite-cache', 'marketplace', 'marketplace_acme-north-1'],
  ['ignite-cache', 'ml_models', 'ml_models_acme-north-1'],
  ['ignite-cache', 'feature_store', 'feature_store_acme-north-1'],
  ['ignite-cache', 'analytics', 'analytics_acme-north-1'],
  ['ignite-cache', 'graph_cache', 'graph_cache_acme-north-1'],
  ['elasticsearch-index', 'marketplace', 'acme-north-1_marketplace'],
  ['elasticsearch-index', 'ml_models', 'acme-north-1_ml_models'],
  ['elasticsearch-index', 'user_activity', 'acme-north-1_user_activity'],
  ['elasticsearch-index', 'logs', 'acme-north-1_logs'],
  ['elasticsearch-index', 'analytics', 'acme-north-1_analytics'],
  ['kubernetes-namespace', 'main', 'tenant-acme-north-1'],
  ['openproject-project', 'main', 'tenant-acme-north-1'],
] as const;

test.each(NAMES)('%s %s is called %s', (kind, part, name) => {
  expect(resourceName(kind, part, 'acme-north-1')).toBe(name);
  expect(ownerOfName(kind, name)).toEqual({ tenantId: 'acme-north-1', part });
});

test('there is nothing else that a tenant owns', () => {
  expect(RESOURCE_KINDS.flatMap((kind) => partsOf(kind).map((part) => `${kind} ${part}`))).toEqual(
    NAMES.map(([kind, part]) => `${kind} ${part}`),
  );
  expect(MAIN_PART).toBe('main');
});

test.each([
  ['cassandra-keyspace', 'cassandra', 48],
  ['minio-bucket', 'minio', 63],
  ['pulsar-namespace', 'pulsar', 255],
  ['ignite-cache', 'ignite', 200],
  ['elasticsearch-index', 'elasticsearch', 255],
  ['kubernetes-namespace', 'kubernetes', 63],
  ['openproject-project', 'openproject', 100],
] as const)('%s lies on %s, which bears %i characters', (kind, backend, limit) => {
  expect([backendOf(kind), RESOURCE_NAMES[kind].limit, isResourceKind(kind)]).toEqual([backend, limit, true]);
});

test('another Pulsar tenant has namespaces of its own', () => {
  expect(resourceName('pulsar-namespace', 'data', 'acme', 'own')).toBe('own/acme.data');
  expect(ownerOfName('pulsar-namespace', 'platformq/acme', 'own')).toBeUndefined();
});

test('an unknown kind is none, also if every object has something of that name', () => {
  expect(['tape', 'toString', ''].map(isResourceKind)).toEqual([false, false, false]);
});

test('a name of a part that is not there, or of an id that is too long, is a bug of the caller', () => {
  expect(() => resourceName('minio-bucket', 'attic', 'acme')).toThrow('minio-bucket has no part "attic"');
  expect(resourceName('minio-bucket', 'main', 'a'.repeat(41))).toHaveLength(48);
  expect(() => resourceName('minio-bucket', 'main', 'a'.repeat(42))).toThrow('tenant id of 42 characters');
});

test.each([
  ['minio-bucket', 'tenant-'],
  ['minio-bucket', 'tenant-Acme'],
  ['minio-bucket', 'my-tenant-acme'],
  ['elasticsearch-index', '_logs'],
  ['elasticsearch-index', 'acme_logs_old'],
  ['elasticsearch-index', 'system_logs'],
  ['cassandra-keyspace', 'tenant_acme_'],
  ['pulsar-namespace', 'platformq/.data'],
] as const)('of %s %s is nobody’s', (kind, name) => {
  expect(ownerOfName(kind, name)).toBeUndefined();
});
