/**
 * An S3 store over real HTTP for what the real servers of the tests cannot be made to do: another vendor's words, other regions,
 * redirects, a store without a feature, names that only a lenient server takes, faults in the middle.
 *
 * 1. A signature counts for one region, the store's; it is not computed again (the real MinIO does that).
 * 2. XML is read as strictly as a parser of XML 1.0 reads it: what it cannot say is `MalformedXML`.
 * 3. `before` may answer any request instead; what it answers is told in `asked` like the rest.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bytesOf, type FakeBucket, listing, readText } from './s3-content.ts';

export interface S3Asked {
  readonly method: string;
  readonly host: string;
  readonly bucket: string;
  /** The name's bytes as Latin-1; empty: the bucket itself. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Which region it is signed for. */
  readonly region: string;
}

export interface S3Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeS3Options {
  readonly region?: string;
  readonly pageSize?: number;
  /** False: `encoding-type` is ignored. */
  readonly isEncoding?: boolean;
  /** Subresources that it answers with 501. */
  readonly lacking?: readonly string[];
  /** Codes for settings that are not there. */
  readonly none?: { readonly tagging: string; readonly lifecycle: string };
  /** Which form of rules it takes: like AWS one in a configuration, or without filters at all. */
  readonly rules?: 'one-form' | 'no-filters';
  before?(asked: S3Asked): S3Reply | undefined;
}

export interface FakeS3 {
  readonly endpoint: string;
  readonly buckets: Map<string, FakeBucket>;
  readonly asked: S3Asked[];
  put(bucket: string, name: string | Uint8Array, heldBy?: string): void;
  close(): Promise<void>;
}

export const s3Error = (status: number, code: string, more = ''): S3Reply => ({
  status,
  body: `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`,
});

const OK: S3Reply = { status: 200 };

export async function createFakeS3(options: FakeS3Options = {}): Promise<FakeS3> {
  const buckets = new Map<string, FakeBucket>();
  const asked: S3Asked[] = [];
  let serial = 0;
  const server = createServer((request, response) => {
    void readAsked(request).then((one) => {
      asked.push(one);
      respond(response, options.before?.(one) ?? refusal(one, options) ?? answer(one, buckets, options));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    buckets,
    asked,
    put(bucket, name, heldBy) {
      serial += 1;
      const object = { name: bytesOf(name), versionId: `v${serial}`, isMarker: serial % 3 === 0, heldBy };
      buckets.get(bucket)?.objects.push(object);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAsked(request: IncomingMessage): Promise<S3Asked> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const [path = '', search = ''] = (request.url ?? '/').split('?');
  const bytes = path.replace(/%([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const [, bucket = '', name = ''] = /^\/([^/]*)\/?([\s\S]*)$/.exec(bytes) ?? [];
  return {
    method: request.method ?? '',
    host: request.headers.host ?? '',
    bucket,
    name,
    query: new URLSearchParams(search),
    headers: request.headers,
    body: Buffer.concat(parts).toString('utf8'),
    region: /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
  };
}

function respond(response: ServerResponse, { status, body = '', headers = {} }: S3Reply): void {
  response.writeHead(status, { ...headers });
  response.end(Buffer.from(body, 'latin1'));
}

function refusal({ region, query }: S3Asked, options: FakeS3Options): S3Reply | undefined {
  const { region: own = 'us-east-1', lacking = [] } = options;
  if (region !== own) {
    const message = `The authorization header is malformed; the region '${region}' is wrong; expecting '${own}'`;
    return s3Error(400, 'AuthorizationHeaderMalformed', `<Message>${message}</Message><Region>${own}</Region>`);
  }
  return lacking.some((feature) => query.has(feature)) ? s3Error(501, 'NotImplemented') : undefined;
}

function answer(asked: S3Asked, buckets: Map<string, FakeBucket>, options: FakeS3Options): S3Reply {
  if (asked.bucket === '') {
    const names = [...buckets.keys()].map((name) => `<Bucket><Name>${name}</Name></Bucket>`);
    return {
      status: 200,
      body: `<ListAllMyBucketsResult><Buckets>${names.join('')}</Buckets></ListAllMyBucketsResult>`,
    };
  }
  const bucket = buckets.get(asked.bucket);
  if (asked.method === 'PUT' && asked.query.size === 0 && asked.name === '') return create(asked, buckets, options);
  if (bucket === undefined) return s3Error(404, 'NoSuchBucket');
  if (asked.name !== '') return removeOne(asked, bucket);
  if (asked.query.has('policy')) return settlePolicy(asked, bucket);
  for (const setting of ['tagging', 'lifecycle', 'versioning'] as const) {
    if (asked.query.has(setting)) return settle(asked, bucket, setting, options);
  }
  if (asked.query.has('location')) {
    const place = options.region === undefined ? '' : options.region;
    return { status: 200, body: `<LocationConstraint>${place}</LocationConstraint>` };
  }
  if (asked.method === 'GET') return list(asked, bucket, options);
  if (asked.method === 'POST' && asked.query.has('delete')) return removeMany(asked, bucket);
  if (bucket.objects.length > 0) return s3Error(409, 'BucketNotEmpty');
  buckets.delete(asked.bucket);
  return { status: 204 };
}

function create(asked: S3Asked, buckets: Map<string, FakeBucket>, { region }: FakeS3Options): S3Reply {
  const place = /<LocationConstraint>(.*)<\/LocationConstraint>/.exec(asked.body)?.[1];
  if (region !== place) return s3Error(400, 'IllegalLocationConstraintException');
  if (buckets.has(asked.bucket)) return s3Error(409, 'BucketAlreadyOwnedByYou');
  buckets.set(asked.bucket, { tags: undefined, lifecycle: undefined, versioning: '', objects: [], uploads: [] });
  return OK;
}

function settle(
  { method, body }: S3Asked,
  bucket: FakeBucket,
  setting: 'tagging' | 'lifecycle' | 'versioning',
  { none, rules }: FakeS3Options,
): S3Reply {
  const field = setting === 'tagging' ? 'tags' : setting;
  if (method === 'PUT') {
    if (readText(body) === undefined) return s3Error(400, 'MalformedXML');
    const refused = setting === 'lifecycle' ? refusedRules(body, rules) : undefined;
    if (refused !== undefined) return refused;
    bucket[field] = body;
    return OK;
  }
  if (method === 'DELETE') {
    if (setting !== 'versioning') bucket[setting === 'tagging' ? 'tags' : 'lifecycle'] = undefined;
    return { status: 204 };
  }
  const present = bucket[field];
  if (present !== undefined) return { status: 200, body: Buffer.from(present, 'utf8').toString('latin1') };
  const codes = none ?? { tagging: 'NoSuchTagSet', lifecycle: 'NoSuchLifecycleConfiguration' };
  return s3Error(404, setting === 'tagging' ? codes.tagging : codes.lifecycle);
}

function settlePolicy({ method, body }: S3Asked, bucket: FakeBucket): S3Reply {
  if (method === 'GET') {
    const { policy } = bucket;
    if (policy === undefined) return s3Error(404, 'NoSuchBucketPolicy');
    return { status: 200, body: Buffer.from(policy, 'utf8').toString('latin1') };
  }
  bucket.policy = method === 'PUT' ? body : undefined;
  return { status: 204 };
}

function refusedRules(body: string, rules: FakeS3Options['rules']): S3Reply | undefined {
  const each = body.split('</Rule>').slice(0, -1);
  const hasFilter = each.map((rule) => /<Filter[\s/>]/.test(rule));
  const mixed = hasFilter.some(Boolean) && !hasFilter.every(Boolean);
  const message = 'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.';
  if (rules === 'one-form' && mixed) return s3Error(400, 'InvalidRequest', `<Message>${message}</Message>`);
  return rules === 'no-filters' && hasFilter.some(Boolean) ? s3Error(400, 'MalformedXML') : undefined;
}

function list({ query }: S3Asked, bucket: FakeBucket, options: FakeS3Options): S3Reply {
  const limit = Math.min(options.pageSize ?? 1000, Number(query.get('max-keys') ?? query.get('max-uploads')));
  const shape = { isEncoding: options.isEncoding ?? true, limit, marker: 'key-marker' };
  if (query.has('uploads')) {
    const items = bucket.uploads.map(({ name, uploadId }) => ({
      element: 'Upload',
      name,
      ids: `<UploadId>${uploadId}</UploadId>`,
    }));
    return { status: 200, body: listing('ListMultipartUploadsResult', items, query, shape) };
  }
  if (query.has('versions')) {
    const items = bucket.objects.map(({ name, versionId, isMarker }) => ({
      element: isMarker ? 'DeleteMarker' : 'Version',
      name,
      ids: `<VersionId>${versionId}</VersionId>`,
    }));
    return { status: 200, body: listing('ListVersionsResult', items, query, shape) };
  }
  const items = bucket.objects.map(({ name }) => ({ element: 'Contents', name, ids: '' }));
  return { status: 200, body: listing('ListBucketResult', items, query, { ...shape, marker: 'marker' }) };
}

/** @returns the code of its refusal. */
function drop(bucket: FakeBucket, name: string, versionId: string | null): string | undefined {
  const at = bucket.objects.findIndex((one) => one.name === name && (versionId ?? one.versionId) === one.versionId);
  const found = bucket.objects[at];
  if (found?.heldBy !== undefined) return found.heldBy;
  if (found !== undefined) bucket.objects.splice(at, 1);
  return undefined;
}

function removeOne({ method, name, query }: S3Asked, bucket: FakeBucket): S3Reply {
  if (method !== 'DELETE') return s3Error(405, 'MethodNotAllowed');
  const uploadId = query.get('uploadId');
  if (uploadId !== null) {
    const at = bucket.uploads.findIndex((one) => one.uploadId === uploadId && one.name === name);
    if (at < 0) return s3Error(404, 'NoSuchUpload');
    bucket.uploads.splice(at, 1);
    return { status: 204 };
  }
  const code = drop(bucket, name, query.get('versionId'));
  return code === undefined ? { status: 204 } : s3Error(403, code);
}

function removeMany({ body }: S3Asked, bucket: FakeBucket): S3Reply {
  if (readText(body) === undefined) return s3Error(400, 'MalformedXML');
  const errors = [...body.matchAll(/<Object>([\s\S]*?)<\/Object>/g)].map(([, object = '']) => {
    const key = /<Key>([\s\S]*?)<\/Key>/.exec(object)?.[1] ?? '';
    const versionId = /<VersionId>(.*?)<\/VersionId>/.exec(object)?.[1] ?? null;
    const code = drop(bucket, bytesOf(readText(key) ?? ''), versionId);
    const version = versionId === null ? '' : `<VersionId>${versionId}</VersionId>`;
    return code === undefined
      ? ''
      : `<Error><Key>${key}</Key>${version}<Code>${code}</Code><Message>${key} is held\u0007</Message></Error>`;
  });
  return { status: 200, body: `<DeleteResult>${errors.join('')}</DeleteResult>` };
}
