import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureSecrets } from './secrets.ts';
import type { SecretsOptions } from './settings.port.ts';

let dataDir: string;
let seed = 0;
const clock = manualClock(1_700_000_000_000);
const NOTHING = {
  mesh: { masterKey: undefined, platformRoles: undefined, blueprintDir: undefined, embedded: undefined },
  auth: { jwksUrl: undefined, jwtSecret: undefined, issuer: undefined, audience: undefined },
};

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'secrets-'));
  dataDir = join(parent, 'data');
});
afterEach(() => rm(join(dataDir, '..'), { recursive: true }));

const ensure = (settings: SecretsOptions['settings'] = NOTHING) =>
  ensureSecrets({ dataDir, settings, clock, random: (bytes) => new Uint8Array(bytes).fill(++seed % 251) });
const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('a first start makes key, secret and token that only their owner can read', async () => {
  const { masterKey, tokens, admin, made } = await ensure();
  expect(masterKey).toHaveLength(32);
  expect(tokens.kind).toBe('secret');
  expect(made.map((path) => path.slice(dataDir.length + 1))).toEqual(['master.key', 'signing.secret', 'admin.token']);
  const modes = await Promise.all(made.map(async (path) => (await stat(path)).mode & 0o777));
  expect(modes).toEqual([0o600, 0o600, 0o600]);
  const token = (await readFile(admin?.path ?? '', 'utf8')).trim();
  expect(claims(token)).toMatchObject({ sub: 'admin', roles: ['platform-admin'], exp: 1_700_000_000 + 30 * 86_400 });
});

test('a later start keeps key and secret and renews the token', async () => {
  const first = await ensure();
  await clock.advance(86_400_000);
  const second = await ensure();
  expect(second.masterKey).toEqual(first.masterKey);
  expect(second.tokens).toEqual(first.tokens);
  expect(second.made).toEqual([join(dataDir, 'admin.token')]);
  expect(second.admin?.expiresAtMs).toBe((first.admin?.expiresAtMs ?? 0) + 86_400_000);
});

test('two first starts at once agree on one key', async () => {
  const [a, b] = await Promise.all([ensure(), ensure()]);
  expect(a.masterKey).toEqual(b.masterKey);
  expect(a.tokens).toEqual(b.tokens);
});

test('what is set is used, and nothing is written', async () => {
  const masterKey = new Uint8Array(32);
  const settings = { mesh: { ...NOTHING.mesh, masterKey }, auth: { ...NOTHING.auth, jwksUrl: 'https://a/keys' } };
  const found = await ensure(settings);
  expect(found).toEqual({ masterKey, tokens: { kind: 'jwks', url: 'https://a/keys' }, made: [] });
  await expect(stat(dataDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a damaged master key is told, never made anew', async () => {
  await ensure();
  await writeFile(join(dataDir, 'master.key'), 'short\n');
  await expect(ensure()).rejects.toMatchObject({ class: 'Invalid', code: 'BadSecretFile' });
  expect(await readFile(join(dataDir, 'master.key'), 'utf8')).toBe('short\n');
});

test('a data folder that cannot be used is an Unavailable that names it', async () => {
  await writeFile(dataDir, 'a file');
  await expect(ensure()).rejects.toMatchObject({ class: 'Unavailable', code: 'DataDirUnusable' });
});
