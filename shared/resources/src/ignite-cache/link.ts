/**
 * Calls on an Ignite node: connected on first use, each within its time limit, its failures translated. A connection that was
 * lost, or on which a call ran out of time, is given up whole; the next call makes a fresh one, without end and without a
 * loop of its own.
 *
 * 1. A cache is told by its whole name: the protocol tells caches by a hash of it, which two names can share.
 * 2. The mesh's own cache of marks is made when it is first needed, and read as empty while it is not there.
 */
import { asFault, bound } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import { lazy } from '../edge/lazy.ts';
import { type Connection, type IgniteSettings, openConnection } from './connection.ts';
import type { DriverCache, DriverConfiguration } from './driver.ts';
import { igniteFault } from './fault.ts';
import { type CacheMark, MARK_TYPE, markText, parseMark } from './mark.ts';
import type { Atomicity, CacheSeen } from './spec.ts';

export interface LinkSettings extends IgniteSettings {
  /** One call. Making or destroying a cache waits for every node of the cluster. Shipped: 30 s. */
  readonly changeTimeoutMs?: number;
  /** One call that reads, and letting us in. Shipped: 5 s. */
  readonly timeoutMs?: number;
  readonly around?: Around;
}

export interface FoundCache {
  readonly name: string;
  readonly mode: CacheSeen['mode'];
  readonly atomicity: Atomicity;
  readonly backups: number;
  readonly group: string | null;
  readonly mark: CacheMark | undefined;
}

export interface NewCache {
  readonly backups: number;
  readonly atomicity: Atomicity;
  readonly group: string;
  readonly mark: CacheMark;
}

export interface IgniteLink {
  names(signal: AbortSignal): Promise<readonly string[]>;
  /** undefined: not there. A cache of another name under the same hash is given with its own name. */
  find(name: string, signal: AbortSignal): Promise<FoundCache | undefined>;
  /** @throws Conflict `AlreadyExists`, `GroupTaken`. */
  create(name: string, cache: NewCache, signal: AbortSignal): Promise<void>;
  /** By its name alone: from the server's template for that name, else with the server's defaults. */
  createByName(name: string, signal: AbortSignal): Promise<void>;
  /** Absent is success. */
  destroy(name: string, signal: AbortSignal): Promise<void>;
  /** The server's own words about a cache's expiry; undefined where it offers no SQL. */
  expiryOf(name: string, signal: AbortSignal): Promise<string | undefined>;
  readonly marks: {
    read(name: string, signal: AbortSignal): Promise<CacheMark | undefined>;
    /** @returns false where there is one already. */
    claim(name: string, mark: CacheMark, signal: AbortSignal): Promise<boolean>;
    write(name: string, mark: CacheMark, signal: AbortSignal): Promise<void>;
    remove(name: string, signal: AbortSignal): Promise<void>;
  };
  close(): Promise<void>;
}

/** The mesh's own cache: copied to every node, because it is small and nothing else can tell whose a cache is. */
const MARKS_CACHE = 'leasehold_marks';

const MODES = ['local', 'replicated', 'partitioned'] as const;
const ATOMICITY = { transactional: 0, atomic: 1 } as const;
const REPLICATED = 1;
const PARTITIONED = 2;
const FULL_SYNC = 0;
const NAME_PROPERTY = 0;

type Run = <T>(name: string, kind: CallKind, signal: AbortSignal, run: (on: Connection) => Promise<T>) => Promise<T>;

export function createIgniteLink(settings: LinkSettings): IgniteLink {
  const readMs = bound('ignite-read-ms', settings.timeoutMs ?? 5000);
  const changeMs = bound('ignite-change-ms', settings.changeTimeoutMs ?? settings.timeoutMs ?? 30_000);
  const connection = lazy(
    () => openConnection(settings, readMs, () => connection.drop()),
    async (made) => made.close(),
  );
  const caller = createCaller({
    backend: 'ignite',
    timeoutMs: readMs,
    translate: igniteFault,
    around: settings.around,
    onTimeout: () => connection.drop(),
  });
  const run: Run = async (name, kind, signal, work) => {
    // Connecting has a limit of its own: a node that is away is told before the long limit of a change.
    const on = await caller({ name: 'connect', kind: 'read' }, signal, () => connection.get());
    return caller({ name, kind, timeoutMs: kind === 'read' ? readMs : changeMs }, signal, () => work(on));
  };
  return { ...createCacheCalls(run), marks: createMarkCalls(run), close: () => connection.close() };
}

const isAbsent = (error: unknown): boolean => asFault(error).code === 'GoneMeanwhile';

async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function createCacheCalls(run: Run): Omit<IgniteLink, 'marks' | 'close'> {
  return {
    names: (signal) => run('list-caches', 'read', signal, ({ client }) => client.cacheNames()),
    async find(name, signal) {
      const found = run('read-cache', 'read', signal, ({ client }) => client.getCacheConfiguration(name));
      const configuration = await unlessAbsent(found);
      return configuration && foundCache(configuration);
    },
    create: (name, cache, signal) =>
      run('create-cache', 'effect', signal, async (on) => {
        await on.client.createCache(name, configurationOf(on, cache));
      }),
    createByName: (name, signal) =>
      run('create-from-template', 'effect', signal, async ({ client }) => {
        await client.createCache(name);
      }),
    async destroy(name, signal) {
      await unlessAbsent(run('destroy-cache', 'effect', signal, ({ client }) => client.destroyCache(name)));
    },
    async expiryOf(name, signal) {
      const text = 'SELECT EXPIRY_POLICY_FACTORY FROM CACHES WHERE CACHE_NAME = ?';
      const asked = run('read-expiry', 'read', signal, async ({ client, driver }) => {
        const query = new driver.Ignite.SqlFieldsQuery(text).setSchema('SYS').setArgs(name);
        return (await client.getCache(name).query(query)).getAll();
      });
      const rows = await asked.catch((error: unknown) => {
        if (asFault(error).away) throw error;
        return [];
      });
      const value = rows[0]?.[0];
      return value === undefined || value === null ? undefined : String(value);
    },
  };
}

function configurationOf({ driver }: Connection, { backups, atomicity, group, mark }: NewCache): DriverConfiguration {
  const { CacheConfiguration } = driver.Ignite;
  return new CacheConfiguration()
    .setCacheMode(PARTITIONED)
    .setBackups(backups)
    .setAtomicityMode(ATOMICITY[atomicity])
    .setGroupName(group)
    .setKeyConfigurations(new CacheConfiguration.CacheKeyConfiguration(MARK_TYPE, markText(mark)));
}

function foundCache(configuration: DriverConfiguration): FoundCache {
  const keys = configuration.getKeyConfigurations() ?? [];
  const mark = keys.find((each) => each.getTypeName() === MARK_TYPE);
  return {
    name: String(configuration._properties.get(NAME_PROPERTY) ?? ''),
    mode: MODES[configuration.getCacheMode()] ?? 'local',
    atomicity: configuration.getAtomicityMode() === ATOMICITY.atomic ? 'atomic' : 'transactional',
    backups: configuration.getBackups(),
    group: configuration.getGroupName(),
    mark: parseMark(mark?.getAffinityKeyFieldName()),
  };
}

function createMarkCalls(run: Run): IgniteLink['marks'] {
  const texts = (cache: DriverCache, { driver }: Connection): DriverCache => {
    const { STRING } = driver.Ignite.ObjectType.PRIMITIVE_TYPE;
    return cache.setKeyType(STRING).setValueType(STRING);
  };
  const there = new WeakSet<Connection>();
  const made = async (on: Connection): Promise<DriverCache> => {
    if (there.has(on)) return texts(on.client.getCache(MARKS_CACHE), on);
    const configuration = new on.driver.Ignite.CacheConfiguration()
      .setCacheMode(REPLICATED)
      .setAtomicityMode(ATOMICITY.atomic)
      .setWriteSynchronizationMode(FULL_SYNC);
    const cache = await on.client.getOrCreateCache(MARKS_CACHE, configuration);
    there.add(on);
    return texts(cache, on);
  };
  return {
    async read(name, signal) {
      const read = run('read-mark', 'read', signal, (on) => texts(on.client.getCache(MARKS_CACHE), on).get(name));
      return parseMark(await unlessAbsent(read));
    },
    claim: (name, mark, signal) =>
      run('claim-mark', 'effect', signal, async (on) => (await made(on)).putIfAbsent(name, markText(mark))),
    write: (name, mark, signal) =>
      run('write-mark', 'effect', signal, async (on) => (await made(on)).put(name, markText(mark))),
    async remove(name, signal) {
      const removed = run('remove-mark', 'effect', signal, (on) =>
        texts(on.client.getCache(MARKS_CACHE), on).removeKey(name),
      );
      await unlessAbsent(removed);
    },
  };
}
