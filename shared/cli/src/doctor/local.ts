/**
 * What can be checked without the server: Node, the data folder, the token, proxy settings.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { formatDuration } from '../duration.ts';
import { asFailure } from '../failure.ts';
import { dataDir, readToken, type TokenSource } from '../settings.ts';
import type { Environment } from '../surroundings.ts';
import { fields, maybeNumber, parseJson, text, texts } from '../wire.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const RUNTIME = 24;
const DAY_MS = 86_400_000;
const SOON_MS = 3 * DAY_MS;

export function checkNode(version: string, launchedFrom: string | undefined): Finding {
  const from = launchedFrom === undefined ? '' : `, the one of the packages (you have ${launchedFrom})`;
  if (Number(version.split('.')[0]) >= RUNTIME) return ok('node', `${version}${from}`);
  return fail('node', `${version} is too old`, `install Node ${RUNTIME} or later`);
}

export function checkDataDir(env: Environment, cwd: string): Finding {
  const path = dataDir(env, cwd);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    return warn(
      'data folder',
      `${path} is not there`,
      "run `npm start` in this folder, or set DATA_DIR to the server's",
    );
  if (!found.isDirectory()) return fail('data folder', `${path} is not a folder`, 'set DATA_DIR to a folder');
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return ok('data folder', path);
  } catch {
    return fail('data folder', `${path} may not be read by you`, 'run as the user that started the server');
  }
}

export function checkTokenPlace(source: TokenSource): Finding {
  if (source.kind === 'text')
    return source.where === '--token'
      ? warn('token', 'from --token, which others see in the list of processes', 'put it into LEASEHOLD_TOKEN_FILE')
      : ok('token', `from ${source.where}`);
  try {
    readToken(source);
  } catch (error) {
    const { message, details } = asFailure(error);
    return fail('token', `${message} (${source.path})`, details.at(-1) ?? 'give one by LEASEHOLD_TOKEN_FILE');
  }
  const mode = statSync(source.path).mode & 0o777;
  if ((mode & 0o077) !== 0)
    return warn('token', `${source.path} may be read by others (mode ${mode.toString(8)})`, `chmod 600 ${source.path}`);
  return ok('token', `${source.path}, mode ${mode.toString(8).padStart(4, '0')}`);
}

/** Reads the claims without trusting them: only the server can check the signature. */
export function checkTokenClaims(token: string, nowMs: number): Finding {
  const [, payload = '', signature] = token.split('.');
  const claims = fields(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
  const expires = maybeNumber(claims['exp']);
  if (signature === undefined || expires === undefined)
    return fail(
      'token claims',
      'this is no JWT with an expiry',
      'take the token from DATA_DIR/admin.token or your issuer',
    );
  const leftMs = expires * 1_000 - nowMs;
  const renew = 'restart the standalone server, which renews its admin token, or ask your issuer for another';
  if (leftMs <= 0) return fail('token claims', `expired ${formatDuration(-leftMs)} ago`, renew);
  const roles = texts(claims['roles']).join(', ') || 'no roles';
  const who = `${text(claims['sub'], 'nobody')} (${roles}), expires in ${formatDuration(leftMs)}`;
  return leftMs < SOON_MS ? warn('token claims', who, renew) : ok('token claims', who);
}

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/** Node uses a proxy only with NODE_USE_ENV_PROXY=1, and reads NO_PROXY in its own way: names, `.domain`,
 * `name:port`, `*`; no ranges, and an IPv6 address only in brackets. */
export function checkProxy(env: Environment, url: string): Finding {
  const named = PROXIES.filter((name) => (env[name] ?? '') !== '');
  if (named.length === 0) return ok('proxy', 'none set');
  const { hostname, port } = new URL(url);
  const isLoopback = /^(localhost|127\.|\[::1\])/.test(hostname);
  if (env['NODE_USE_ENV_PROXY'] !== '1')
    return isLoopback
      ? ok('proxy', `${named.join(', ')} set, not used by this command`)
      : warn(
          'proxy',
          `${named.join(', ')} set, but this command connects directly`,
          'if the server is behind the proxy, set NODE_USE_ENV_PROXY=1',
        );
  const entries = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.some((entry) => covers(entry, hostname, port))) return ok('proxy', `NO_PROXY covers ${hostname}`);
  const odd = entries.find((entry) => entry.includes('/'));
  const why = odd === undefined ? '' : `; ${odd} is a range, which Node does not understand`;
  const message = `requests to ${hostname} go through the proxy: NO_PROXY does not name it${why}`;
  return (isLoopback ? fail : warn)('proxy', message, `add ${hostname} to NO_PROXY`);
}

function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const bare = name.replace(/^\*?\./, '');
  return hostname === bare || hostname.endsWith(`.${bare}`);
}
