/**
 * A whole tenant by the raw drivers: the floor that the product is measured against. It makes the same objects with the same
 * calls, and keeps no record, checks nothing, and would not survive a crash.
 */
import type { Env, Installation } from '../../support/installation.ts';
import { admin } from '../../support/servers.ts';
import { bucketOf, keyspaceOf, namespacesOf } from '../../support/tenant-facts.ts';
import { connectMinio, makeBucket } from './bucket.ts';
import { connectIgnite } from './caches.ts';
import type { How } from './how.ts';
import { connectElasticsearch } from './indices.ts';
import { connectCassandra, dropKeyspace, makeKeyspace } from './keyspace.ts';
import { makeNamespaces } from './namespaces.ts';

export interface RawDrivers {
  make(tenantId: string, how: How): Promise<void>;
  /** Removes every object of a tenant, whoever made it. */
  remove(tenantId: string): Promise<void>;
  /** What nothing else clears: caches and indices of all tenants whose ids begin so. */
  clear(prefix: string): Promise<void>;
  close(): Promise<void>;
}

export const TIER = 'starter';

export async function openRawDrivers(env: Env, installation: Installation): Promise<RawDrivers> {
  const { pulsarTenant } = installation;
  const [cassandra, minio, caches, indices] = await Promise.all([
    connectCassandra(env),
    connectMinio(env),
    connectIgnite(env),
    connectElasticsearch(env),
  ]);
  const clusters = (await admin(env, 'GET', 'clusters')) as readonly string[];
  const cluster = clusters.find((name) => name !== 'global') ?? 'standalone';
  return {
    make: async (tenantId, how) => {
      const parts = [
        () => makeKeyspace(cassandra, env, tenantId),
        () => makeBucket(minio, env, tenantId, TIER),
        () => makeNamespaces(env, pulsarTenant, cluster, tenantId, how),
        () => caches.make(tenantId, how),
        () => indices.make(tenantId, TIER, how),
      ];
      if (how === 'all-at-once') await Promise.all(parts.map((part) => part()));
      else for (const part of parts) await part();
    },
    remove: async (tenantId) => {
      await dropKeyspace(cassandra, keyspaceOf(tenantId));
      await minio.removeBucket(bucketOf(tenantId));
      for (const namespace of namespacesOf(pulsarTenant, tenantId))
        await admin(env, 'DELETE', `namespaces/${namespace}?force=true`);
      await caches.remove(tenantId);
      await indices.remove(tenantId);
    },
    clear: async (prefix) => {
      await caches.clear(prefix);
      await indices.clear(prefix);
    },
    close: () => {
      caches.close();
      return cassandra.shutdown();
    },
  };
}
