/**
 * The S3 calls on what is in a bucket: versions, delete markers and unfinished uploads, in pages.
 */
import { bound } from '@leasehold/kernel';
import type { S3Client } from './client.ts';
import { encode } from './signature.ts';
import { elements, escapeXml, text } from './xml.ts';

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

export function createContentCalls(client: S3Client) {
  const get = (name: string, bucket: string, query: Record<string, string>, signal: AbortSignal) =>
    client.call({ name, method: 'GET', path: `/${bucket}`, query, expect: [NO_BUCKET] }, signal);
  return {
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
      return elements(answer.body, 'Error').map((one) => text(one, 'Code') ?? 'Unknown');
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
  };
}

const encodeKey = (key: string): string => key.split('/').map(encode).join('/');
