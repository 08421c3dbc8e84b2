/**
 * Signed calls to an S3 store and to MinIO's admin API over one HTTP client: time limit, abort and failures as everywhere.
 * Our own instead of a client package's, because aborting must end the socket, a 503's `Retry-After` must be readable, and a
 * tag or key that looks like a number must stay text.
 *
 * 1. Path style (`/bucket`), so that any host works. Clock skew is the operator's: times come from the clock handed in.
 * 2. A failing answer that the caller expects (by S3's error code) is an answer.
 */
import { createHash } from 'node:crypto';
import { bound, type Clock, conflict, type Fault, invalid, systemClock } from '@leasehold/kernel';
import { type Around, type CallName, createCaller } from '../edge/caller.ts';
import { createHttpClient, type HttpAnswer, type HttpRequest, type Tls } from '../edge/http-client.ts';
import { socketFault, statusFault } from '../edge/network-fault.ts';
import { queryText, sign } from './signature.ts';
import { text } from './xml.ts';

export interface MinioSettings {
  /** `host` or `host:port`. */
  readonly endpoint: string;
  readonly useTls: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Shipped: `us-east-1`. */
  readonly region?: string;
  readonly tls?: Tls;
  /** One call. Shipped: 10 s. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  readonly around?: Around;
}

export interface S3Call {
  readonly name: string;
  readonly method: HttpRequest['method'];
  /** From `/`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** POST and the like that change nothing are still effects; only GET reads. */
  readonly expect?: readonly string[];
}

export interface S3Answer {
  /** S3's error code where it was expected. */
  readonly code: string | undefined;
  readonly body: string;
}

export interface S3Client {
  readonly region: string;
  call(request: S3Call, signal: AbortSignal): Promise<S3Answer>;
  close(): void;
}

export function createS3Client(settings: MinioSettings): S3Client {
  const http = createHttpClient(`${settings.useTls ? 'https' : 'http'}://${settings.endpoint}`, settings.tls);
  const { region = 'us-east-1', clock = systemClock, accessKey, secretKey } = settings;
  const caller = createCaller({
    backend: 'minio',
    timeoutMs: bound('minio-call-ms', settings.timeoutMs ?? 10_000),
    translate: (error, call) => socketFault(call, error),
    around: settings.around,
  });
  return {
    region,
    close: http.close,
    call(request, signal) {
      const { method, path, query = {}, body = '' } = request;
      const kind = method === 'GET' ? 'read' : 'effect';
      return caller({ name: request.name, kind }, signal, async (inner) => {
        const signable = { method, host: settings.endpoint, path, query, body };
        const headers = {
          host: settings.endpoint,
          ...sign(signable, { accessKey, secretKey, region }, clock.now()),
          ...(body === '' ? {} : { 'content-md5': createHash('md5').update(body).digest('base64') }),
          ...(method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        };
        const target = Object.keys(query).length === 0 ? path : `${path}?${queryText(query)}`;
        const answer = await http.send({ method, path: target, headers, body }, inner);
        return judge(request, { backend: 'minio', name: request.name, kind }, answer);
      });
    },
  };
}

function judge(request: S3Call, call: CallName, answer: HttpAnswer): S3Answer {
  if (answer.status < 300) return { code: undefined, body: answer.body };
  const code = errorCode(answer.body);
  if (code !== undefined && request.expect?.includes(code)) return { code, body: answer.body };
  throw failed(call, answer, code);
}

/** S3 answers in XML, MinIO's admin API in JSON. */
function errorCode(body: string): string | undefined {
  if (!body.startsWith('{')) return text(body, 'Code');
  try {
    const { Code } = JSON.parse(body) as { readonly Code?: unknown };
    return typeof Code === 'string' ? Code : undefined;
  } catch {
    return undefined;
  }
}

const CEILINGS = new Set(['TooManyBuckets', 'XMinioAdminBucketQuotaExceeded', 'XMinioStorageFull']);

function failed(call: CallName, answer: HttpAnswer, code: string | undefined): Fault {
  const options = { backend: 'minio' };
  if (code === 'BucketAlreadyExists') {
    return conflict('minio: another account has a bucket of this name', { ...options, code: 'NameTaken' });
  }
  if (code !== undefined && CEILINGS.has(code)) {
    return invalid(`minio: ${code} (${call.name})`, { ...options, code: 'CeilingReached' });
  }
  if (code === 'OperationAborted') {
    return conflict(`minio is at work on this bucket (${call.name})`, { ...options, code: 'BusyMeanwhile' });
  }
  return statusFault(call, { status: answer.status, retryAfter: answer.retryAfter, message: code ?? '' });
}
