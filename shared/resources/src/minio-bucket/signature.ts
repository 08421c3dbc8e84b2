/**
 * AWS Signature Version 4 for one request with its whole body in memory, by the signer of the `minio` package: it takes path and query
 * to the letter, so that names that are no UTF-8 can be signed, and the time that is handed in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * 1. The signer is loaded with the first request: it brings 5 MB of heap with it, which embedded backends do without.
 * 2. It sorts the pairs of a query where the names are to be sorted, which is the same as long as no name begins with another.
 */
import { createHash } from 'node:crypto';
import { encodeName } from './object-name.ts';

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface Signable {
  readonly method: string;
  readonly host: string;
  /** Encoded, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Further headers to be signed, named in lower case: all that begin with `x-amz-` must be. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No name comes twice. */
const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one < other ? -1 : 1);

export const queryText = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => [encodeName(name), encodeName(value)] as const)
    .sort(byName)
    .map((pair) => pair.join('='))
    .join('&');

/** The path as it is sent. */
export const targetOf = ({ path, query }: Pick<Signable, 'path' | 'query'>): string =>
  Object.keys(query).length === 0 ? path : `${path}?${queryText(query)}`;

/** @returns the headers that make the request a signed one. */
export async function sign(
  request: Signable,
  credentials: Credentials,
  nowMs: number,
): Promise<Readonly<Record<string, string>>> {
  const { signV4 } = await import('minio/dist/esm/signing.mjs');
  const at = new Date(nowMs);
  const hash = createHash('sha256').update(request.body).digest('hex');
  const headers = {
    ...request.headers,
    'x-amz-date': at.toISOString().replace(/[-:]|\.\d{3}/g, ''),
    'x-amz-content-sha256': hash,
  };
  const { accessKey, secretKey, region } = credentials;
  const sent = { protocol: 'https:', method: request.method, path: targetOf(request) };
  const whole = { ...sent, headers: { ...headers, host: request.host } };
  return { ...headers, authorization: signV4(whole, accessKey, secretKey, region, at, hash) };
}
