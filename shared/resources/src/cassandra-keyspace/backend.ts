/**
 * The connection to the cluster that holds tenants' keyspaces, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { misfits } from './adoption.ts';
import { createKeyspaceProvider } from './provider.ts';
import { type CassandraSettings, createCassandraSession } from './session.ts';
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
    probe: async (signal) => {
      await session.rows('probe', 'SELECT release_version FROM system.local', [], signal);
    },
    close: () => session.close(),
  };
  return { backend, providers: [provider] };
}
