/**
 * Each S3 or admin call on a bucket and its settings as a function: path, body and answer. Changes nothing that its name
 * does not say.
 *
 * 1. Where the vendor does not have a setting, reading it gives `LACKING` and writing it `false`: neither fails a tenant.
 */
import { bound, invalid, unavailable } from '@leasehold/kernel';
import { SHIPPED_REGION } from './addressing.ts';
import { LACKING, missingFeature, NONE, notMinio } from './answers.ts';
import type { S3Client } from './client.ts';
import { createContentCalls } from './content-calls.ts';
import { elements, escapeXml, text } from './xml.ts';

const NO_BUCKET = 'NoSuchBucket';
/** A store that pages at all gives thousands a page; most answer at once. */
const LIST_PAGES = bound('minio-bucket-pages', 1000);
const QUOTA_PATH = '/minio/admin/v3';

export function createBucketCalls(client: S3Client) {
  const list = async (signal: AbortSignal): Promise<readonly string[]> => {
    const names: string[] = [];
    let next: string | undefined;
    for (let page = 0; page < LIST_PAGES.value; page++) {
      const query: Record<string, string> = next === undefined ? {} : { 'continuation-token': next };
      const { body } = await client.call({ name: 'list-buckets', method: 'GET', query }, signal);
      names.push(...elements(body, 'Bucket').map((one) => text(one, 'Name') ?? ''));
      const before = next;
      next = text(body, 'ContinuationToken');
      if (next === undefined || next === '') return names;
      if (next === before)
        throw unavailable('minio lists the same page of buckets again', { ...OPTIONS, code: 'NoProgress' });
    }
    throw invalid(`the store lists its buckets in more than ${LIST_PAGES.value} pages`, {
      ...OPTIONS,
      code: 'TooManyElements',
    });
  };
  return {
    ...createSettingCalls(client),
    ...createLifecycleCalls(client),
    ...createPolicyCalls(client),
    ...createQuotaCalls(client),
    ...createContentCalls(client),
    list,
    /** @returns false where we have a bucket of this name already. */
    async create(bucket: string, signal: AbortSignal): Promise<boolean> {
      const request = { name: 'create-bucket', method: 'PUT', bucket } as const;
      const expect = ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'];
      // Some stores call their places otherwise than the region that is signed for, and take none at all.
      const first = { ...request, body: placeOf, expect: [...expect, ...PLACE_REFUSED] };
      let { code } = await client.call(first, signal);
      if (code !== undefined && PLACE_REFUSED.includes(code))
        ({ code } = await client.call({ ...request, expect }, signal));
      if (code !== 'BucketAlreadyExists') return code === undefined;
      // Some say so of our own too.
      if ((await list(signal)).includes(bucket)) return false;
      await client.call(request, signal);
      return true;
    },
    /** @returns false where something is left in it. */
    async remove(bucket: string, signal: AbortSignal): Promise<boolean> {
      const request = { name: 'delete-bucket', method: 'DELETE', bucket } as const;
      const { code } = await client.call({ ...request, expect: [NO_BUCKET, 'BucketNotEmpty'] }, signal);
      return code !== 'BucketNotEmpty';
    },
  };
}

export type BucketCalls = ReturnType<typeof createBucketCalls>;

const OPTIONS = { backend: 'minio' };
const PLACE_REFUSED: readonly string[] = ['InvalidLocationConstraint', 'IllegalLocationConstraintException'];

const placeOf = (region: string): string => {
  const place = `<LocationConstraint>${escapeXml(region)}</LocationConstraint>`;
  return region === SHIPPED_REGION ? '' : `<CreateBucketConfiguration>${place}</CreateBucketConfiguration>`;
};

export type Versioning = 'enabled' | 'suspended' | 'off';

export interface Lifecycle {
  /** Empty: none. */
  readonly xml: string;
  /** AWS keeps it beside the rules and sets it back unless it is said again. */
  readonly minimumSize?: string | undefined;
}

const MINIMUM_SIZE = 'x-amz-transition-default-minimum-object-size';

const readSetting = (
  client: S3Client,
  setting: 'versioning' | 'tagging' | 'lifecycle',
  bucket: string,
  signal: AbortSignal,
) => {
  const name = setting === 'tagging' ? 'read-tags' : `read-${setting}`;
  const request = { name, method: 'GET', bucket, query: { [setting]: '' } } as const;
  return client.call({ ...request, expect: [NO_BUCKET, NONE, LACKING] }, signal);
};

function createSettingCalls(client: S3Client) {
  /** @returns false where the vendor does not have it. */
  const put = async (
    name: string,
    bucket: string,
    setting: string,
    body: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const request = { name, method: 'PUT', bucket, query: { [setting]: '' }, body, expect: [LACKING] } as const;
    return (await client.call(request, signal)).code === undefined;
  };
  return {
    /** undefined: no such bucket. MinIO tells a missing bucket and missing tags apart only by its versioning. */
    async versioning(bucket: string, signal: AbortSignal): Promise<Versioning | typeof LACKING | undefined> {
      const { code, body } = await readSetting(client, 'versioning', bucket, signal);
      if (code === LACKING) return (await isThere(client, bucket, signal)) ? LACKING : undefined;
      if (code === NO_BUCKET) return undefined;
      const status = code === undefined ? text(body, 'Status') : undefined;
      return status === 'Enabled' ? 'enabled' : status === 'Suspended' ? 'suspended' : 'off';
    },
    setVersioning: (bucket: string, enabled: boolean, signal: AbortSignal) => {
      const status = `<Status>${enabled ? 'Enabled' : 'Suspended'}</Status>`;
      const body = `<VersioningConfiguration>${status}</VersioningConfiguration>`;
      return put('set-versioning', bucket, 'versioning', body, signal);
    },
    async tags(bucket: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
      const { code, body } = await readSetting(client, 'tagging', bucket, signal);
      if (code === LACKING) throw missingFeature('tags of buckets');
      const tags = code === undefined ? elements(body, 'Tag') : [];
      return Object.fromEntries(tags.map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']));
    },
    async setTags(bucket: string, tags: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
      const each = Object.entries(tags).map(
        ([key, value]) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
      );
      const body = `<Tagging><TagSet>${each.join('')}</TagSet></Tagging>`;
      if (!(await put('set-tags', bucket, 'tagging', body, signal))) throw missingFeature('tags of buckets');
    },
  };
}

function createLifecycleCalls(client: S3Client) {
  return {
    async lifecycle(bucket: string, signal: AbortSignal): Promise<Lifecycle | typeof LACKING> {
      const { code, body, headers } = await readSetting(client, 'lifecycle', bucket, signal);
      if (code === LACKING) return LACKING;
      const minimumSize = headers[MINIMUM_SIZE];
      return code === undefined
        ? { xml: body, ...(typeof minimumSize === 'string' ? { minimumSize } : {}) }
        : { xml: '' };
    },
    /** @param plain the same for a store that refuses filters, where it can be said so. @returns `LACKING` where there are no rules. */
    async setLifecycle(
      bucket: string,
      { xml, minimumSize }: Lifecycle,
      plain: string | undefined,
      signal: AbortSignal,
    ): Promise<typeof LACKING | undefined> {
      const request = { name: 'set-lifecycle', bucket, query: { lifecycle: '' } } as const;
      if (xml === '') {
        const { code } = await client.call({ ...request, method: 'DELETE', expect: [NONE, LACKING] }, signal);
        return code === LACKING ? LACKING : undefined;
      }
      const headers: Record<string, string> = minimumSize === undefined ? {} : { [MINIMUM_SIZE]: minimumSize };
      const send = async (body: string, expect: readonly string[]) =>
        (await client.call({ ...request, method: 'PUT', headers, body, expect: [LACKING, ...expect] }, signal)).code;
      let code = await send(xml, plain === undefined ? [] : REFUSED_FORM);
      if (code === undefined || code === LACKING) return code;
      code = await send(plain ?? xml, REFUSED_FORM);
      if (code === undefined || code === LACKING) return code;
      // Both forms are refused: the reason for the first is the one to be told.
      return (await send(xml, [])) === LACKING ? LACKING : undefined;
    },
  };
}

/** Our keys may not read it: what the store says then is no policy, and is read as one that cannot be. */
const POLICY_HIDDEN = 'AccessDenied';

function createPolicyCalls(client: S3Client) {
  const query = { policy: '' };
  return {
    /** Empty: there is none, or the store has none at all. */
    async policy(bucket: string, signal: AbortSignal): Promise<string> {
      const expect = [NO_BUCKET, NONE, LACKING, POLICY_HIDDEN];
      const request = { name: 'read-policy', method: 'GET', bucket, query, expect } as const;
      const { code, body } = await client.call(request, signal);
      return code === undefined || code === POLICY_HIDDEN ? body : '';
    },
    /** @param text empty: none. */
    async setPolicy(bucket: string, text: string, signal: AbortSignal): Promise<void> {
      const request = { name: 'set-policy', bucket, query } as const;
      if (text === '') await client.call({ ...request, method: 'DELETE', expect: [NONE] }, signal);
      else await client.call({ ...request, method: 'PUT', body: text }, signal);
    },
  };
}

/** How stores refuse rules with filters. */
const REFUSED_FORM: readonly string[] = ['InvalidRequest', 'InvalidArgument', 'MalformedXML'];

/** Every vendor tells where a bucket is. */
async function isThere(client: S3Client, bucket: string, signal: AbortSignal): Promise<boolean> {
  const request = { name: 'read-location', method: 'GET', bucket, query: { location: '' } } as const;
  return (await client.call({ ...request, expect: [NO_BUCKET] }, signal)).code === undefined;
}

interface DataUsage {
  readonly lastUpdate?: string;
  readonly bucketsUsageInfo?: Readonly<Record<string, { readonly size?: number }>>;
}

/** MinIO's own API; another store takes it for an object of a bucket `minio`, and answers in XML. */
function createQuotaCalls(client: S3Client) {
  return {
    async quotaBytes(bucket: string, signal: AbortSignal): Promise<number | null> {
      const path = `${QUOTA_PATH}/get-bucket-quota`;
      const expect = [NO_BUCKET, 'XMinioAdminNoSuchQuotaConfiguration'];
      const request = { name: 'read-quota', method: 'GET', path, query: { bucket }, expect } as const;
      const { code, body } = await client.call(request, signal);
      if (!body.startsWith('{')) throw notMinio();
      const quota = code === undefined ? (JSON.parse(body) as { size?: number; quota?: number }) : {};
      return quota.size || quota.quota || null;
    },
    /** As the server counted it last; undefined: it has not counted yet. */
    async usedBytes(bucket: string, signal: AbortSignal): Promise<number | undefined> {
      const request = { name: 'read-usage', method: 'GET', path: `${QUOTA_PATH}/datausageinfo` } as const;
      const { body } = await client.call(request, signal);
      if (!body.startsWith('{')) throw notMinio();
      const usage = JSON.parse(body) as DataUsage;
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
