/**
 * Each S3 or admin call on a bucket as a function: path, body and answer. Changes nothing that its name does not say.
 */
import { bound } from '@leasehold/kernel';
import type { S3Client } from './client.ts';
import { elements, escapeXml, text, unescapeXml } from './xml.ts';

const NO_BUCKET = 'NoSuchBucket';

export interface Version {
  readonly key: string;
  readonly versionId: string;
}

export interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

/** Objects of one page, of one bulk delete: S3's own maximum. */
export const PAGE_OBJECTS = bound('minio-page-objects', 1000);

const decodeKey = (xml: string, name: string): string =>
  decodeURIComponent((text(xml, name) ?? '').replaceAll('+', ' '));

export function createBucketCalls(client: S3Client) {
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
    async list(signal: AbortSignal): Promise<readonly string[]> {
      const { body } = await client.call({ name: 'list-buckets', method: 'GET', path: '/' }, signal);
      return elements(body, 'Bucket').map((one) => text(one, 'Name') ?? '');
    },
    /** @returns false where we have a bucket of this name already. */
    async create(bucket: string, signal: AbortSignal): Promise<boolean> {
      const place = `<LocationConstraint>${client.region}</LocationConstraint>`;
      const body =
        client.region === 'us-east-1' ? '' : `<CreateBucketConfiguration>${place}</CreateBucketConfiguration>`;
      const request = { name: 'create-bucket', method: 'PUT', path: `/${bucket}`, body } as const;
      return (await client.call({ ...request, expect: ['BucketAlreadyOwnedByYou'] }, signal)).code === undefined;
    },
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
    async quotaBytes(bucket: string, signal: AbortSignal): Promise<number | null> {
      const path = '/minio/admin/v3/get-bucket-quota';
      const expect = [NO_BUCKET, 'XMinioAdminNoSuchQuotaConfiguration'];
      const request = { name: 'read-quota', method: 'GET', path, query: { bucket }, expect } as const;
      const { code, body } = await client.call(request, signal);
      const quota = code === undefined ? (JSON.parse(body) as { size?: number; quota?: number }) : {};
      return quota.size || quota.quota || null;
    },
    async setQuotaBytes(bucket: string, bytes: number | null, signal: AbortSignal): Promise<void> {
      const body = JSON.stringify({ quota: bytes ?? 0, size: bytes ?? 0, quotatype: bytes === null ? '' : 'hard' });
      const path = '/minio/admin/v3/set-bucket-quota';
      await client.call({ name: 'set-quota', method: 'PUT', path, query: { bucket }, body }, signal);
    },
    /** The first versions and delete markers; from the start each time, since what was seen is then deleted. */
    async versions(bucket: string, limit: number, signal: AbortSignal): Promise<readonly Version[]> {
      const query = { versions: '', 'encoding-type': 'url', 'max-keys': String(limit) };
      const { code, body } = await get('list-versions', bucket, query, signal);
      const each = code === undefined ? [...elements(body, 'Version'), ...elements(body, 'DeleteMarker')] : [];
      return each.map((one) => ({ key: decodeKey(one, 'Key'), versionId: text(one, 'VersionId') ?? 'null' }));
    },
    /** @returns the error codes of what could not be deleted. */
    async deleteVersions(
      bucket: string,
      versions: readonly Version[],
      signal: AbortSignal,
    ): Promise<readonly string[]> {
      const each = versions.map(
        ({ key, versionId }) =>
          `<Object><Key>${escapeXml(key)}</Key><VersionId>${escapeXml(versionId)}</VersionId></Object>`,
      );
      const request = { name: 'delete-versions', method: 'POST', path: `/${bucket}`, query: { delete: '' } } as const;
      const body = `<Delete><Quiet>true</Quiet>${each.join('')}</Delete>`;
      const answer = await client.call({ ...request, body, expect: [NO_BUCKET] }, signal);
      if (answer.code !== undefined) return [];
      return elements(answer.body, 'Error').map((one) => unescapeXml(text(one, 'Code') ?? 'Unknown'));
    },
    async uploads(bucket: string, signal: AbortSignal): Promise<readonly Upload[]> {
      const query = { uploads: '', 'encoding-type': 'url', 'max-uploads': String(PAGE_OBJECTS.value) };
      const { code, body } = await get('list-uploads', bucket, query, signal);
      const each = code === undefined ? elements(body, 'Upload') : [];
      return each.map((one) => ({ key: decodeKey(one, 'Key'), uploadId: text(one, 'UploadId') ?? '' }));
    },
    async abortUpload(bucket: string, upload: Upload, signal: AbortSignal): Promise<void> {
      const path = `/${bucket}/${encodeKey(upload.key)}`;
      const query = { uploadId: upload.uploadId };
      const expect = ['NoSuchUpload', NO_BUCKET];
      await client.call({ name: 'abort-upload', method: 'DELETE', path, query, expect }, signal);
    },
    /** @returns false where something is left in it. */
    async remove(bucket: string, signal: AbortSignal): Promise<boolean> {
      const request = { name: 'delete-bucket', method: 'DELETE', path: `/${bucket}` } as const;
      const { code } = await client.call({ ...request, expect: [NO_BUCKET, 'BucketNotEmpty'] }, signal);
      return code !== 'BucketNotEmpty';
    },
  };
}

const encodeKey = (key: string): string =>
  key
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/');

export type BucketCalls = ReturnType<typeof createBucketCalls>;
