/**
 * A tenant's caches by the plain client package over one connection: two by their names alone, which the server's templates
 * with expiry answer, four with their configuration. A server keeps atomic and transactional caches of a group apart: which
 * group takes which is learnt with the first tenant, so that later ones are made without an answer that says no.
 */
import { createRequire } from 'node:module';
import type { Env } from '../../support/installation.ts';
import { each, type How } from './how.ts';

interface Configuration {
  setCacheMode(mode: number): Configuration;
  setBackups(backups: number): Configuration;
  setAtomicityMode(mode: number): Configuration;
  setGroupName(name: string): Configuration;
  setKeyConfigurations(...keys: readonly object[]): Configuration;
}

interface Client {
  connect(settings: object): Promise<void>;
  createCache(name: string, configuration?: Configuration): Promise<unknown>;
  destroyCache(name: string): Promise<void>;
  cacheNames(): Promise<readonly string[]>;
  disconnect(): void;
}

interface Settings {
  setUserName(name: string): {
    setPassword(password: string): { setConnectionOptions(tls: boolean, options: object): object };
  };
}

interface Driver {
  new (): Client;
  readonly IgniteClientConfiguration: new (address: string) => Settings;
  readonly CacheConfiguration: {
    new (): Configuration;
    readonly CacheKeyConfiguration: new (type: string, field: string) => object;
  };
}

const PARTITIONED = 2;
const ATOMICITY = { transactional: 0, atomic: 1 } as const;
const TEMPLATES = ['sessions', 'analytics'] as const;
const CONFIGURED = [
  ['ml_models', 1, 'atomic'],
  ['feature_store', 1, 'atomic'],
  ['marketplace', 2, 'transactional'],
  ['graph_cache', 1, 'transactional'],
] as const;

export interface RawCaches {
  make(tenantId: string, how: How): Promise<void>;
  remove(tenantId: string): Promise<void>;
  /** Every cache of tenants whose ids begin so, whoever made it. */
  clear(prefix: string): Promise<void>;
  close(): void;
}

export async function connectIgnite(env: Env): Promise<RawCaches> {
  const Ignite = createRequire(import.meta.url)('apache-ignite-client') as Driver;
  const client = new Ignite();
  const settings = new Ignite.IgniteClientConfiguration(env['STACK_IGNITE_ADDRESS'] ?? '')
    .setUserName(env['STACK_IGNITE_USERNAME'] ?? '')
    .setPassword(env['STACK_IGNITE_PASSWORD'] ?? '')
    .setConnectionOptions(false, { noDelay: true });
  await client.connect(settings);
  const { CacheConfiguration } = Ignite;
  const groups = new Map<string, string>();
  const create = (tenantId: string, [part, backups, atomicity]: (typeof CONFIGURED)[number], group: string) => {
    const mark = JSON.stringify({ tenant: tenantId, generation: 1, expiry: 'none' });
    const configuration = new CacheConfiguration()
      .setCacheMode(PARTITIONED)
      .setBackups(backups)
      .setAtomicityMode(ATOMICITY[atomicity])
      .setGroupName(group)
      .setKeyConfigurations(new CacheConfiguration.CacheKeyConfiguration('leasehold', mark));
    return client.createCache(`${part}_${tenantId}`, configuration);
  };
  const makeConfigured = async (tenantId: string, cache: (typeof CONFIGURED)[number]): Promise<void> => {
    const [part, backups, atomicity] = cache;
    const shared = `tenants-b${backups}`;
    try {
      await create(tenantId, cache, groups.get(part) ?? shared);
    } catch (error) {
      if (groups.has(part)) throw error;
      groups.set(part, `${shared}-${atomicity}`);
      await create(tenantId, cache, `${shared}-${atomicity}`);
    }
  };
  const makeFromTemplate = async (tenantId: string, part: string): Promise<void> => {
    await client.createCache(`${part}_${tenantId}`);
  };
  return {
    make: (tenantId, how) =>
      each(
        [
          ...TEMPLATES.map((part) => () => makeFromTemplate(tenantId, part)),
          ...CONFIGURED.map((cache) => () => makeConfigured(tenantId, cache)),
        ],
        how,
        (make) => make(),
      ),
    remove: async (tenantId) => {
      const names = [...TEMPLATES, ...CONFIGURED.map(([part]) => part)].map((part) => `${part}_${tenantId}`);
      for (const name of names) await client.destroyCache(name);
    },
    clear: async (prefix) => {
      const names = await client.cacheNames();
      for (const name of names.filter((each) => each.includes(`_${prefix}`))) await client.destroyCache(name);
    },
    close: () => client.disconnect(),
  };
}
