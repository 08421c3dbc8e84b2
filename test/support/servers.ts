/**
 * Short questions to the real servers by their own means, asked often while a test runs: which of these tenants' objects are
 * there. The full look is test/e2e/inventory.ts.
 */
import type { Client } from 'cassandra-driver';

type Env = Readonly<Record<string, string | undefined>>;
type Row = Readonly<Record<string, string>>;
export type Execute = (query: string) => Promise<readonly Row[]>;

const CALL_MS = 60_000;

/** @returns the answer's JSON; undefined for what is not there or has no content. */
export async function admin(env: Env, method: string, path: string): Promise<unknown> {
  const answer = await fetch(`${env['STACK_PULSAR_URL']}/admin/v2/${path}`, {
    method,
    headers: { authorization: `Bearer ${env['STACK_PULSAR_TOKEN']}` },
    signal: AbortSignal.timeout(CALL_MS),
  });
  const text = await answer.text();
  if (answer.status === 404 || (answer.ok && text === '')) return undefined;
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

/** The superuser's connection to the stack's Cassandra. */
export async function openCassandra(env: Env): Promise<Client> {
  const { default: driver } = await import('cassandra-driver');
  const client = new driver.Client({
    contactPoints: (env['STACK_CASSANDRA_HOSTS'] ?? '').split(','),
    localDataCenter: env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1',
    authProvider: new driver.auth.PlainTextAuthProvider(
      env['STACK_CASSANDRA_USERNAME'] ?? '',
      env['STACK_CASSANDRA_PASSWORD'] ?? '',
    ),
    socketOptions: { readTimeout: CALL_MS },
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

export async function withCassandra<T>(env: Env, work: (execute: Execute) => Promise<T>): Promise<T> {
  const client = await openCassandra(env);
  try {
    return await work(async (query) => (await client.execute(query)).rows as unknown as readonly Row[]);
  } finally {
    await client.shutdown();
  }
}

export interface Spy {
  keyspaces(): Promise<ReadonlySet<string>>;
  buckets(): Promise<ReadonlySet<string>>;
  namespaces(pulsarTenant: string): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

/** One connection to each server, for questions in quick succession. */
export async function openSpy(env: Env): Promise<Spy> {
  const { Client: Minio } = await import('minio');
  const { hostname, port } = new URL(`http://${env['STACK_MINIO_ENDPOINT']}`);
  const minio = new Minio({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: env['STACK_MINIO_ACCESS_KEY'] ?? '',
    secretKey: env['STACK_MINIO_SECRET_KEY'] ?? '',
  });
  const cassandra = await openCassandra(env);
  return {
    keyspaces: async () => {
      const { rows } = await cassandra.execute('SELECT keyspace_name FROM system_schema.keyspaces');
      return new Set(rows.map((row) => String(row['keyspace_name'])));
    },
    buckets: async () => new Set((await minio.listBuckets()).map(({ name }) => name)),
    namespaces: async (pulsarTenant) =>
      new Set(((await admin(env, 'GET', `namespaces/${pulsarTenant}`)) ?? []) as readonly string[]),
    close: () => cassandra.shutdown(),
  };
}
