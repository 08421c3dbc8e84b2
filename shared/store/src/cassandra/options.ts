/**
 * How to reach the Cassandra cluster that holds the mesh's own state, and the bounds of talking to it.
 *
 * 1. A name that becomes part of a statement (keyspace, data centre) is checked here and quoted where it is used; every
 *    other value is bound.
 */
import { bound, type Clock, invalid, type Log } from '@leasehold/kernel';

export interface CassandraCredentials {
  readonly username: string;
  readonly password: string;
}

/** PEM texts. */
export interface CassandraTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface CassandraStoreOptions {
  /** `host` or `host:port`. */
  readonly contactPoints: readonly string[];
  readonly localDataCenter: string;
  readonly credentials?: CassandraCredentials;
  readonly keyspace: string;
  /** Replicas by data centre, for `NetworkTopologyStrategy`. Used when the keyspace is made, never to change it. */
  readonly replication: Readonly<Record<string, number>>;
  readonly tls?: CassandraTls;
  readonly clock: Clock;
  readonly log?: Log;
  /** Default `CONNECT_MS`. */
  readonly connectTimeoutMs?: number;
  /** Of one request. Default `REQUEST_MS`. */
  readonly requestTimeoutMs?: number;
}

export const CONNECT_MS = bound('store.cassandraConnectMs', 5_000);
export const REQUEST_MS = bound('store.cassandraRequestMs', 5_000);
/** Hints and directories are spread over so many partitions. Part of the data's layout: never changed. */
export const BUCKETS = bound('store.cassandraBuckets', 16);
/** Commit ids remembered for each partition, one slot for each version modulo this. Part of the data's layout. */
export const RECENT_COMMITS = bound('store.cassandraRecentCommits', 32);
export const COMMIT_SENDS = bound('store.cassandraCommitSends', 4);
/** Readings that seek the outcome of a commit whose answer was lost with its connection, and the pause before the second. */
export const READ_BACKS = bound('store.cassandraReadBacks', 4);
export const READ_BACK_PAUSE_MS = bound('store.cassandraReadBackPauseMs', 200);
export const LOAD_ATTEMPTS = bound('store.cassandraLoadAttempts', 8);
export const COVER_ROWS = bound('store.cassandraCoverRows', 64);
export const SLICE_ROWS = bound('store.cassandraSliceRows', 20_000);

const KEYSPACE = /^[a-z][a-z0-9_]{0,47}$/;
const DATA_CENTRE = /^[A-Za-z0-9_.-]{1,64}$/;

/** A checked name as CQL wants it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @throws `Invalid` (`InvalidSetting`) naming what was given. */
export function checkOptions({ keyspace, replication, contactPoints }: CassandraStoreOptions): void {
  const refuse = (what: string) => invalid(what, { code: 'InvalidSetting' });
  if (!KEYSPACE.test(keyspace)) {
    throw refuse(`the keyspace ${JSON.stringify(keyspace)} is not 1 to 48 of a-z, 0-9, _, starting with a letter`);
  }
  if (contactPoints.length === 0) throw refuse('no Cassandra host is given');
  const centres = Object.entries(replication);
  if (centres.length === 0) throw refuse('no data centre is given for the replication');
  for (const [name, replicas] of centres) {
    if (!DATA_CENTRE.test(name)) throw refuse(`the data centre ${JSON.stringify(name)} is not a plain name`);
    if (!Number.isInteger(replicas) || replicas < 1 || replicas > 9) {
      throw refuse(`the replication of ${name} is ${replicas}, not 1 to 9`);
    }
  }
}
