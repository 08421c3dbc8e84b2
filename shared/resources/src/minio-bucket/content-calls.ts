/**
 * The S3 calls on what is in a bucket: versions, delete markers and unfinished uploads, in pages.
 *
 * 1. A name is asked for percent-encoded, which any name can be; it is read so only where the store says that it did.
 * 2. What XML cannot say is deleted by a call of its own; `deleteVersions` leaves the choice to its caller.
 */
import { bound } from '@leasehold/kernel';
import { withoutAddresses } from '../edge/network-fault.ts';
import { LACKING, REFUSED } from './answers.ts';
import type { S3Answer, S3Client } from './client.ts';
import { decodeName, encodePath } from './object-name.ts';
import { elements, escapeXml, text } from './xml.ts';

const NO_BUCKET = 'NoSuchBucket';

export interface Version {
  readonly key: string;
  /** Absent where the vendor has no versions. */
  readonly versionId?: string;
}

/** Why something stays. */
export interface Refusal {
  readonly code: string;
  /** The store's own words. */
  readonly message?: string;
}

export interface Upload {
  readonly key: string;
  readonly uploadId: string;
}

/** Query parameters that ask for what comes after a page. */
export type Cursor = Readonly<Record<string, string>>;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly isTruncated: boolean;
  /** Absent where the store says that there is more and not where. */
  readonly next?: Cursor;
}

/** Objects of one page, of one bulk delete: S3's own maximum. */
export const PAGE_OBJECTS = bound('minio-page-objects', 1000);

const EMPTY = { items: [], isTruncated: false };
const GONE = ['NoSuchKey', 'NoSuchVersion', 'NoSuchUpload', NO_BUCKET];

export const createContentCalls = (client: S3Client) => ({ ...createListings(client), ...createDeletions(client) });

function createListings(client: S3Client) {
  const get = (name: string, bucket: string, query: Record<string, string>, signal: AbortSignal) =>
    client.call({ name, method: 'GET', bucket, query, expect: [NO_BUCKET, LACKING] }, signal);
  /** Vendors without versions. */
  const objects = async (
    bucket: string,
    limit: number,
    cursor: Cursor,
    signal: AbortSignal,
  ): Promise<Page<Version>> => {
    const query = { 'encoding-type': 'url', 'max-keys': String(limit), ...cursor };
    const { code, body } = await get('list-objects', bucket, query, signal);
    if (code !== undefined) return EMPTY;
    const name = nameReader(body);
    const items = elements(body, 'Contents').map((one) => ({ key: name(one, 'Key') }));
    const last = items.at(-1)?.key;
    return pageOf(body, items, { marker: name(body, 'NextMarker') || (last ?? '') });
  };
  return {
    /** Versions and delete markers, from the first or from where the cursor stands. */
    async versions(bucket: string, limit: number, cursor: Cursor, signal: AbortSignal): Promise<Page<Version>> {
      const query = { versions: '', 'encoding-type': 'url', 'max-keys': String(limit), ...cursor };
      const { code, body } = await get('list-versions', bucket, query, signal);
      if (code === LACKING) return objects(bucket, limit, cursor, signal);
      if (code !== undefined) return EMPTY;
      const name = nameReader(body);
      const each = [...elements(body, 'Version'), ...elements(body, 'DeleteMarker')];
      const items = each.map((one) => ({ key: name(one, 'Key'), versionId: text(one, 'VersionId') || 'null' }));
      return pageOf(body, items, {
        'key-marker': name(body, 'NextKeyMarker'),
        'version-id-marker': text(body, 'NextVersionIdMarker') ?? '',
      });
    },
    async uploads(bucket: string, cursor: Cursor, signal: AbortSignal): Promise<Page<Upload>> {
      const query = { uploads: '', 'encoding-type': 'url', 'max-uploads': String(PAGE_OBJECTS.value), ...cursor };
      const { code, body } = await get('list-uploads', bucket, query, signal);
      if (code !== undefined) return EMPTY;
      const name = nameReader(body);
      const each = elements(body, 'Upload');
      const items = each.map((one) => ({ key: name(one, 'Key'), uploadId: text(one, 'UploadId') ?? '' }));
      return pageOf(body, items, {
        'key-marker': name(body, 'NextKeyMarker'),
        'upload-id-marker': text(body, 'NextUploadIdMarker') ?? '',
      });
    },
  };
}

function createDeletions(client: S3Client) {
  return {
    /** @returns what was refused, and why; undefined where it does not take such a call. */
    async deleteVersions(
      bucket: string,
      versions: readonly Version[],
      signal: AbortSignal,
    ): Promise<readonly (Version & Refusal)[] | undefined> {
      const each = versions.map(({ key, versionId }) => {
        const version = versionId === undefined ? '' : `<VersionId>${escapeXml(versionId)}</VersionId>`;
        return `<Object><Key>${escapeXml(key)}</Key>${version}</Object>`;
      });
      const request = { name: 'delete-versions', method: 'POST', bucket, query: { delete: '' } } as const;
      const body = `<Delete><Quiet>true</Quiet>${each.join('')}</Delete>`;
      const expect = [NO_BUCKET, LACKING, 'MalformedXML', 'InvalidRequest', 'InvalidArgument'];
      const answer = await client.call({ ...request, body, expect }, signal);
      if (answer.code === NO_BUCKET) return [];
      return answer.code === undefined ? elements(answer.body, 'Error').map(refusalIn) : undefined;
    },
    /** @returns why, where the store refuses. */
    deleteVersion: async (bucket: string, version: Version, signal: AbortSignal): Promise<Refusal | undefined> => {
      const { key, versionId } = version;
      const path = `/${encodePath(key)}`;
      const query: Record<string, string> = versionId === undefined ? {} : { versionId };
      const request = { name: 'delete-version', method: 'DELETE', bucket, path, query } as const;
      return refusalOf(await client.call({ ...request, expect: [...GONE, REFUSED] }, signal));
    },
    /** @returns why, where the store refuses. */
    async abortUpload(bucket: string, upload: Upload, signal: AbortSignal): Promise<Refusal | undefined> {
      const path = `/${encodePath(upload.key)}`;
      const query = { uploadId: upload.uploadId };
      const request = { name: 'abort-upload', method: 'DELETE', bucket, path, query } as const;
      return refusalOf(await client.call({ ...request, expect: [...GONE, REFUSED] }, signal));
    },
  };
}

const nameReader = (body: string) => {
  const isEncoded = text(body, 'EncodingType')?.toLowerCase() === 'url';
  return (xml: string, element: string): string => {
    const said = text(xml, element) ?? '';
    return isEncoded ? decodeName(said) : said;
  };
};

/** A cursor without a single value leads back to the start: none. */
function pageOf<Item>(body: string, items: readonly Item[], next: Cursor): Page<Item> {
  const isTruncated = text(body, 'IsTruncated')?.trim() === 'true';
  const given = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== ''));
  return { items, isTruncated, ...(isTruncated && Object.keys(given).length > 0 ? { next: given } : {}) };
}

function refusalIn(error: string): Version & Refusal {
  const versionId = text(error, 'VersionId');
  const key = text(error, 'Key') ?? '';
  return { key, ...(versionId ? { versionId } : {}), code: text(error, 'Code') ?? 'Unknown', ...messageIn(error) };
}

const refusalOf = ({ code, said, body }: S3Answer): Refusal | undefined =>
  code === REFUSED ? { code: said ?? REFUSED, ...messageIn(body) } : undefined;

const MESSAGE_CHARACTERS = bound('minio-refusal-characters', 200);

function messageIn(body: string): Pick<Refusal, 'message'> {
  const said = text(body, 'Message')?.replaceAll(/\p{C}/gu, ' ') ?? '';
  const message = withoutAddresses(said).slice(0, MESSAGE_CHARACTERS.value);
  return message ? { message } : {};
}
