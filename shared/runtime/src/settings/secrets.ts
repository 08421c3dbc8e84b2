/**
 * What a first start makes for itself where nothing was set: master key, signing secret, admin token. Owns these files
 * below `DATA_DIR`; leaves checking tokens to the HTTP server.
 *
 * 1. A file is made once, with mode 0600, whole or not at all (written aside, then linked, so that a second process never
 *    reads half of it and never overwrites it). A master key that is there is never made anew: it would lock away what it has encrypted.
 * 2. The admin token is renewed at every start and holds for 30 days; it is made only where the signing secret is ours.
 * 3. No secret is in a fault or a log: only paths are.
 */
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mintToken } from '@leasehold/http';
import { type Bound, bound, invalid, unavailable } from '@leasehold/kernel';
import { expectedOf } from './definition.ts';
import { masterKey as masterKeyFormat } from './formats.ts';
import { expectedAudience } from './groups.ts';
import type { MeshSecrets, SecretsOptions, TokenSource } from './settings.port.ts';

const ADMIN_TOKEN_TTL_MS: Bound = bound('admin token lifetime ms', 30 * 24 * 3_600_000);
const KEY_BYTES = 32;
const NAME_BYTES = 8;

/** Errors: `Invalid` (`BadSecretFile`) for a file that does not hold what it should; `Unavailable` (`DataDirUnusable`). */
export async function ensureSecrets(options: SecretsOptions): Promise<MeshSecrets> {
  const { settings, dataDir } = options;
  const made: string[] = [];
  try {
    if (settings.mesh.masterKey === undefined || !hasTokenSetting(options)) {
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
    }
    const masterKey = settings.mesh.masterKey ?? (await ownMasterKey(options, made));
    if (settings.auth.jwksUrl !== undefined) {
      return { masterKey, tokens: { kind: 'jwks', url: settings.auth.jwksUrl }, made };
    }
    if (settings.auth.jwtSecret !== undefined) {
      return { masterKey, tokens: { kind: 'secret', secret: settings.auth.jwtSecret }, made };
    }
    const tokens = await ownSigningSecret(options, made);
    return { masterKey, tokens, admin: await renewAdminToken(options, tokens.secret, made), made };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!(error instanceof Error) || !/^E[A-Z]+$/.test(code ?? '')) throw error;
    throw unavailable(`DATA_DIR ${JSON.stringify(dataDir)} cannot be used (${code})`, {
      code: 'DataDirUnusable',
      cause: error,
    });
  }
}

const hasTokenSetting = ({ settings }: SecretsOptions): boolean =>
  settings.auth.jwksUrl !== undefined || settings.auth.jwtSecret !== undefined;

async function ownMasterKey(options: SecretsOptions, made: string[]): Promise<Uint8Array> {
  const path = join(options.dataDir, 'master.key');
  const content = await readOrMake(path, options, 'base64', made);
  const key = masterKeyFormat.safeParse(content).data;
  if (key !== undefined) return key;
  throw invalid(`${path} does not hold a master key, expected ${expectedOf(masterKeyFormat)}`, {
    code: 'BadSecretFile',
  });
}

async function ownSigningSecret(
  options: SecretsOptions,
  made: string[],
): Promise<Extract<TokenSource, { kind: 'secret' }>> {
  const path = join(options.dataDir, 'signing.secret');
  const secret = await readOrMake(path, options, 'base64url', made);
  if (Buffer.byteLength(secret) >= KEY_BYTES) return { kind: 'secret', secret };
  throw invalid(`${path} does not hold a signing secret, expected at least ${KEY_BYTES} bytes`, {
    code: 'BadSecretFile',
  });
}

async function renewAdminToken(
  options: SecretsOptions,
  secret: string,
  made: string[],
): Promise<NonNullable<MeshSecrets['admin']>> {
  const { clock, dataDir, settings } = options;
  const ttlMs = ADMIN_TOKEN_TTL_MS.value;
  const { issuer } = settings.auth;
  const audience = expectedAudience(settings);
  const token = await mintToken(
    secret,
    { sub: 'admin', roles: ['platform-admin'], ttlMs, ...(issuer && { issuer }), ...(audience && { audience }) },
    clock,
  );
  const path = join(dataDir, 'admin.token');
  const aside = await writeAside(path, token, options);
  await rename(aside, path);
  made.push(path);
  return { path, expiresAtMs: clock.now() + ttlMs };
}

async function readOrMake(
  path: string,
  options: SecretsOptions,
  encoding: 'base64' | 'base64url',
  made: string[],
): Promise<string> {
  const present = await readIfThere(path);
  if (present !== undefined) return present;
  const aside = await writeAside(path, Buffer.from(options.random(KEY_BYTES)).toString(encoding), options);
  try {
    await link(aside, path);
    made.push(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
  return (await readFile(path, 'utf8')).trim();
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    const content = (await readFile(path, 'utf8')).trim();
    await chmod(path, 0o600);
    return content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeAside(path: string, content: string, options: SecretsOptions): Promise<string> {
  const aside = `${path}.${Buffer.from(options.random(NAME_BYTES)).toString('hex')}`;
  await writeFile(aside, `${content}\n`, { mode: 0o600, flag: 'wx' });
  return aside;
}
