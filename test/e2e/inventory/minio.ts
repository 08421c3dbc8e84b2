/**
 * A MinIO server's buckets (versioning, objects, versions, tags, lifecycle, quota), its policies other than the built-in
 * ones, its users and access keys.
 */
import { bound, type Json } from '@leasehold/kernel';
import type { Client } from 'minio';
import { type AdminLogin, adminGet } from './minio-admin.ts';
import { variable } from './variable.ts';

const MAX_VERSIONS = bound('inventory.versions-of-a-bucket', 1_000_000);
const BUILT_IN = new Set(['consoleAdmin', 'diagnostics', 'readonly', 'readwrite', 'writeonly']);
const NOT_SET = /NoSuchTagSet|NoSuchLifecycleConfiguration/;

type Tree = { [key: string]: Json };

/** What a call gives, or null where the bucket has no such setting. */
async function settingOf(call: () => Promise<unknown>): Promise<Json> {
  try {
    return JSON.parse(JSON.stringify((await call()) ?? null)) as Json;
  } catch (error) {
    if (NOT_SET.test(String((error as { code?: unknown }).code))) return null;
    throw error;
  }
}

interface Listed {
  readonly name?: string;
  readonly size?: number;
  readonly isDeleteMarker?: boolean;
  readonly isLatest?: boolean | string;
}

async function contentOf(client: Client, bucket: string): Promise<Json> {
  const names = new Set<string>();
  let [versions, deleteMarkers, bytes] = [0, 0, 0];
  for await (const item of client.listObjects(bucket, '', true, { IncludeVersion: true }) as AsyncIterable<Listed>) {
    if (versions + deleteMarkers >= MAX_VERSIONS.value)
      throw new Error(`${bucket} has over ${MAX_VERSIONS.value} versions`);
    if (item.name !== undefined) names.add(item.name);
    if (item.isDeleteMarker) deleteMarkers += 1;
    else versions += 1;
    bytes += item.size ?? 0;
  }
  return { keys: [...names].sort(), versions, delete_markers: deleteMarkers, bytes };
}

async function bucketOf(client: Client, login: AdminLogin, bucket: string): Promise<Json> {
  return {
    versioning: await settingOf(() => client.getBucketVersioning(bucket)),
    tags: await settingOf(() => client.getBucketTagging(bucket)),
    lifecycle: await settingOf(() => client.getBucketLifecycle(bucket)),
    quota: await settingOf(() => adminGet(login, 'get-bucket-quota', `bucket=${encodeURIComponent(bucket)}`, 'plain')),
    content: await contentOf(client, bucket),
  };
}

async function accessOf(login: AdminLogin): Promise<Tree> {
  const policies = (await adminGet(login, 'list-canned-policies', '', 'plain')) as Tree;
  const users = (await adminGet(login, 'list-users', '', 'sealed')) as Tree;
  const keys = (await adminGet(login, 'list-access-keys-bulk', 'all=true&listType=svcacc-only', 'sealed')) as Record<
    string,
    { readonly serviceAccounts?: readonly { readonly accessKey: string }[] | null }
  >;
  const accessKeys = Object.entries(keys).map(([user, held]): [string, Json] => [
    user,
    (held.serviceAccounts ?? []).map(({ accessKey }) => accessKey).sort(),
  ]);
  return {
    policies: Object.fromEntries(Object.entries(policies).filter(([name]) => !BUILT_IN.has(name))),
    users: Object.fromEntries(Object.entries(users).map(([name, user]) => [name, withoutMoments(user)])),
    access_keys: Object.fromEntries(accessKeys.filter(([, held]) => (held as readonly Json[]).length > 0)),
  };
}

const withoutMoments = (user: Json | undefined): Json => {
  const { updatedAt: _moment, ...rest } = (user ?? {}) as Tree;
  return rest;
};

/** @param env STACK_MINIO_ENDPOINT, _ACCESS_KEY, _SECRET_KEY. */
export async function minioInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const minio = await import('minio');
  const login: AdminLogin = {
    endpoint: variable(env, 'STACK_MINIO_ENDPOINT'),
    accessKey: variable(env, 'STACK_MINIO_ACCESS_KEY'),
    secretKey: variable(env, 'STACK_MINIO_SECRET_KEY'),
  };
  const { hostname, port } = new URL(`http://${login.endpoint}`);
  const { accessKey, secretKey } = login;
  const client = new minio.Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
  const buckets: Tree = {};
  for (const { name } of await client.listBuckets()) buckets[name] = await bucketOf(client, login, name);
  return { buckets, ...(await accessOf(login)) };
}
