/**
 * The store on a Cassandra in memory, ready to be asked, with errors as the driver throws them. A test that uses it puts the driver's
 * stand-in in the driver's place: `vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'))`.
 */
import type { Clock, Log } from '@leasehold/kernel';
import { type CommitRequest, createCassandraStore, type Store } from '@leasehold/store';
import { type FakeCluster, fakeCluster, responseError, type Strike } from './cluster.ts';

export interface CassandraBench {
  readonly cluster: FakeCluster;
  readonly store: Store;
  /** Another handle, as another replica has it. */
  open(): Promise<Store>;
  readonly clock: Clock;
  nowMs: number;
  /** How long was slept, each time. Sleeps end at once, after `onSleep`. */
  readonly slept: readonly number[];
  onSleep: (() => Promise<void>) | undefined;
}

let places = 0;

export async function openCassandraBench(log?: Log): Promise<CassandraBench> {
  places += 1;
  const place = `cluster-${places}`;
  const slept: number[] = [];
  const time = { nowMs: 1_800_000_000_000, onSleep: undefined as CassandraBench['onSleep'] };
  const clock: Clock = {
    now: () => time.nowMs,
    sleep: async (ms, signal) => {
      // The bound of connecting: told to end when the connection is there.
      if (signal) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      slept.push(ms);
      await time.onSleep?.();
    },
  };
  const cluster = fakeCluster(place, () => time.nowMs);
  const options = { contactPoints: [place], localDataCenter: 'dc1', keyspace: 'mesh', replication: { dc1: 1 }, clock };
  const open = () => createCassandraStore({ ...options, ...(log === undefined ? {} : { log }) });
  return Object.assign(time, { cluster, store: await open(), open, clock, slept });
}

let serial = 0;

/** A commit of one row, to be spread over. */
export function commitTo(partition: string, expectedVersion: number, rest: Partial<CommitRequest> = {}): CommitRequest {
  serial += 1;
  const put = [{ key: 'state', value: `${serial}` }];
  return { partition, expectedVersion, commitId: `commit-${serial}`, put, remove: [], hints: [], entries: [], ...rest };
}

const WRITE_TIMEOUT = 0x1100;
const UNAVAILABLE = 0x1000;

const named = (name: string, extra: object = {}): Error => Object.assign(new Error(name), { name, ...extra });

/** Answers that leave open what happened. */
export const LOST: Readonly<Record<string, () => Error>> = {
  'the driver gave up waiting': () => named('OperationTimedOutError'),
  'the coordinator gave up waiting': () => responseError(WRITE_TIMEOUT, 'CAS operation timed out'),
  'the connection went': () => named('Error', { isSocketError: true }),
};

/** Nobody answers a read. */
export const silent = (): Error => named('OperationTimedOutError');
export const tooFewReplicas = (): Error => responseError(UNAVAILABLE, 'Cannot achieve consistency level SERIAL');

/** The next conditional batch of a commit. */
export const onCommit = (effect: Strike['effect'], error: () => Error = silent): Strike => ({
  on: 'IF version',
  effect,
  error,
});
/** The next look at what became of one. */
export const onReadBack = (error: () => Error = silent): Strike => ({
  on: 'SELECT version, commits',
  effect: 'done',
  error,
});
