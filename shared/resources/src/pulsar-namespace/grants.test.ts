/** Withdrawn means that no role is named anywhere in the broker's record: on the namespace, a topic or a subscription. */
import type { Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { NOTHING_LOST } from '../../test/canned-broker.ts';
import type { PulsarAdmin } from './admin.ts';
import { settingsIn } from './policies.ts';
import { repairNamespace } from './repair.ts';
import { type NamespaceSeen, namespaceSpec, planNamespace } from './spec.ts';

const ref: Ref = { kind: 'pulsar-namespace', name: 'platformq/acme', tenantId: 'acme', generation: 1, tier: 'free' };
const WEEK = { retentionTimeInMinutes: 10_080, retentionSizeInMB: -1 };
const seenWith = (auth_policies: object): NamespaceSeen => ({
  mark: 'ours',
  generation: 1,
  tier: 'free',
  topics: {},
  ...settingsIn({ ...NOTHING_LOST, retention_policies: WEEK, auth_policies }, 'c'),
});
const withdrawn = namespaceSpec.parse({ access: 'withdrawn', roles: { a: ['produce'] } });

const GRANTS = [
  [{ namespace_auth: { eve: ['consume'] } }, 'DELETE /namespaces/platformq/acme/permissions/eve'],
  [
    { destination_auth: { 'persistent://platformq/acme/a topic': { eve: ['produce'] } } },
    'DELETE /persistent/platformq/acme/a%20topic/permissions/eve',
  ],
  [
    { destination_auth: { 'non-persistent://platformq/acme/t': { 'e/ve': ['produce'] } } },
    'DELETE /non-persistent/platformq/acme/t/permissions/e%2Fve',
  ],
  [{ subscription_auth_roles: { sub: ['eve'] } }, 'DELETE /namespaces/platformq/acme/permissions/sub/eve'],
] as const;

test.each(GRANTS)('%j is a difference of withdrawn access, and taken away by %s', async (auth, wanted) => {
  const seen = seenWith(auth);
  const changes = planNamespace(ref, withdrawn, seen);
  expect(changes.map(({ path }) => path.startsWith('/access'))).toEqual([true]);
  const asked: string[] = [];
  const admin = { call: async ({ method, path }: { method: string; path: string }) => asked.push(`${method} ${path}`) };
  await repairNamespace(admin as unknown as PulsarAdmin, ref, withdrawn, seen, changes, new AbortController().signal);
  expect(asked).toEqual([wanted]);
});

test('entries that name no role grant nothing', () => {
  const seen = seenWith({
    destination_auth: { 'persistent://platformq/acme/t': {} },
    subscription_auth_roles: { s: [] },
  });
  expect(planNamespace(ref, withdrawn, seen)).toEqual([]);
});

test('while access is granted, what others gave on a topic or a subscription is theirs', () => {
  const granted = namespaceSpec.parse({});
  for (const [auth] of GRANTS.slice(1)) expect(planNamespace(ref, granted, seenWith(auth))).toEqual([]);
});
