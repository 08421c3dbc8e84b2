/**
 * A tenant's keyspace by the plain driver: the statements that the product sends, one after the other, with nothing looked at
 * before or after. The driver keeps no copy of the schema, as in the product: that copy would be read after each statement.
 */
import { MIGRATIONS } from '@leasehold/resources';
import type { Client } from 'cassandra-driver';
import type { Env } from '../../support/installation.ts';
import { keyspaceOf } from '../../support/tenant-facts.ts';

const CALL_MS = 60_000;

export async function connectCassandra(env: Env): Promise<Client> {
  const { default: driver } = await import('cassandra-driver');
  const client = new driver.Client({
    contactPoints: (env['STACK_CASSANDRA_HOSTS'] ?? '').split(','),
    localDataCenter: env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1',
    credentials: {
      username: env['STACK_CASSANDRA_USERNAME'] ?? '',
      password: env['STACK_CASSANDRA_PASSWORD'] ?? '',
    },
    isMetadataSyncEnabled: false,
    socketOptions: { readTimeout: CALL_MS },
  });
  await client.connect();
  return client;
}

export const createKeyspaceCql = (keyspace: string, dataCentre: string): string =>
  `CREATE KEYSPACE "${keyspace}" WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCentre}': 1}` +
  ' AND durable_writes = true';

function tableStatements(keyspace: string): readonly string[] {
  return MIGRATIONS.flatMap(({ steps }) => steps).map((step) => {
    if (step.kind === 'column') return `ALTER TABLE "${keyspace}"."${step.table}" ADD "${step.column}" ${step.type}`;
    const { name, columns, key, options } = step.table;
    const each = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
    const body = [...each, `PRIMARY KEY (${key})`].join(', ');
    return `CREATE TABLE "${keyspace}"."${name}" (${body}) WITH ${[...options, "comment = 'bench'"].join(' AND ')}`;
  });
}

export async function makeKeyspace(client: Client, env: Env, tenantId: string): Promise<void> {
  const keyspace = keyspaceOf(tenantId);
  const dataCentre = env['STACK_CASSANDRA_LOCAL_DC'] ?? 'datacenter1';
  for (const cql of [createKeyspaceCql(keyspace, dataCentre), ...tableStatements(keyspace)]) await client.execute(cql);
}

export const dropKeyspace = async (client: Client, keyspace: string): Promise<void> => {
  await client.execute(`DROP KEYSPACE IF EXISTS "${keyspace}"`);
};
