/**
 * An Ignite cluster's caches with what of their configuration a thin client can read, through the plain client package. The
 * mesh's own cache of marks is left out.
 */
import { createRequire } from 'node:module';
import type { Json } from '@leasehold/kernel';
import { variable } from './variable.ts';

interface KeyConfiguration {
  getTypeName(): string;
  getAffinityKeyFieldName(): string;
}

interface Configuration {
  getBackups(): number;
  getAtomicityMode(): number;
  getCacheMode(): number;
  getGroupName(): string | null;
  getKeyConfigurations(): readonly KeyConfiguration[] | undefined;
}

interface Client {
  connect(settings: object): Promise<void>;
  cacheNames(): Promise<readonly string[]>;
  getCacheConfiguration(name: string): Promise<Configuration>;
  disconnect(): void;
}

interface Settings {
  setUserName(name: string): { setPassword(password: string): object };
}

type Driver = (new () => Client) & { readonly IgniteClientConfiguration: new (address: string) => Settings };

const OWN = 'leasehold_marks';

/** @param env STACK_IGNITE_ADDRESS, _USERNAME, _PASSWORD. */
export async function igniteInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const Ignite = createRequire(import.meta.url)('apache-ignite-client') as Driver;
  const settings = new Ignite.IgniteClientConfiguration(variable(env, 'STACK_IGNITE_ADDRESS'))
    .setUserName(variable(env, 'STACK_IGNITE_USERNAME'))
    .setPassword(variable(env, 'STACK_IGNITE_PASSWORD'));
  const client = new Ignite();
  try {
    await client.connect(settings);
    const names = (await client.cacheNames()).filter((name) => name !== OWN);
    const caches: [string, Json][] = [];
    for (const name of [...names].sort()) caches.push([name, seenOf(await client.getCacheConfiguration(name))]);
    return { caches: Object.fromEntries(caches) };
  } finally {
    client.disconnect();
  }
}

const seenOf = (configuration: Configuration): Json => ({
  mode: configuration.getCacheMode(),
  backups: configuration.getBackups(),
  atomicity: configuration.getAtomicityMode() === 0 ? 'transactional' : 'atomic',
  group: configuration.getGroupName(),
  keys: (configuration.getKeyConfigurations() ?? []).map((key) => [key.getTypeName(), key.getAffinityKeyFieldName()]),
});
