/**
 * Where a bucket is spoken to: which server, in which style, signed for which region. Starts from the settings and learns from
 * what the store answers; sends nothing itself.
 *
 * A1. A region that the settings name is kept for the account. Without one the store is believed: the region of a refusal, of the
 *     header `x-amz-bucket-region`, of `GET ?location`.
 * A2. A bucket that lives elsewhere is followed there, never from TLS to plain text; what was learnt is remembered per bucket.
 * A3. Path style (`host/bucket`) until the store says that it takes the other (`bucket.host`) only.
 */
import { bound, createLru } from '@leasehold/kernel';
import type { WholeAnswer } from '../edge/http-client.ts';
import { text } from './xml.ts';

export type Style = 'path' | 'virtual';

export interface Place {
  /** Scheme, host and port. */
  readonly server: URL;
  readonly style: Style;
  readonly region: string;
}

export interface Addressing {
  at(bucket: string | undefined): Place;
  /** @returns false where the answer tells nothing new. */
  learn(bucket: string | undefined, used: Place, answer: WholeAnswer): boolean;
  /** What `GET ?location` answered. @returns false where that is what was used, or the settings name one. */
  learnRegion(bucket: string, used: Place, region: string): boolean;
  /** A bucket that is not there any more lives nowhere. */
  forget(bucket: string): void;
}

const PLACES = bound('minio-remembered-places', 10_000);
export const SHIPPED_REGION = 'us-east-1';
const MALFORMED = new Set(['AuthorizationHeaderMalformed']);
const HOST_ONLY = new Set(['SecondLevelDomainForbidden', 'PathStyleDomainForbidden', 'InvalidPathAccess']);
const REGION = /^[a-z0-9][a-z0-9-]{0,62}$/i;
const EXPECTED = /expecting '([^']+)'/;
const AWS = /(?:^|\.)s3[.-](?:fips[.-])?(?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/;

export function createAddressing(server: URL, given: string | undefined): Addressing {
  let home: Place = { server, style: 'path', region: given ?? regionIn(server) ?? SHIPPED_REGION };
  const places = createLru<string, Place>(PLACES);
  const atHome = (bucket: string | undefined): Place =>
    bucket === undefined || home.style === 'path' ? { ...home, style: 'path' } : inHostStyle(bucket, home);
  return {
    at: (bucket) => (bucket === undefined ? undefined : places.get(bucket)) ?? atHome(bucket),
    learn(bucket, used, answer) {
      if (answer.status < 300) return false;
      const isMoved = isRedirect(answer);
      const target = isMoved ? redirectTarget(bucket, used, answer) : undefined;
      const told = toldRegion(answer) ?? regionIn(target?.server);
      const region = (given === undefined || isMoved ? told : undefined) ?? used.region;
      const style = bucket !== undefined && codeIn(answer, HOST_ONLY) ? 'virtual' : used.style;
      if (target === undefined && region === used.region && style === used.style) return false;
      // A header speaks of the bucket, a refused signature of the whole server.
      const isHeader = answer.headers['x-amz-bucket-region'] !== undefined && !codeIn(answer, MALFORMED);
      if (bucket === undefined || !(isMoved || isHeader || places.peek(bucket) !== undefined))
        home = { ...home, region, style };
      else places.set(bucket, { ...(target ?? used), region });
      return true;
    },
    learnRegion(bucket, used, region) {
      if (given !== undefined || region === used.region || !REGION.test(region)) return false;
      places.set(bucket, { ...used, region });
      return true;
    },
    forget: places.delete,
  };
}

export const isRedirect = ({ status }: WholeAnswer): boolean => status >= 300 && status < 400;

export function toldRegion(answer: WholeAnswer): string | undefined {
  const header = answer.headers['x-amz-bucket-region'];
  const told = [
    typeof header === 'string' ? header : undefined,
    text(answer.body, 'Region'),
    EXPECTED.exec(text(answer.body, 'Message') ?? answer.body)?.[1],
  ];
  return told.find((region) => region !== undefined && REGION.test(region));
}

const codeIn = (answer: WholeAnswer, codes: ReadonlySet<string>): boolean => codes.has(text(answer.body, 'Code') ?? '');

const regionIn = (server: URL | undefined): string | undefined => AWS.exec(server?.hostname ?? '')?.[1];

const inHostStyle = (bucket: string, { server, region }: Place): Place => ({
  region,
  style: 'virtual',
  server: new URL(`${server.protocol}//${bucket}.${server.host}`),
});

/** Where a redirect leads, unless that is where we are or is less safe. A server's name that begins with the bucket's stands for it. */
function redirectTarget(
  bucket: string | undefined,
  used: Place,
  answer: WholeAnswer,
): Pick<Place, 'server' | 'style'> | undefined {
  const endpoint = text(answer.body, 'Endpoint');
  const told = answer.location ?? (endpoint === undefined ? '' : `${used.server.protocol}//${endpoint}`);
  if (told === '' || !URL.canParse(told, used.server.href)) return undefined;
  const server = new URL(new URL(told, used.server).origin);
  if (server.href === used.server.href || (used.server.protocol === 'https:' && server.protocol !== 'https:'))
    return undefined;
  return { server, style: bucket !== undefined && server.hostname.startsWith(`${bucket}.`) ? 'virtual' : 'path' };
}
