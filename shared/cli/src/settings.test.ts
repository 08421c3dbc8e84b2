import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readToken, serverUrl, tokenSource, withEnvFile } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the address: option, LEASEHOLD_URL, HOST and PORT, the default, in this order (1)', () => {
  expect(serverUrl('https://mesh.example/base/', { LEASEHOLD_URL: 'http://other' })).toBe('https://mesh.example/base');
  expect(serverUrl(undefined, { LEASEHOLD_URL: 'http://other:1', PORT: '2' })).toBe('http://other:1');
  expect(serverUrl(undefined, { HOST: '0.0.0.0', PORT: '7399' })).toBe('http://127.0.0.1:7399');
  expect(serverUrl(undefined, { HOST: '::', PORT: '' })).toBe('http://[::1]:7070');
  expect(serverUrl(undefined, {})).toBe('http://127.0.0.1:7070');
});

test.each(['mesh', 'ftp://mesh', 'http://user:secret@mesh'])('%j is refused as an address', (text) => {
  expect(() => serverUrl(text, {})).toThrow('--url');
});

test('a missing token names every place that was looked at (2)', () => {
  const read = () => readToken(tokenSource(undefined, {}, folder));
  const places = [expect.stringContaining(join(folder, '.leasehold', 'admin.token'))];
  expect(read).toThrow('no token');
  expect(read).toThrow(expect.objectContaining({ details: expect.arrayContaining(places) }));
});

test('a token is read from its file without the line end, and never shown (2)', () => {
  const path = join(folder, 'token');
  writeFileSync(path, 'a.b.c\n');
  expect(readToken(tokenSource(undefined, { LEASEHOLD_TOKEN_FILE: 'token' }, folder))).toBe('a.b.c');
  writeFileSync(path, 'two words');
  expect(() => readToken(tokenSource(undefined, { LEASEHOLD_TOKEN_FILE: 'token' }, folder))).toThrow(
    `what is in ${path} is no token`,
  );
});

test('the environment goes before .env, also where it holds an empty text (3)', () => {
  writeFileSync(join(folder, '.env'), 'PORT=7399\nHOST=10.0.0.1\n');
  const env = withEnvFile({ HOST: '' }, folder);
  expect(serverUrl(undefined, env)).toBe('http://127.0.0.1:7399');
});
