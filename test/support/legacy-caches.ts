/**
 * Caches as they were before the mesh: made by the plain client package, in no group, each with an entry. A third can be made
 * that has other backups than the contract's.
 */
import { createRequire } from 'node:module';

type Env = Readonly<Record<string, string | undefined>>;

interface Cache {
  setKeyType(type: number): Cache;
  setValueType(type: number): Cache;
  put(key: string, value: string): Promise<void>;
  get(key: string): Promise<string | null>;
}

interface Configuration {
  setCacheMode(mode: number): Configuration;
  setAtomicityMode(mode: number): Configuration;
  setBackups(backups: number): Configuration;
}

interface Client {
  connect(settings: object): Promise<void>;
  createCache(name: string, configuration: Configuration): Promise<unknown>;
  getCache(name: string): Cache;
  cacheNames(): Promise<readonly string[]>;
  destroyCache(name: string): Promise<void>;
  disconnect(): void;
}

interface Settings {
  setUserName(name: string): { setPassword(password: string): object };
}

type Driver = (new () => Client) & {
  readonly IgniteClientConfiguration: new (address: string) => Settings;
  readonly CacheConfiguration: new () => Configuration;
  readonly ObjectType: { readonly PRIMITIVE_TYPE: { readonly STRING: number } };
};

const PARTITIONED = 2;
const [TRANSACTIONAL, ATOMIC] = [0, 1];
/** Name, atomicity, backups: as the contract has them. */
const FIT = [
  ['sessions', ATOMIC, 1],
  ['marketplace', TRANSACTIONAL, 2],
] as const;
const UNFIT = [['ml_models', ATOMIC, 0]] as const;

/** @returns the entries that are there. `clear` takes away whatever is left. */
export async function legacyCaches(
  env: Env,
  id: string,
  what: 'make' | 'make-unfit' | 'read' | 'clear',
): Promise<readonly (string | null)[]> {
  const driver = createRequire(import.meta.url)('apache-ignite-client') as Driver;
  const settings = new driver.IgniteClientConfiguration(env['STACK_IGNITE_ADDRESS'] ?? '')
    .setUserName(env['STACK_IGNITE_USERNAME'] ?? '')
    .setPassword(env['STACK_IGNITE_PASSWORD'] ?? '');
  const client = new driver();
  const { STRING } = driver.ObjectType.PRIMITIVE_TYPE;
  const texts = (part: string) => client.getCache(`${part}_${id}`).setKeyType(STRING).setValueType(STRING);
  await client.connect(settings);
  try {
    if (what === 'make' || what === 'make-unfit')
      for (const [part, atomicity, backups] of what === 'make' ? FIT : UNFIT) {
        const configuration = new driver.CacheConfiguration().setCacheMode(PARTITIONED).setBackups(backups);
        await client.createCache(`${part}_${id}`, configuration.setAtomicityMode(atomicity));
        await texts(part).put('theirs', 'kept');
      }
    if (what === 'clear')
      for (const name of await client.cacheNames()) if (name.endsWith(`_${id}`)) await client.destroyCache(name);
    return what !== 'read' ? [] : await Promise.all(FIT.map(([part]) => texts(part).get('theirs')));
  } finally {
    client.disconnect();
  }
}
