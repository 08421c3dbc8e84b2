/**
 * MinIO's admin API as far as looking goes: signed GET calls (Signature Version 4) and the opening of sealed answers.
 *
 * A sealed answer is salt (32 bytes), algorithm (1), nonce (8), then fragments of 16 KiB, each with its own tag; the key is
 * derived from the caller's secret key, and the tag of an empty fragment 0 is part of what each other tag protects.
 */
import { argon2Sync, createCipheriv, createDecipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto';

export interface AdminLogin {
  /** host:port, without TLS. */
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

const REGION = 'us-east-1';
const CALL_MS = 30_000;
const FRAGMENT_BYTES = 16 * 1024;
const TAG_BYTES = 16;
const HEADER_BYTES = 41;
const ALGORITHM = { argon2Aes: 0, argon2ChaCha: 1, pbkdf2Aes: 2 } as const;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The headers of a signed GET. `at` is the time as YYYYMMDDTHHMMSSZ. */
export function signedHeaders(login: AdminLogin, path: string, query: string, at: string): Record<string, string> {
  const day = at.slice(0, 8);
  const scope = `${day}/${REGION}/s3/aws4_request`;
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const empty = sha256('');
  const lines = `host:${login.endpoint}\nx-amz-content-sha256:${empty}\nx-amz-date:${at}\n`;
  const request = ['GET', path, query, lines, names, empty].join('\n');
  const key = [REGION, 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${login.secretKey}`, day));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', at, scope, sha256(request)].join('\n')).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${login.accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { 'x-amz-date': at, 'x-amz-content-sha256': empty, authorization };
}

function deriveKey(algorithm: number, secret: string, salt: Buffer): Buffer {
  if (algorithm === ALGORITHM.pbkdf2Aes) return pbkdf2Sync(secret, salt, 8_192, 32, 'sha256');
  const message = Buffer.from(secret);
  return argon2Sync('argon2id', { message, nonce: salt, parallelism: 4, tagLength: 32, memory: 65_536, passes: 1 });
}

/** Errors: throws when the secret is wrong or a byte was changed. */
export function openSealed(secret: string, sealed: Buffer): Buffer {
  const algorithm = sealed.readUInt8(32);
  const nonce = sealed.subarray(33, HEADER_BYTES);
  const key = deriveKey(algorithm, secret, sealed.subarray(0, 32));
  const cipher = algorithm === ALGORITHM.argon2ChaCha ? 'chacha20-poly1305' : 'aes-256-gcm';
  const options = { authTagLength: TAG_BYTES } as const;
  const nonceOf = (fragment: number): Buffer => {
    const bytes = Buffer.alloc(12);
    nonce.copy(bytes);
    bytes.writeUInt32LE(fragment, 8);
    return bytes;
  };
  const first = createCipheriv(cipher as 'aes-256-gcm', key, nonceOf(0), options);
  first.final();
  const bindTag = first.getAuthTag();
  const opened: Buffer[] = [];
  let rest = sealed.subarray(HEADER_BYTES);
  for (let fragment = 1; rest.length > 0; fragment++) {
    const size = Math.min(rest.length, FRAGMENT_BYTES + TAG_BYTES);
    const text = rest.subarray(0, size - TAG_BYTES);
    const decipher = createDecipheriv(cipher as 'aes-256-gcm', key, nonceOf(fragment), options);
    const isLast = rest.length <= FRAGMENT_BYTES + TAG_BYTES;
    decipher.setAAD(Buffer.concat([Buffer.from([isLast ? 0x80 : 0]), bindTag]), { plaintextLength: text.length });
    decipher.setAuthTag(rest.subarray(size - TAG_BYTES, size));
    opened.push(decipher.update(text), decipher.final());
    rest = rest.subarray(size);
  }
  return Buffer.concat(opened);
}

/** @returns the answer's JSON. Errors: names the call and the status. */
export async function adminGet(
  login: AdminLogin,
  call: string,
  query: string,
  answerIs: 'plain' | 'sealed',
): Promise<unknown> {
  const path = `/minio/admin/v3/${call}`;
  const at = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const url = `http://${login.endpoint}${path}${query === '' ? '' : `?${query}`}`;
  const headers = signedHeaders(login, path, query, at);
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(CALL_MS) });
  const body = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`GET ${call}: ${answer.status} ${body.toString('utf8').slice(0, 200)}`);
  const plain = answerIs === 'sealed' && body.length > 0 ? openSealed(login.secretKey, body) : body;
  return plain.length === 0 ? null : JSON.parse(plain.toString('utf8'));
}
