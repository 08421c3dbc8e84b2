/** The platform's topics to the letter, and the way from a name to its parts and back. */
import { expect, test } from 'vitest';
import * as topic from './topic.ts';

test('what is consumed, where, and by whom', () => {
  expect(topic.CONSUMED_TOPICS).toEqual([
    {
      name: 'tenant-created-events',
      service: 'tenant-provisioner',
      namespaces: ['system', 'global'],
      perTenant: false,
    },
    { name: 'tenant-upgraded-events', service: 'tenant-provisioner', namespaces: ['system'], perTenant: true },
    { name: 'tenant-deleted-events', service: 'tenant-provisioner', namespaces: ['system'], perTenant: false },
  ]);
});

test('what a tenant has topics of its own for, what of it is heard, and what is published', () => {
  expect(topic.HEARD_TENANT_TOPICS).toEqual(['tenant-upgraded-events']);
  expect(topic.TENANT_TOPICS).toEqual([
    'tenant-upgraded-events',
    'user-created-events',
    'user-deleted-events',
    'quota-exceeded-events',
    'scaling-request-events',
    'service-metrics-events',
    'compute-requested-events',
  ]);
  expect(topic.PUBLISHED_TOPICS).toEqual({
    tenantProvisioned: 'tenant-provisioned-events',
    provisioningFailed: 'provisioning-failed-events',
    tenantDeleting: 'tenant-deleting-events',
    tenantDeprovisioned: 'tenant-deprovisioned-events',
    resourceDrift: 'resource-drift-events',
  });
});

test('the platform’s namespaces keep seven days, dead letters fourteen for the operator', () => {
  expect(topic.PLATFORM_NAMESPACES).toEqual(['system', 'global', 'compute', 'provisioning']);
  expect([topic.PLATFORM_RETENTION_MS, topic.DEAD_LETTER_RETENTION_MS]).toEqual([604_800_000, 1_209_600_000]);
  expect(topic.DEAD_LETTER_SUBSCRIPTION).toBe('operator');
});

test('a name is made of its parts and told apart into them; dead letters lie in the system namespace', () => {
  const name = 'persistent://platformq/acme/tenant-upgraded-events';
  expect(topic.topicName('platformq', 'acme', 'tenant-upgraded-events')).toBe(name);
  expect(topic.parseTopic(name)).toEqual({
    pulsarTenant: 'platformq',
    namespace: 'acme',
    name: 'tenant-upgraded-events',
  });
  expect(topic.deadLetterTopic('platformq', 'tenant-upgraded-events', 'tenant-provisioner')).toBe(
    'persistent://platformq/system/tenant-upgraded-events-tenant-provisioner-DLQ',
  );
});

test.each([
  '',
  'persistent://a/b',
  'persistent://a/b/c/d',
  'persistent://a//c',
  'persistent:///b/c',
  'persistent://a/b/',
  'non-persistent://a/b/c',
  'xpersistent://a/b/c',
  'a/b/c',
])('%j is no topic', (text) => {
  expect(topic.parseTopic(text)).toBeUndefined();
});
