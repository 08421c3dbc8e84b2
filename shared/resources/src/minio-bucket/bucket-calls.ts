/**
 * Each S3 or admin call on a bucket and its settings as a function: path, body and answer. Changes nothing that its name
 * does not say.
 */
import { bound, invalid } from '@leasehold/kernel';
import type { S3Client } from './client.ts';
import { createContentCalls } from './content-calls.ts';
import { elements, escapeXml, text } from './xml.ts';

const NO_BUCKET = 'NoSuchBucket';
/** A store that pages at all gives thousands a page; most answer at once. */
const LIST_PAGES = bound('minio-bucket-pages', 1000);
const QUOTA_PATH = '/minio/admin/v3';

export function createBucketCalls(client: S3Client) {
  return {
    ...createSettingCalls(client),
    ...createContentCalls(client),
    async list(signal: AbortSignal): Promise<readonly string[]> {
      const names: string[] = [];
      let next: string | undefined;
      for (let page = 0; page < LIST_PAGES.value; page++) {
        const query: Record<string, string> = next === undefined ? {} : { 'continuation-token': next };
        const { body } = await client.call({ name: 'list-buckets', method: 'GET', path: '/', query }, signal);
        names.push(...elements(body, 'Bucket').map((one) => text(one, 'Name') ?? ''));
        next = text(body, 'ContinuationToken');
        if (next === undefined || next === '') return names;
      }
      throw invalid(`the store lists its buckets in more than ${LIST_PAGES.value} pages`, {
        code: 'TooManyElements',
        backend: 'minio',
      });
    },
    /** @returns false where we have a bucket of this name already. */
    async create(bucket: string, signal: AbortSignal): Promise<boolean> {
      const place = `<LocationConstraint>${client.region}</LocationConstraint>`;
      const body =
        client.region === 'us-east-1' ? '' : `<CreateBucketConfiguration>${place}</CreateBucketConfiguration>`;
      const request = { name: 'create-bucket', method: 'PUT', path: `/${bucket}`, body } as const;
      return (await client.call({ ...request, expect: ['BucketAlreadyOwnedByYou'] }, signal)).code === undefined;
    },
    /** @returns false where something is left in it. */
    async remove(bucket: string, signal: AbortSignal): Promise<boolean> {
      const request = { name: 'delete-bucket', method: 'DELETE', path: `/${bucket}` } as const;
      const { code } = await client.call({ ...request, expect: [NO_BUCKET, 'BucketNotEmpty'] }, signal);
      return code !== 'BucketNotEmpty';
    },
  };
}

export type BucketCalls = ReturnType<typeof createBucketCalls>;

function createSettingCalls(client: S3Client) {
  const get = (name: string, bucket: string, query: Record<string, string>, signal: AbortSignal, ...expect: string[]) =>
    client.call({ name, method: 'GET', path: `/${bucket}`, query, expect: [NO_BUCKET, ...expect] }, signal);
  const put = async (
    name: string,
    bucket: string,
    query: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ) => {
    await client.call({ name, method: 'PUT', path: `/${bucket}`, query, body }, signal);
  };
  return {
    /** undefined: no such bucket. MinIO tells a missing bucket and missing tags apart only by its versioning. */
    async versioning(bucket: string, signal: AbortSignal): Promise<'enabled' | 'suspended' | 'off' | undefined> {
      const { code, body } = await get('read-versioning', bucket, { versioning: '' }, signal);
      if (code !== undefined) return undefined;
      const status = text(body, 'Status');
      return status === 'Enabled' ? 'enabled' : status === 'Suspended' ? 'suspended' : 'off';
    },
    setVersioning: (bucket: string, enabled: boolean, signal: AbortSignal) => {
      const status = `<Status>${enabled ? 'Enabled' : 'Suspended'}</Status>`;
      const body = `<VersioningConfiguration>${status}</VersioningConfiguration>`;
      return put('set-versioning', bucket, { versioning: '' }, body, signal);
    },
    async tags(bucket: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
      const { code, body } = await get('read-tags', bucket, { tagging: '' }, signal, 'NoSuchTagSet');
      const tags = code === undefined ? elements(body, 'Tag') : [];
      return Object.fromEntries(tags.map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']));
    },
    setTags: (bucket: string, tags: Readonly<Record<string, string>>, signal: AbortSignal) => {
      const each = Object.entries(tags).map(
        ([key, value]) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
      );
      return put('set-tags', bucket, { tagging: '' }, `<Tagging><TagSet>${each.join('')}</TagSet></Tagging>`, signal);
    },
    /** The configuration's XML; empty: none. */
    async lifecycle(bucket: string, signal: AbortSignal): Promise<string> {
      const none = 'NoSuchLifecycleConfiguration';
      const { code, body } = await get('read-lifecycle', bucket, { lifecycle: '' }, signal, none);
      return code === undefined ? body : '';
    },
    async setLifecycle(bucket: string, xml: string | undefined, signal: AbortSignal): Promise<void> {
      if (xml !== undefined) return put('set-lifecycle', bucket, { lifecycle: '' }, xml, signal);
      const request = {
        name: 'set-lifecycle',
        method: 'DELETE',
        path: `/${bucket}`,
        query: { lifecycle: '' },
      } as const;
      await client.call(request, signal);
    },
    ...createQuotaCalls(client),
  };
}

interface DataUsage {
  readonly lastUpdate?: string;
  readonly bucketsUsageInfo?: Readonly<Record<string, { readonly size?: number }>>;
}

function createQuotaCalls(client: S3Client) {
  return {
    async quotaBytes(bucket: string, signal: AbortSignal): Promise<number | null> {
      const path = `${QUOTA_PATH}/get-bucket-quota`;
      const expect = [NO_BUCKET, 'XMinioAdminNoSuchQuotaConfiguration'];
      const request = { name: 'read-quota', method: 'GET', path, query: { bucket }, expect } as const;
      const { code, body } = await client.call(request, signal);
      const quota = code === undefined ? (JSON.parse(body) as { size?: number; quota?: number }) : {};
      return quota.size || quota.quota || null;
    },
    /** As the server counted it last; undefined: it has not counted yet. */
    async usedBytes(bucket: string, signal: AbortSignal): Promise<number | undefined> {
      const request = { name: 'read-usage', method: 'GET', path: `${QUOTA_PATH}/datausageinfo` } as const;
      const usage = JSON.parse((await client.call(request, signal)).body) as DataUsage;
      if (!usage.lastUpdate || usage.lastUpdate.startsWith('0001-')) return undefined;
      return usage.bucketsUsageInfo?.[bucket]?.size ?? 0;
    },
    async setQuotaBytes(bucket: string, bytes: number | null, signal: AbortSignal): Promise<void> {
      const body = JSON.stringify({ quota: bytes ?? 0, size: bytes ?? 0, quotatype: bytes === null ? '' : 'hard' });
      const path = `${QUOTA_PATH}/set-bucket-quota`;
      await client.call({ name: 'set-quota', method: 'PUT', path, query: { bucket }, body }, signal);
    },
  };
}
