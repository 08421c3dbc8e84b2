/**
 * The product's own store on the Cassandra of the stack, in one data centre. Leaves the keyspace's end to whoever named it.
 */
import { systemClock } from '@leasehold/kernel';
import { createCassandraStore, type Store } from '@leasehold/store';
import type { Env } from '../../support/installation.ts';

export const openCassandraStore = (env: Env, keyspace: string, dataCentre: string): Promise<Store> =>
  createCassandraStore({
    contactPoints: (env['STACK_CASSANDRA_HOSTS'] ?? '').split(','),
    localDataCenter: dataCentre,
    credentials: {
      username: env['STACK_CASSANDRA_USERNAME'] ?? '',
      password: env['STACK_CASSANDRA_PASSWORD'] ?? '',
    },
    keyspace,
    replication: { [dataCentre]: 1 },
    clock: systemClock,
  });
