/** TLS files become texts, each where it is set; without authority and certificate there is no TLS of ours at all. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pemFiles } from './tls.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `the ${name}`);
  return path;
};
const none = { caFile: undefined, certFile: undefined, keyFile: undefined };

test('each file that is set is read, and no other is named', () => {
  const [caFile, certFile, keyFile] = [file('ca.pem'), file('cert.pem'), file('key.pem')];
  expect(pemFiles({ caFile, certFile, keyFile })).toStrictEqual({
    ca: 'the ca.pem',
    cert: 'the cert.pem',
    key: 'the key.pem',
  });
  expect(pemFiles({ ...none, caFile })).toStrictEqual({ ca: 'the ca.pem' });
  expect(pemFiles({ ...none, certFile, keyFile })).toStrictEqual({ cert: 'the cert.pem', key: 'the key.pem' });
});

test('with nothing set, or a key alone, there is nothing', () => {
  expect([pemFiles(none), pemFiles({ ...none, keyFile: file('key.pem') })]).toEqual([undefined, undefined]);
});
