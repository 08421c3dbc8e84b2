/**
 * AWS Signature Version 4 for one request with its whole body in memory. Pure: time is handed in.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';
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

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** No name comes twice. */
const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one < other ? -1 : 1);

export const queryText = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => [encodeName(name), encodeName(value)] as const)
    .sort(byName)
    .map((pair) => pair.join('='))
    .join('&');

/** @returns the headers that make the request a signed one. */
export function sign(request: Signable, credentials: Credentials, nowMs: number): Record<string, string> {
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = date.slice(0, 8);
  const scope = `${day}/${credentials.region}/s3/aws4_request`;
  const hash = sha256(request.body);
  const headers = Object.entries({
    ...request.headers,
    host: request.host,
    'x-amz-content-sha256': hash,
    'x-amz-date': date,
  }).sort(byName);
  const signed = headers.map(([name]) => name).join(';');
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = [request.method, request.path, queryText(request.query), lines, signed, hash].join('\n');
  const day1 = hmac(`AWS4${credentials.secretKey}`, day);
  const key = hmac(hmac(hmac(day1, credentials.region), 's3'), 'aws4_request');
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
  const credential = `Credential=${credentials.accessKey}/${scope}`;
  return {
    ...request.headers,
    'x-amz-date': date,
    'x-amz-content-sha256': hash,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}
