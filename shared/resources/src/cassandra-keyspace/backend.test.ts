/** The probe of a cluster: what it asks, and which data centres it misses. */
import { afterEach, expect, test, vi } from 'vitest';
import { driver } from '../../test/canned-driver.ts';
import { labelled } from '../../test/labelled.ts';
import { createCassandraBackend } from './backend.ts';

vi.mock('cassandra-driver', () => import('../../test/canned-driver.ts'));

const never = new AbortController().signal;
afterEach(driver.rest);

const backendOf = (replication: Readonly<Record<string, number>>) =>
  createCassandraBackend({ hosts: ['a'], localDataCenter: 'eu', replication, around: labelled }).backend;

/** One node in `eu`, and its peers. */
function clusterOf(...peers: readonly string[]) {
  driver.answer = async ({ cql }) => {
    if (cql.includes('system.local')) return { rows: [{ data_center: 'eu' }] };
    return { rows: cql.includes('system.peers') ? peers.map((data_center) => ({ data_center })) : [] };
  };
}

test('a probe asks for the data centres and for the schema, and is content where copies can go', async () => {
  clusterOf('us', 'eu');
  const backend = backendOf({ eu: 3, us: 2 });
  await backend.probe(never);
  expect(driver.executed.map(({ cql }) => cql).sort()).toEqual([
    'SELECT data_center FROM system.local',
    'SELECT data_center FROM system.peers',
    'SELECT keyspace_name FROM system_schema.keyspaces LIMIT 1',
  ]);
  await backend.close();
  expect(driver.ended).toBe(1);
});

test('data centres that the cluster does not have are named, beside those that it has', async () => {
  clusterOf('us', 'eu');
  await expect(backendOf({ eu: 1, asia: 1, us: 1, mars: 1 }).probe(never)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'UnknownDataCentre',
    backend: 'cassandra',
    away: true,
    message: 'cassandra has no data centre asia, mars; it has eu, us',
  });
});
