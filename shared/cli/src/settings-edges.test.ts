/** Where the address and the token come from, and what is said of each that cannot be one (1 to 3). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DEFAULT_URL, dataDir, readToken, serverUrl, tokenSource, withEnvFile } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  [undefined, {}, 'http://127.0.0.1:7070'],
  [undefined, { LEASEHOLD_URL: '' }, 'http://127.0.0.1:7070'],
  [undefined, { HOST: 'fe80::1', PORT: '1' }, 'http://[fe80::1]:1'],
  [undefined, { HOST: 'mesh' }, 'http://mesh:7070'],
  ['http://mesh/base///', {}, 'http://mesh/base'],
  ['HTTPS://Mesh:443/a/b', {}, 'https://mesh/a/b'],
])('the address of %s and %j is %s', (option, env, url) => {
  expect(serverUrl(option, env)).toBe(url);
  expect(DEFAULT_URL).toBe('http://127.0.0.1:7070');
});

test.each([
  ['mesh', {}, '--url expects a URL such as http://127.0.0.1:7070, got "mesh"'],
  [undefined, { LEASEHOLD_URL: 'mesh' }, 'LEASEHOLD_URL expects a URL'],
  ['ftp://mesh', {}, '--url expects http or https, got "ftp://mesh"'],
  ['http://user@mesh', {}, '--url must hold no user or password'],
  ['http://:secret@mesh', {}, '--url must hold no user or password'],
  [undefined, { HOST: 'a b' }, 'HOST and PORT make no address: "http://a b:7070"'],
])('no address: %s and %j', (option, env, message) => {
  expect(() => serverUrl(option, env)).toThrow(message);
});

test('the token: option, text, file, data folder, in this order; an empty text is none', () => {
  const all = { LEASEHOLD_TOKEN: 'b', LEASEHOLD_TOKEN_FILE: 'c' };
  expect(tokenSource('a', all, folder)).toEqual({ kind: 'text', where: '--token', token: 'a' });
  expect(tokenSource(undefined, all, folder)).toEqual({ kind: 'text', where: 'LEASEHOLD_TOKEN', token: 'b' });
  const file = { kind: 'file', where: 'LEASEHOLD_TOKEN_FILE', path: join(folder, 'c') };
  expect(tokenSource(undefined, { ...all, LEASEHOLD_TOKEN: '' }, folder)).toEqual(file);
  expect(tokenSource(undefined, { DATA_DIR: 'data' }, folder)).toEqual({
    kind: 'file',
    where: 'DATA_DIR',
    path: join(folder, 'data', 'admin.token'),
  });
  expect(dataDir({ DATA_DIR: '' }, folder)).toBe(join(folder, '.leasehold'));
});

test.each([
  ['none.token', 'is not there'],
  ['.', 'fails (EISDIR)'],
])('a token file %s that was named is told with why it cannot be read', (name, why) => {
  const path = join(folder, name);
  expect(() => readToken({ kind: 'file', where: 'LEASEHOLD_TOKEN_FILE', path })).toThrow(
    `the token file ${path} (from LEASEHOLD_TOKEN_FILE) ${why}`,
  );
});

test('a token is one line of visible characters, at most 8192', () => {
  const read = (token: string) => readToken({ kind: 'text', where: 'LEASEHOLD_TOKEN', token });
  expect([read(' a.b.c\n'), read('x'.repeat(8192)).length]).toEqual(['a.b.c', 8192]);
  expect(() => read('  ')).toThrow('the token in LEASEHOLD_TOKEN is empty');
  for (const bad of ['a b', 'a\nb', 'ü', 'a\u0007', 'x'.repeat(8193)])
    expect(() => read(bad)).toThrow('what is in LEASEHOLD_TOKEN is no token');
});

test('without a file the environment is as it is', () => {
  const env = { A: '1' };
  expect(withEnvFile(env, join(folder, 'nowhere'))).toBe(env);
  writeFileSync(join(folder, '.env'), 'A=2\nB=3\n');
  expect(withEnvFile(env, folder)).toEqual({ A: '1', B: '3' });
});
