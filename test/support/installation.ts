/**
 * An installation of the product on the real servers that shares nothing with another: a Pulsar tenant, a store keyspace and
 * a prefix of tenant ids of its own. Owns the settings that lead a process there, and the taking away of all of it.
 */
import type { Settings } from './product.ts';
import { admin, withCassandra } from './servers.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Installation {
  readonly pulsarTenant: string;
  readonly keyspace: string;
  /** Environment of a process; `more` goes over it. */
  settings(more?: Settings): Settings;
  tenant(serial: number | string): string;
  topic(namespace: string, name: string): string;
  /** Whether a place in an inventory is the mesh's own: its topics and its store. */
  ownsPath(path: string): boolean;
  /** Removes everything under its names, whatever a failed test left. */
  clear(): Promise<void>;
}

export const ROLES = ['svc-billing', 'svc-catalogue'] as const;
const PLATFORM_NAMESPACES = ['system', 'global', 'compute', 'provisioning'] as const;

const need = (env: Env, name: string): string => {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: bring the stack up first`);
  return value;
};

function settingsOf(env: Env, pulsarTenant: string, keyspace: string): Settings {
  return {
    PULSAR_URL: need(env, 'STACK_PULSAR_BINARY_URL'),
    PULSAR_ADMIN_URL: need(env, 'STACK_PULSAR_URL'),
    PULSAR_WS_URL: need(env, 'STACK_PULSAR_URL'),
    PULSAR_TOKEN: need(env, 'STACK_PULSAR_TOKEN'),
    PULSAR_TENANT: pulsarTenant,
    PLATFORM_ROLES: ROLES.join(','),
    CASSANDRA_HOSTS: need(env, 'STACK_CASSANDRA_HOSTS'),
    CASSANDRA_USERNAME: need(env, 'STACK_CASSANDRA_USERNAME'),
    CASSANDRA_PASSWORD: need(env, 'STACK_CASSANDRA_PASSWORD'),
    STORE_KEYSPACE: keyspace,
    MINIO_ENDPOINT: need(env, 'STACK_MINIO_ENDPOINT'),
    MINIO_ACCESS_KEY: need(env, 'STACK_MINIO_ACCESS_KEY'),
    MINIO_SECRET_KEY: need(env, 'STACK_MINIO_SECRET_KEY'),
  };
}

/** @param name of the test file, short. */
export function createInstallation(name: string, env: Env = process.env): Installation {
  const mark = `${name}${process.pid.toString(36)}${Date.now().toString(36).slice(-4)}`;
  const [pulsarTenant, keyspace] = [`p-${mark}`, `s_${mark}`];
  const own = [
    `/cassandra/keyspaces/${keyspace}`,
    `/cassandra/permissions/${need(env, 'STACK_CASSANDRA_USERNAME')}/data~1${keyspace}`,
    `/cassandra/permissions/${need(env, 'STACK_CASSANDRA_USERNAME')}/functions~1${keyspace}`,
    ...PLATFORM_NAMESPACES.map((namespace) => `/pulsar/${pulsarTenant}/namespaces/${pulsarTenant}~1${namespace}`),
  ];
  const platform = new Set(PLATFORM_NAMESPACES.map((namespace) => `${pulsarTenant}/${namespace}`));
  return {
    pulsarTenant,
    keyspace,
    settings: (more = {}) => ({ ...settingsOf(env, pulsarTenant, keyspace), ...more }),
    tenant: (serial) => `${mark}-${typeof serial === 'number' ? String(serial).padStart(2, '0') : serial}`,
    topic: (namespace, topic) => `persistent://${pulsarTenant}/${namespace}/${topic}`,
    ownsPath: (path) =>
      own.some((prefix) => path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}~1`)),
    clear: async () => {
      await withCassandra(env, async (execute) => {
        const rows = await execute('SELECT keyspace_name FROM system_schema.keyspaces');
        for (const { keyspace_name: found = '' } of rows)
          if (found === keyspace || found.startsWith(`tenant_${mark}_`))
            await execute(`DROP KEYSPACE IF EXISTS "${found}"`);
      });
      for (const maker of ['tenant', 'drawer']) await clearBuckets(env, `${maker}-${mark}-`);
      const namespaces = ((await admin(env, 'GET', `namespaces/${pulsarTenant}`)) ?? []) as readonly string[];
      for (const namespace of [...namespaces].sort((a, b) => Number(platform.has(a)) - Number(platform.has(b))))
        await admin(env, 'DELETE', `namespaces/${namespace}?force=true`);
      await admin(env, 'DELETE', `tenants/${pulsarTenant}`);
    },
  };
}

async function clearBuckets(env: Env, prefix: string): Promise<void> {
  const { Client } = await import('minio');
  const { hostname, port } = new URL(`http://${need(env, 'STACK_MINIO_ENDPOINT')}`);
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: need(env, 'STACK_MINIO_ACCESS_KEY'),
    secretKey: need(env, 'STACK_MINIO_SECRET_KEY'),
  });
  for (const { name } of await client.listBuckets()) {
    if (!name.startsWith(prefix)) continue;
    for await (const { name: object } of client.listObjectsV2(name, '', true))
      await client.removeObject(name, object, { forceDelete: true });
    await client.removeBucket(name);
  }
}
