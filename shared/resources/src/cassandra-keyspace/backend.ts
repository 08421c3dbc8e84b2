/**
 * The connection to the cluster that holds tenants' keyspaces, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound, unavailable } from '@leasehold/kernel';
import { misfits } from './adoption.ts';
import { UNKNOWN_DATA_CENTRE } from './fault.ts';
import { createKeyspaceProvider } from './provider.ts';
import { type CassandraSession, type CassandraSettings, createCassandraSession } from './session.ts';
import type { KeyspaceSeen, KeyspaceSpec } from './spec.ts';
import { columnsAt, latestVersion, MIGRATIONS, type Migration } from './tables.ts';

export interface CassandraBackendOptions extends CassandraSettings {
  /** Replicas by data centre for a spec that names none, and what a half-made keyspace is known by. */
  readonly replication: Readonly<Record<string, number>>;
  readonly migrations?: readonly Migration[];
  /** Tables that the cluster bears; Cassandra slows down from about 1,000 on. */
  readonly tableLimit?: number;
  /** A whole call of the provider. Shipped: 60 s. */
  readonly operationTimeoutMs?: number;
}

export interface CassandraBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<KeyspaceSpec, KeyspaceSeen>];
}

/** What every keyspace needs: the schema tables, and the data centres that copies go to. @throws Unavailable, away. */
async function probe(session: CassandraSession, wanted: Readonly<Record<string, number>>, signal: AbortSignal) {
  const [local, peers] = await Promise.all([
    session.rows('probe', 'SELECT data_center FROM system.local', [], signal),
    session.rows('probe', 'SELECT data_center FROM system.peers', [], signal),
    session.rows('probe', 'SELECT keyspace_name FROM system_schema.keyspaces LIMIT 1', [], signal),
  ]);
  const centres = new Set([...local, ...peers].map(({ data_center }) => data_center));
  const unknown = Object.keys(wanted).filter((name) => !centres.has(name));
  if (unknown.length === 0) return;
  const text = `cassandra has no data centre ${unknown.join(', ')}; it has ${[...centres].sort().join(', ')}`;
  throw unavailable(text, { code: UNKNOWN_DATA_CENTRE, backend: 'cassandra', away: true });
}

export function createCassandraBackend(options: CassandraBackendOptions): CassandraBackend {
  const { migrations = MIGRATIONS, replication } = options;
  const session = createCassandraSession(options);
  const provider = createKeyspaceProvider({
    session,
    migrations,
    replication,
    baseTables: new Set(columnsAt(migrations, latestVersion(migrations)).keys()),
    misfits: (columns) => misfits(migrations, columns),
    timeoutMs: bound('cassandra-keyspace-ms', options.operationTimeoutMs ?? 60_000),
    parallelism: bound('cassandra-keyspace-parallelism', 8),
    tableLimit: bound('cassandra-tables', options.tableLimit ?? 1000),
  });
  const backend: Backend = {
    name: 'cassandra',
    embedded: false,
    probe: (signal) => probe(session, replication, signal),
    close: () => session.close(),
  };
  return { backend, providers: [provider] };
}
