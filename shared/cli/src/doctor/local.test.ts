import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NO_PAINT } from '../paint.ts';
import { findingLines } from './finding.ts';
import { checkDataDir, checkNode, checkProxy, checkTokenClaims, checkTokenPlace } from './local.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOW_MS = Date.parse('2026-01-31T12:00:00.000Z');
const token = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;

test('Node: too old fails, the one of the packages is said', () => {
  expect(checkNode('22.1.0', undefined).level).toBe('fail');
  expect(checkNode('24.21.0', '20.20.2').message).toContain('you have 20.20.2');
});

test('a token that others may read is a warning with the command that mends it', () => {
  const path = join(folder, 'admin.token');
  const source = { kind: 'file', where: 'DATA_DIR', path } as const;
  expect(checkTokenPlace(source).level).toBe('fail');
  writeFileSync(path, 'a.b.c');
  chmodSync(path, 0o644);
  expect(checkTokenPlace(source)).toMatchObject({ level: 'warn', todo: `chmod 600 ${path}` });
  chmodSync(path, 0o600);
  expect(checkTokenPlace(source).level).toBe('ok');
});

test('a token: expired fails, soon expired warns, else who it is', () => {
  const at = (days: number) => ({ sub: 'admin', roles: ['platform-admin'], exp: NOW_MS / 1_000 + days * 86_400 });
  expect(checkTokenClaims(token(at(-2)), NOW_MS)).toMatchObject({ level: 'fail', message: 'expired 2 days ago' });
  expect(checkTokenClaims(token(at(1)), NOW_MS).level).toBe('warn');
  expect(checkTokenClaims(token(at(30)), NOW_MS).message).toBe('admin (platform-admin), expires in 30 days');
  expect(checkTokenClaims('nonsense', NOW_MS).level).toBe('fail');
});

test('the data folder: missing is a warning, since the token may come from elsewhere', () => {
  expect(checkDataDir({}, folder).level).toBe('warn');
  expect(checkDataDir({ DATA_DIR: folder }, '/').level).toBe('ok');
});

const PROXY = { HTTP_PROXY: 'http://proxy:3128', NODE_USE_ENV_PROXY: '1' };
test.each([
  [{}, 'http://127.0.0.1:7070', 'ok'],
  [{ HTTP_PROXY: 'http://proxy:3128' }, 'http://127.0.0.1:7070', 'ok'],
  [{ HTTP_PROXY: 'http://proxy:3128' }, 'http://mesh.example', 'warn'],
  [PROXY, 'http://127.0.0.1:7070', 'fail'],
  [{ ...PROXY, NO_PROXY: 'localhost,127.0.0.0/8' }, 'http://127.0.0.1:7070', 'fail'],
  [{ ...PROXY, NO_PROXY: 'localhost, 127.0.0.1' }, 'http://127.0.0.1:7070', 'ok'],
  [{ ...PROXY, NO_PROXY: '.example' }, 'http://mesh.example', 'ok'],
  [{ ...PROXY, NO_PROXY: 'mesh.example:81' }, 'http://mesh.example:82', 'warn'],
  [{ ...PROXY, no_proxy: '::1' }, 'http://[::1]:7070', 'fail'],
  [{ ...PROXY, no_proxy: '[::1]' }, 'http://[::1]:7070', 'ok'],
] as const)('proxy settings %j for %s: %s', (env, url, level) => {
  expect(checkProxy(env, url).level).toBe(level);
});

test('golden: findings', () => {
  expect(
    findingLines(
      [
        { level: 'ok', name: 'node', message: '24.21.0' },
        { level: 'fail', name: 'server', message: 'nothing listens there', todo: 'start it' },
      ],
      NO_PAINT,
    ),
  ).toEqual([
    'ok    node    24.21.0',
    'FAIL  server  nothing listens there',
    '      -> start it',
    '',
    '1 ok, 0 to look at, 1 failed',
  ]);
});
