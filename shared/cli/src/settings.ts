/**
 * Where the server is and which token to show, from options, environment, `.env` and the data folder, in this order.
 *
 * 1. The defaults are the standalone process's own: after `npm start` in the same folder nothing has to be set.
 * 2. A missing token names every place that was looked at. A token is never part of a message.
 * 3. The environment goes before `.env`, also where it holds an empty text, as for the server.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { bound } from '@leasehold/kernel';
import { type Failure, usage } from './failure.ts';
import type { Environment } from './surroundings.ts';

export const DEFAULT_URL = 'http://127.0.0.1:7070';
const DEFAULT_PORT = '7070';
const TOKEN_LENGTH = bound('token characters', 8192);

/** A server that listens on every address is reached on the loopback one. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

export function withEnvFile(env: Environment, cwd: string): Environment {
  try {
    return { ...parseEnv(readFileSync(join(cwd, '.env'), 'utf8')), ...env };
  } catch {
    return env;
  }
}

const set = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text);

/** @returns the server's base, without a slash at its end. @throws Failure `usage` */
export function serverUrl(option: string | undefined, env: Environment): string {
  const given = option ?? set(env['LEASEHOLD_URL']);
  if (given === undefined) {
    const host = set(env['HOST']) ?? '127.0.0.1';
    const name = EVERYWHERE[host] ?? (host.includes(':') ? `[${host}]` : host);
    const url = `http://${name}:${set(env['PORT']) ?? DEFAULT_PORT}`;
    if (!URL.canParse(url)) throw usage(`HOST and PORT make no address: ${JSON.stringify(url)}`);
    return url;
  }
  const where = option === undefined ? 'LEASEHOLD_URL' : '--url';
  if (!URL.canParse(given)) throw usage(`${where} expects a URL such as ${DEFAULT_URL}, got ${JSON.stringify(given)}`);
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw usage(`${where} expects http or https, got ${JSON.stringify(given)}`);
  if (url.username !== '' || url.password !== '') throw usage(`${where} must hold no user or password: use the token`);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

export const dataDir = (env: Environment, cwd: string): string => resolve(cwd, set(env['DATA_DIR']) ?? '.leasehold');

/** Where a token comes from; doctor looks at the place too. */
export type TokenSource =
  | { readonly kind: 'text'; readonly where: '--token' | 'LEASEHOLD_TOKEN'; readonly token: string }
  | { readonly kind: 'file'; readonly where: 'LEASEHOLD_TOKEN_FILE' | 'DATA_DIR'; readonly path: string };

export function tokenSource(option: string | undefined, env: Environment, cwd: string): TokenSource {
  if (option !== undefined) return { kind: 'text', where: '--token', token: option };
  const token = set(env['LEASEHOLD_TOKEN']);
  if (token !== undefined) return { kind: 'text', where: 'LEASEHOLD_TOKEN', token };
  const file = set(env['LEASEHOLD_TOKEN_FILE']);
  if (file !== undefined) return { kind: 'file', where: 'LEASEHOLD_TOKEN_FILE', path: resolve(cwd, file) };
  return { kind: 'file', where: 'DATA_DIR', path: join(dataDir(env, cwd), 'admin.token') };
}

/** @throws Failure `usage` when there is none, or what is there cannot be one. */
export function readToken(source: TokenSource): string {
  const token = (source.kind === 'text' ? source.token : readTokenFile(source)).trim();
  const where = source.kind === 'text' ? source.where : source.path;
  if (token === '') throw usage(`the token in ${where} is empty`);
  if (token.length > TOKEN_LENGTH.value || !/^[\x21-\x7e]+$/.test(token))
    throw usage(`what is in ${where} is no token: expected one line without spaces`);
  return token;
}

function readTokenFile(source: TokenSource & { readonly kind: 'file' }): string {
  try {
    return readFileSync(source.path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (source.where === 'DATA_DIR' && code === 'ENOENT') throw noToken(source.path);
    const why = code === 'ENOENT' ? 'is not there' : code === 'EACCES' ? 'may not be read by you' : `fails (${code})`;
    throw usage(`the token file ${source.path} (from ${source.where}) ${why}`);
  }
}

const noToken = (path: string): Failure =>
  usage(
    'no token',
    `looked at --token, LEASEHOLD_TOKEN, LEASEHOLD_TOKEN_FILE and ${path}`,
    'The first `npm start` makes that file: run this in the same folder, or set DATA_DIR to the data folder of the server.',
  );
