/**
 * A tenant's bucket by the minio package: made, tagged, versioned, with lifecycle rules and a quota, one call after the
 * other: MinIO keeps these settings in one record that it writes without a lock, so nobody may send them at once. The
 * package has no admin API, so the quota is one signed call of our own.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Client } from 'minio';
import type { Env } from '../../support/installation.ts';
import { bucketOf, TIER_FACTS, type TierFacts } from '../../support/tenant-facts.ts';

const GIB = 1024 ** 3;
const REGION = 'us-east-1';
const RULES = ['temp', 'cache', 'logs'] as const;

export async function connectMinio(env: Env): Promise<Client> {
  const { Client } = await import('minio');
  const { hostname, port } = new URL(`http://${env['STACK_MINIO_ENDPOINT']}`);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: REGION,
    accessKey: env['STACK_MINIO_ACCESS_KEY'] ?? '',
    secretKey: env['STACK_MINIO_SECRET_KEY'] ?? '',
  });
}

const lifecycleOf = ({ days }: TierFacts) => ({
  Rule: [
    ...RULES.map((name, index) => ({
      ID: `leasehold-${name}`,
      Status: 'Enabled',
      Filter: { Prefix: `${name}/` },
      Expiration: { Days: days[index] as number },
    })),
    {
      ID: 'leasehold-old-versions',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      Expiration: { ExpiredObjectDeleteMarker: true },
      NoncurrentVersionExpiration: { NoncurrentDays: days[3] },
    },
  ],
});

export async function makeBucket(client: Client, env: Env, tenantId: string, tier: string): Promise<void> {
  const bucket = bucketOf(tenantId);
  const facts = TIER_FACTS[tier] as TierFacts;
  await client.makeBucket(bucket, REGION);
  await client.setBucketTagging(bucket, { 'tenant-id': tenantId, tier, 'leasehold-generation': '1' });
  await client.setBucketVersioning(bucket, { Status: 'Enabled' });
  // The package's types know neither delete markers nor old versions, which the server does.
  await client.setBucketLifecycle(bucket, lifecycleOf(facts) as never);
  await setQuota(env, bucket, facts.storageGb * GIB);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

async function setQuota(env: Env, bucket: string, bytes: number): Promise<void> {
  const host = env['STACK_MINIO_ENDPOINT'] ?? '';
  const [path, query] = ['/minio/admin/v3/set-bucket-quota', `bucket=${encodeURIComponent(bucket)}`];
  const body = JSON.stringify({ quota: bytes, size: bytes, quotatype: 'hard' });
  const at = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${at.slice(0, 8)}/${REGION}/s3/aws4_request`;
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const lines = `host:${host}\nx-amz-content-sha256:${sha256(body)}\nx-amz-date:${at}\n`;
  const request = ['PUT', path, query, lines, names, sha256(body)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${env['STACK_MINIO_SECRET_KEY']}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', at, scope, sha256(request)].join('\n')).toString('hex');
  const credential = `AWS4-HMAC-SHA256 Credential=${env['STACK_MINIO_ACCESS_KEY']}/${scope}`;
  const headers = {
    'x-amz-date': at,
    'x-amz-content-sha256': sha256(body),
    authorization: `${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
  const answer = await fetch(`http://${host}${path}?${query}`, { method: 'PUT', headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`set-bucket-quota: ${answer.status} ${text.slice(0, 200)}`);
}
