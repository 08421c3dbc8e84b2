/**
 * A tenant as it was before the mesh: made on all six servers, and in the project server of the tests, by their own means under
 * the contract's names, without a mark and with other settings; each object holds something. `lostOf` says what of that is gone.
 */
import type { FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { openKubernetes } from './kubernetes-client.ts';
import { legacyCaches } from './legacy-caches.ts';
import { admin, withCassandra } from './servers.ts';
import { bucketOf, keyspaceOf } from './tenant-facts.ts';
import type { Tree } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Legacy {
  readonly env: Env;
  readonly pulsarTenant: string;
  readonly projects: FakeOpenProject;
  readonly id: string;
}

const projectOf = (id: string): string => `tenant-${id}`;
const indicesOf = (id: string): readonly string[] => [`${id}_marketplace`, `${id}_logs-000001`];

async function minioOf(env: Env) {
  const { Client } = await import('minio');
  const { hostname, port } = new URL(`http://${env['STACK_MINIO_ENDPOINT']}`);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: env['STACK_MINIO_ACCESS_KEY'] ?? '',
    secretKey: env['STACK_MINIO_SECRET_KEY'] ?? '',
  });
}

async function search({ env }: Legacy, method: string, path: string, body?: object): Promise<Tree> {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${env['STACK_ELASTICSEARCH_URL']}${path}`, { method, headers, ...sent });
  return (await answer.json()) as Tree;
}

export async function makeLegacy(legacy: Legacy): Promise<void> {
  const { env, id, pulsarTenant, projects } = legacy;
  const buckets = await minioOf(env);
  await buckets.makeBucket(bucketOf(id));
  await buckets.setBucketTagging(bucketOf(id), { owner: 'billing' });
  await buckets.putObject(bucketOf(id), 'invoice.txt', 'kept');
  await withCassandra(env, async (execute) => {
    const replication = "{'class': 'NetworkTopologyStrategy', 'datacenter1': 1}";
    await execute(`CREATE KEYSPACE ${keyspaceOf(id)} WITH replication = ${replication} AND durable_writes = false`);
    await execute(`CREATE TABLE ${keyspaceOf(id)}.orders (id int PRIMARY KEY, total int)`);
    await execute(`INSERT INTO ${keyspaceOf(id)}.orders (id, total) VALUES (1, 7)`);
  });
  await admin(env, 'PUT', `namespaces/${pulsarTenant}/${id}`);
  await admin(env, 'PUT', `persistent/${pulsarTenant}/${id}/orders`);
  for (const index of indicesOf(id)) {
    const mappings = { _meta: { by: 'them' }, properties: { theirs: { type: 'text' } } };
    await search(legacy, 'PUT', `/${index}`, { settings: { number_of_replicas: 0 }, mappings });
    await search(legacy, 'PUT', `/${index}/_doc/theirs?refresh=true`, { theirs: 'kept' });
  }
  await legacyCaches(env, id, 'make');
  const { call, close } = openKubernetes(env);
  const metadata = { name: projectOf(id), labels: { owner: 'billing' } };
  await call('POST', '/api/v1/namespaces', { metadata });
  await call('POST', `/api/v1/namespaces/${projectOf(id)}/configmaps`, {
    metadata: { name: 'theirs' },
    data: { key: 'kept' },
  });
  close();
  projects.projects.set(9_000, {
    id: 9_000,
    identifier: projectOf(id),
    name: 'Theirs',
    active: true,
    public: true,
    description: { format: 'markdown', raw: 'Their own words.' },
    leaving: undefined,
    workPackages: 5,
  });
}

/** What the tenant held before and holds no more; empty is the goal. */
export async function lostOf(legacy: Legacy): Promise<readonly string[]> {
  const { env, id, pulsarTenant, projects } = legacy;
  const lost: string[] = [];
  const kept = (what: string, seen: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
    if (a !== b) lost.push(`${what}: expected ${b}, found ${a}`);
  };
  const buckets = await minioOf(env);
  kept('object', (await buckets.statObject(bucketOf(id), 'invoice.txt')).size, 4);
  kept('tag', JSON.stringify(await buckets.getBucketTagging(bucketOf(id))).includes('billing'), true);
  const rows = await withCassandra(env, (execute) => execute(`SELECT total FROM ${keyspaceOf(id)}.orders`));
  kept(
    'rows',
    rows.map(({ total }) => total),
    [7],
  );
  const topics = (await admin(env, 'GET', `persistent/${pulsarTenant}/${id}`)) as readonly string[];
  kept('topic', topics.includes(`persistent://${pulsarTenant}/${id}/orders`), true);
  for (const index of indicesOf(id)) {
    kept(`document of ${index}`, (await search(legacy, 'GET', `/${index}/_doc/theirs`))._source, { theirs: 'kept' });
    kept(`words of ${index}`, (await search(legacy, 'GET', `/${index}`))[index]?.mappings._meta.by, 'them');
  }
  kept('cache entries', await legacyCaches(env, id, 'read'), ['kept', 'kept']);
  const { call, close } = openKubernetes(env);
  kept('config map', (await call('GET', `/api/v1/namespaces/${projectOf(id)}/configmaps/theirs`))?.data, {
    key: 'kept',
  });
  close();
  const project = projects.project(projectOf(id));
  kept('project', [project?.name, project?.workPackages], ['Theirs', 5]);
  kept('description', project?.description.raw.startsWith('Their own words.'), true);
  return lost;
}
