/**
 * The connection to the S3 store, and the provider that uses it. Constructing it opens nothing.
 */
import type { Backend, Provider } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import { notMinio } from './answers.ts';
import { createBucketCalls } from './bucket-calls.ts';
import { createS3Client, type MinioSettings, type S3Client } from './client.ts';
import { createBucketProvider } from './provider.ts';
import type { BucketSeen, BucketSpec, Vendor } from './spec.ts';

export interface MinioBackendOptions extends MinioSettings {
  /** `minio` has a quota and no rule for incomplete uploads; `generic` is any other S3 store, the other way round. */
  readonly vendor?: Vendor;
  /** Buckets that the store bears. */
  readonly bucketLimit?: number;
  /** A whole call of the provider; emptying a full bucket goes on in the next one. Shipped: 5 min. */
  readonly operationTimeoutMs?: number;
}

export interface MinioBackend {
  readonly backend: Backend;
  readonly providers: readonly [Provider<BucketSpec, BucketSeen>];
}

export function createMinioBackend(options: MinioBackendOptions): MinioBackend {
  const client = createS3Client(options);
  const calls = createBucketCalls(client);
  const provider = createBucketProvider({
    calls,
    vendor: options.vendor ?? 'minio',
    timeoutMs: bound('minio-bucket-ms', options.operationTimeoutMs ?? 300_000),
    parallelism: bound('minio-bucket-parallelism', 16),
    bucketLimit: bound('minio-buckets', options.bucketLimit ?? 500_000),
  });
  const backend: Backend = {
    name: 'minio',
    embedded: false,
    probe: async (signal) => {
      // Whether the server lives anybody may ask; keys, region and clock are told by what is signed. A store that does not know the
      // bound answers with all of its buckets.
      const query = { 'max-buckets': '1' };
      await client.call({ name: 'probe-access', method: 'GET', path: '/', query }, signal);
      if (options.vendor !== 'generic') await probeMinio(client, signal);
    },
    close: async () => client.close(),
  };
  return { backend, providers: [provider] };
}

/** Another store takes the path for an object's, and has or shows none. */
async function probeMinio(client: S3Client, signal: AbortSignal): Promise<void> {
  const expect = ['NoSuchBucket', 'NoSuchKey', 'AccessDenied'];
  const { code } = await client.call({ name: 'probe', method: 'GET', path: '/minio/health/live', expect }, signal);
  if (code !== undefined) throw notMinio();
}
