/**
 * Signed calls to an S3 store and to MinIO's admin API over one HTTP client: time limit, abort and failures as everywhere.
 * Requests are signed by the `minio` package and not sent by its client, because aborting must end the socket, a 503's `Retry-After`
 * must be readable, and a tag or key that looks like a number must stay text: `minio-package.test.ts` shows each. Leaves where a
 * bucket lives to `addressing.ts`, what a failure means to `answers.ts`.
 *
 * 1. Clock skew is the operator's: times come from the clock handed in.
 * 2. A failing answer that the caller expects (by S3's error code, or a word of `answers.ts`) is an answer.
 * 3. An answer that names another region or another place is believed and the request sent there, a bounded number of times.
 */
import { createHash } from 'node:crypto';
import { bound, type Clock, systemClock } from '@leasehold/kernel';
import { type Around, createCaller } from '../edge/caller.ts';
import { createHttpClient, type HttpRequest, type Tls, type WholeAnswer } from '../edge/http-client.ts';
import { socketFault } from '../edge/network-fault.ts';
import { type Addressing, createAddressing, isRedirect, type Place, SHIPPED_REGION, toldRegion } from './addressing.ts';
import { errorCode, expectedWord, faultOf } from './answers.ts';
import { fromBytes } from './object-name.ts';
import { sign, targetOf } from './signature.ts';
import { text } from './xml.ts';

export interface MinioSettings {
  /** `host` or `host:port`. */
  readonly endpoint: string;
  readonly useTls: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Asked of the store where it is not named. */
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
  readonly bucket?: string;
  /** After the bucket, from `/`, encoded. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Some depend on the region. */
  readonly body?: string | ((region: string) => string);
  /** Failures that are answers: S3's codes, or words of `answers.ts`. */
  readonly expect?: readonly string[];
}

export interface S3Answer {
  /** What was expected, where it came: S3's code, or a word of `answers.ts`. */
  readonly code: string | undefined;
  /** S3's own code, where it failed. */
  readonly said?: string | undefined;
  readonly headers: WholeAnswer['headers'];
  readonly body: string;
}

export interface S3Client {
  /** POST and the like that change nothing are still effects; only GET reads. */
  call(request: S3Call, signal: AbortSignal): Promise<S3Answer>;
  close(): void;
}

/** Region, server, style: each can be told once, and a redirect be answered by one more. */
const HOPS = bound('minio-followed-answers', 5);

export function createS3Client(settings: MinioSettings): S3Client {
  const server = `${settings.useTls ? 'https' : 'http'}://${settings.endpoint}`;
  const http = createHttpClient(server, settings.tls);
  const addressing = createAddressing(new URL(server), settings.region);
  const { clock = systemClock } = settings;
  const caller = createCaller({
    backend: 'minio',
    timeoutMs: bound('minio-call-ms', settings.timeoutMs ?? 10_000),
    translate: (error, call) => socketFault(call, error),
    around: settings.around,
  });
  const send = async (request: S3Call, place: Place, signal: AbortSignal): Promise<WholeAnswer> => {
    const answer = await http.send(await signed(request, place, settings, clock.now()), signal);
    return { ...answer, body: fromBytes(answer.bytes) };
  };
  const follow = createFollower(addressing, settings.region !== undefined, send);
  return {
    close: http.close,
    call(request, signal) {
      const kind = request.method === 'GET' ? 'read' : 'effect';
      return caller({ name: request.name, kind }, signal, async (inner) => {
        const [answer, place] = await follow(request, inner);
        const { headers, body } = answer;
        // A failure can come under a good status where the store began to answer before it knew.
        const isGood = answer.status < 300 && !/^(?:<\?xml[^>]*>\s*)?<Error[\s>]/.test(body);
        if (isGood) return { code: undefined, headers, body };
        const said = errorCode(body);
        if (request.bucket !== undefined && said === 'NoSuchBucket') addressing.forget(request.bucket);
        const code = expectedWord(answer, request.expect ?? []);
        if (code !== undefined) return { code, said, headers, body };
        const named = settings.region === undefined ? undefined : toldRegion(answer);
        const told = named === place.region ? undefined : named;
        const failed = answer.status < 300 ? { ...answer, status: 500 } : answer;
        throw faultOf({ backend: 'minio', name: request.name, kind }, failed, place.region, told);
      });
    },
  };
}

type Send = (request: S3Call, place: Place, signal: AbortSignal) => Promise<WholeAnswer>;

/** Sends a request to where its bucket is, as far as the answers tell. */
function createFollower(addressing: Addressing, isRegionGiven: boolean, send: Send) {
  const isUnsure = (answer: WholeAnswer): boolean => isRedirect(answer) || UNSURE.has(errorCode(answer.body) ?? '');
  const askRegion = async (bucket: string, place: Place, signal: AbortSignal): Promise<boolean> => {
    const request: S3Call = { name: 'read-location', method: 'GET', bucket, query: { location: '' } };
    const answer = await send(request, place, signal);
    if (addressing.learn(bucket, place, answer)) return true;
    if (answer.status >= 300) return false;
    return addressing.learnRegion(bucket, place, regionOf(text(answer.body, 'LocationConstraint') ?? ''));
  };
  return async ({ ...request }: S3Call, signal: AbortSignal): Promise<readonly [WholeAnswer, Place]> => {
    const { bucket } = request;
    let isAsked = isRegionGiven || bucket === undefined;
    for (let hop = 1; ; hop++) {
      const place = addressing.at(bucket);
      const answer = await send(request, place, signal);
      if (answer.status < 300 || hop >= HOPS.value) return [answer, place];
      if (addressing.learn(bucket, place, answer)) continue;
      if (isAsked || !isUnsure(answer)) return [answer, place];
      isAsked = true;
      if (!(await askRegion(bucket ?? '', place, signal))) return [answer, place];
    }
  };
}

/** Refusals behind which a wrong region can be, without a word of the right one. */
const UNSURE = new Set(['AuthorizationHeaderMalformed', 'SignatureDoesNotMatch', 'InvalidRegion']);

/** The two old names of regions. */
const regionOf = (constraint: string): string =>
  constraint === '' ? SHIPPED_REGION : constraint === 'EU' ? 'eu-west-1' : constraint;

async function signed(request: S3Call, place: Place, keys: MinioSettings, nowMs: number): Promise<HttpRequest> {
  const { method, bucket, query = {}, headers: own = {} } = request;
  const body = typeof request.body === 'function' ? request.body(place.region) : (request.body ?? '');
  const isInHost = bucket === undefined || place.style === 'virtual';
  const path = (isInHost ? '' : `/${bucket}`) + (request.path ?? '') || '/';
  const { host } = place.server;
  const whole = { method, host, path, query, headers: own, body };
  const headers = {
    host,
    ...(await sign(whole, { ...keys, region: place.region }, nowMs)),
    ...(body === '' ? {} : { 'content-md5': createHash('md5').update(body).digest('base64') }),
  };
  return { method, path: targetOf(whole), exactlyAt: place.server, headers, body };
}
