/**
 * A keyspace of a test's own on the real Cassandra that the stack names in its environment; dropped at the end.
 */
import { randomBytes } from 'node:crypto';
import { systemClock } from '@leasehold/kernel';
import type { CassandraStoreOptions } from '@leasehold/store';

export interface StackCassandra {
  readonly options: CassandraStoreOptions;
  drop(): Promise<void>;
}

/** Fails, and never skips, when the stack is not there. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: stack tests run against real servers, bring them up first`);
  return value;
}

export async function stackCassandra(purpose: string): Promise<StackCassandra> {
  const contactPoints = setting('STACK_CASSANDRA_HOSTS').split(',');
  const credentials = {
    username: setting('STACK_CASSANDRA_USERNAME'),
    password: setting('STACK_CASSANDRA_PASSWORD'),
  };
  const localDataCenter = process.env['STACK_CASSANDRA_DC'] ?? 'datacenter1';
  const keyspace = `store_${purpose}_${randomBytes(4).toString('hex')}`;
  return {
    options: {
      contactPoints,
      localDataCenter,
      credentials,
      keyspace,
      replication: { [localDataCenter]: 1 },
      clock: systemClock,
    },
    drop: async () => {
      const { default: driver } = await import('cassandra-driver');
      const client = new driver.Client({ contactPoints, localDataCenter, credentials });
      await client.execute(`DROP KEYSPACE IF EXISTS "${keyspace}"`, [], { readTimeout: 60_000 });
      await client.shutdown();
    },
  };
}
