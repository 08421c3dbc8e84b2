/** The contract of the store without a server: the product's own code down to its session, over a cluster in memory. */
import type { Clock } from '@leasehold/kernel';
import { fakeCluster } from '@leasehold/testing/fakes/cassandra/cluster';
import { storeSuite } from '@leasehold/testing/suites/store';
import { vi } from 'vitest';
import { createCassandraStore } from './store.ts';

vi.mock('cassandra-driver', () => import('@leasehold/testing/fakes/cassandra/driver'));

storeSuite('the store on Cassandra, its driver over a cluster in memory', async () => {
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { now: () => nowMs, sleep: () => new Promise(() => undefined) };
  fakeCluster('one', () => nowMs);
  const open = () =>
    createCassandraStore({
      contactPoints: ['one'],
      localDataCenter: 'dc1',
      keyspace: 'mesh',
      replication: { dc1: 1 },
      clock,
    });
  const store = await open();
  return {
    store,
    reopen: open,
    pass: async (ms) => {
      nowMs += ms;
    },
    close: () => store.close(),
  };
});
