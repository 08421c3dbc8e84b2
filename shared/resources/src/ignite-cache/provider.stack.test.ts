/**
 * Caches on a real Ignite: the provider contract, with a raw connection as eyes, and what a server says of groups and expiry.
 */
import type { Ref } from '@leasehold/engine';
import { type AroundCall, providerSuite } from '@leasehold/testing/suites/provider';
import { address, behindProxy, refMaker, variable } from '@leasehold/testing/suites/provider-stack';
import { converge, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIgniteBackend } from './backend.ts';
import { type Connection, openConnection } from './connection.ts';

const at = {
  ...address(variable('STACK_IGNITE_ADDRESS')),
  username: variable('STACK_IGNITE_USERNAME'),
  password: variable('STACK_IGNITE_PASSWORD'),
};
const sessions = refMaker('ignite-cache', (id) => `sessions_${id}`);
const graph = refMaker('ignite-cache', (id) => `graph_cache_${id}`);

let raw: Connection;
const made: string[] = [];
const tracked = (make: (label: string) => Ref) => (label: string) => {
  const ref = make(label);
  made.push(ref.name);
  return ref;
};

beforeAll(async () => {
  raw = await openConnection(at, { name: 'raw', value: 10_000 }, () => undefined);
});
afterAll(async () => {
  const left = await raw.client.cacheNames();
  for (const name of made.filter((each) => left.includes(each))) await raw.client.destroyCache(name);
  raw.close();
});

/** Backups that no tenant's cache has. */
const THEIRS = 7;

const texts = (name: string) => {
  const { STRING } = raw.driver.Ignite.ObjectType.PRIMITIVE_TYPE;
  return raw.client.getCache(name).setKeyType(STRING).setValueType(STRING);
};

/** A cache as others make one, in no group, with an entry. */
async function legacy(name: string, backups: number): Promise<void> {
  await raw.client.createCache(
    name,
    new raw.driver.Ignite.CacheConfiguration().setCacheMode(2).setAtomicityMode(1).setBackups(backups),
  );
  await texts(name).put('theirs', 'kept');
}

providerSuite('cache on Ignite', async (around: AroundCall) => {
  const { backend, providers } = createIgniteBackend({ ...at, around });
  const [provider] = providers;
  const proxied = (mode: 'mute' | 'cut') =>
    behindProxy(`${at.host}:${at.port}`, mode, (host) =>
      createIgniteBackend({ ...at, ...address(host), timeoutMs: mode === 'mute' ? 200 : 5000 }),
    );
  return {
    provider,
    ref: tracked(sessions),
    spec: provider.spec.parse({}),
    otherTier: { tier: 'enterprise', spec: provider.spec.parse({}) },
    drifts: [
      {
        path: '/backups',
        weight: 'data',
        tamper: async ({ name }) => {
          const { CacheConfiguration } = raw.driver.Ignite;
          const keys = (await raw.client.getCacheConfiguration(name)).getKeyConfigurations() ?? [];
          const mark = new CacheConfiguration.CacheKeyConfiguration(
            'leasehold',
            String(keys[0]?.getAffinityKeyFieldName()),
          );
          await raw.client.destroyCache(name);
          await raw.client.createCache(
            name,
            new CacheConfiguration().setBackups(2).setAtomicityMode(1).setKeyConfigurations(mark),
          );
        },
      },
    ],
    makeForeign: async ({ name }) => {
      await raw.client.createCache(name, new raw.driver.Ignite.CacheConfiguration().setBackups(THEIRS));
    },
    isForeignIntact: async ({ name }) => (await raw.client.getCacheConfiguration(name)).getBackups() === THEIRS,
    removeForeign: ({ name }) => raw.client.destroyCache(name),
    unmarked: {
      make: ({ name }) => legacy(name, 1),
      isKept: async ({ name }) => (await texts(name).get('theirs')) === 'kept',
      makeUnfit: ({ name }) => legacy(name, 0),
    },
    putData: ({ name }) => texts(name).put('key', 'value'),
    remains: async ({ name }) => {
      const names = await raw.client.cacheNames();
      const entry = names.includes('leasehold_marks') ? await texts('leasehold_marks').get(name) : null;
      return [...names.filter((each) => each === name), ...(entry === null ? [] : [`mark of ${name}`])];
    },
    mute: () => proxied('mute'),
    refusing: () => proxied('cut'),
    cleanup: () => backend.close(),
  };
});

test('I3 a transactional cache is made whatever the server says of groups, and an expiry is made or told', async () => {
  const { backend, providers } = createIgniteBackend(at);
  const [provider] = providers;
  const [atomic, strict] = [tracked(sessions)('pair'), tracked(graph)('pair')];
  const spec = provider.spec.parse({ expirySeconds: 3600 });
  await converge(provider, atomic, spec);
  const seen = await provider.observe(atomic, scope());
  expect(seen).toMatchObject({ mark: 'ours', mode: 'partitioned', backups: 1, atomicity: 'atomic' });
  const told = 'notes' in seen && seen.notes?.includes('ExpiryUnsupported') === true;
  const query = new raw.driver.Ignite.SqlFieldsQuery('SELECT EXPIRY_POLICY_FACTORY FROM CACHES WHERE CACHE_NAME = ?');
  const rows = await (await texts(atomic.name).query(query.setSchema('SYS').setArgs(atomic.name))).getAll();
  expect(String(rows[0]?.[0]), 'what the server itself says').toMatch(told ? /Eternal/ : /Created.*HOURS/);
  const transactional = provider.spec.parse({ atomicity: 'transactional' });
  await converge(provider, strict, transactional);
  const found = await provider.observe(strict, scope());
  expect(found).toMatchObject({ atomicity: 'transactional', group: expect.stringMatching(/^tenants-b1/) });
  expect(provider.plan(strict, transactional, found)).toEqual([]);
  expect((await raw.client.cacheNames()).filter((name) => name.includes('probe'))).toEqual([]);
  for (const ref of [atomic, strict]) await provider.delete(ref, scope());
  await backend.close();
});
