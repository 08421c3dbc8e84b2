/**
 * The connection to Cassandra and the few ways of asking it anything.
 *
 * 1. Statements are always prepared and always have a time limit; only those marked idempotent are ever sent again by the
 *    driver itself.
 * 2. Connecting is bounded: when it takes too long it rejects as `Unavailable`, and what was half open is closed behind it.
 * 3. With one data centre LOCAL_SERIAL and LOCAL_QUORUM are enough; with several, replicas in each of them write the same
 *    partitions, so agreement is sought over all (SERIAL, QUORUM).
 * Reconnecting after a loss is the driver's; it does so with its own backoff for as long as the session is open.
 */
import { type Clock, type Log, silentLog } from '@leasehold/kernel';
import type { Client } from 'cassandra-driver';
import { guardControlConnection } from './control-connection.ts';
import { cassandraFault, storeAway } from './failure.ts';
import { type CassandraStoreOptions, CONNECT_MS, REQUEST_MS } from './options.ts';

export type Bind = string | number | bigint | null | readonly string[] | readonly number[];
export type CassandraRow = Readonly<Record<string, unknown>>;

export interface Query {
  readonly cql: string;
  readonly params: readonly Bind[];
}

export interface Answer {
  readonly rows: readonly CassandraRow[];
  readonly next: string | undefined;
}

export interface Session {
  readonly keyspace: string;
  /** A read at quorum. */
  read(query: Query, page?: { readonly size: number; readonly state?: string }, signal?: AbortSignal): Promise<Answer>;
  /** A read that sees, and completes, every conditional write before it. */
  readSerial(query: Query): Promise<readonly CassandraRow[]>;
  /** A plain write that may be repeated. */
  write(queries: Query, signal?: AbortSignal): Promise<void>;
  /** A conditional write. Throws the driver's own error, because its caller must know what may have happened. */
  writeIf(queries: readonly Query[]): Promise<{ readonly applied: boolean; readonly row: CassandraRow | undefined }>;
  /** A schema statement, and agreement of all servers on it. */
  define(cql: string): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with the signal's reason as soon as it is aborted; what is under way is left to end by its own time limit. */
export function abandonOn<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  if (signal.aborted) {
    work.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

const translated = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw cassandraFault(error);
  }
};

async function connectBounded(client: Client, clock: Clock, limitMs: number): Promise<void> {
  const timer = new AbortController();
  const connecting = client.connect();
  const late = clock.sleep(limitMs, timer.signal).then(() => {
    throw storeAway('Cassandra did not let the store connect in time', undefined);
  });
  try {
    await Promise.race([connecting, late]);
  } catch (error) {
    // The driver forgets a client that is still connecting when told to shut down: so it is told once that has ended.
    void connecting.catch(() => undefined).then(() => client.shutdown().catch(() => undefined));
    throw cassandraFault(error);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/** Imported here and not above: the driver takes more than a second to load, and only this store needs it. */
const loadDriver = async () => (await import('cassandra-driver')).default;

async function createClient(options: CassandraStoreOptions, log: Log) {
  const driver = await loadDriver();
  const { consistencies } = driver.types;
  const severalCentres = Object.keys(options.replication).length > 1;
  const consistency = severalCentres ? consistencies.quorum : consistencies.localQuorum;
  const serialConsistency = severalCentres ? consistencies.serial : consistencies.localSerial;
  const requestMs = options.requestTimeoutMs ?? REQUEST_MS.value;
  const { credentials, tls } = options;
  const client = new driver.Client({
    contactPoints: [...options.contactPoints],
    localDataCenter: options.localDataCenter,
    ...(credentials ? { credentials: { ...credentials } } : {}),
    ...(tls ? { sslOptions: { ...tls, rejectUnauthorized: true } } : {}),
    // Thousands of tenants' keyspaces may live on the cluster: their metadata is no business of the store.
    isMetadataSyncEnabled: false,
    encoding: { useBigIntAsLong: true, useUndefinedAsUnset: false },
    socketOptions: { connectTimeout: Math.min(requestMs, 3_000), readTimeout: requestMs, keepAlive: true },
    queryOptions: { prepare: true, consistency, serialConsistency, isIdempotent: false },
    policies: {
      retry: new driver.policies.retry.IdempotenceAwareRetryPolicy(new driver.policies.retry.RetryPolicy()),
      reconnection: new driver.policies.reconnection.ExponentialReconnectionPolicy(200, 10_000, false),
    },
    pooling: { heartBeatInterval: 15_000 },
  });
  // What of it matters comes back as an error of a call; while the cluster is away the driver says several lines a second.
  const tell = (severity: string, detail: string) => log.debug('cassandra driver', { severity, detail });
  guardControlConnection(client, (error) => tell('warning', String(error)));
  client.on('log', (level: string, _source: string, message: string) => {
    if (level === 'warning' || level === 'error') tell(level, message);
  });
  return { client, consistency, serialConsistency };
}

export async function connectCassandra(options: CassandraStoreOptions): Promise<Session> {
  const log = options.log ?? silentLog;
  const { client, consistency, serialConsistency } = await createClient(options, log);
  await connectBounded(client, options.clock, options.connectTimeoutMs ?? CONNECT_MS.value);
  const execute = (query: Query, extra: object) => client.execute(query.cql, [...query.params], extra);
  return {
    keyspace: options.keyspace,
    read: async (query, page, signal) => {
      const paging = page ? { fetchSize: page.size, ...(page.state ? { pageState: page.state } : {}) } : {};
      const asked = abandonOn(signal, execute(query, { isIdempotent: true, ...paging }));
      const result = await abortable(signal, asked);
      return { rows: result.rows ?? [], next: result.pageState ?? undefined };
    },
    readSerial: async (query) =>
      (await translated(execute(query, { isIdempotent: true, consistency: serialConsistency }))).rows,
    write: async (query, signal) => {
      await abortable(signal, abandonOn(signal, execute(query, { isIdempotent: true, consistency })));
    },
    writeIf: async (queries) => {
      const [only] = queries;
      const result =
        queries.length === 1 && only
          ? await execute(only, { isIdempotent: false })
          : await client.batch(
              queries.map(({ cql, params }) => ({ query: cql, params: [...params] })),
              { prepare: true, logged: true, isIdempotent: false },
            );
      return { applied: result.wasApplied(), row: result.rows?.[0] };
    },
    define: async (cql) => {
      const result = await translated(client.execute(cql, [], { prepare: false, readTimeout: 15_000 }));
      const { isSchemaInAgreement } = result.info as { readonly isSchemaInAgreement?: boolean };
      if (isSchemaInAgreement === false) log.warn('the Cassandra servers do not agree on the schema yet', {});
    },
    close: () => client.shutdown(),
  };
}

/** The signal's own reason passes; everything else is the driver's. */
async function abortable<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error;
    throw cassandraFault(error);
  }
}
