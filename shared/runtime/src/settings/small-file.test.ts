import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSmallFile, SMALL_FILE_BYTES } from './small-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'leasehold-small-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file of up to a bound is read whole', () => {
  const path = join(folder, 'key');
  writeFileSync(path, 'a secret\n');
  expect(readSmallFile(path)).toBe('a secret\n');
  truncateSync(path, SMALL_FILE_BYTES.value);
  expect(readSmallFile(path)).toHaveLength(SMALL_FILE_BYTES.value);
  truncateSync(path, SMALL_FILE_BYTES.value + 1);
  expect(() => readSmallFile(path)).toThrow(/more than 1048576 bytes/);
});

test('what has no end, nobody to write to it or nothing to read is refused at once', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('sh', ['-c', `mkfifo '${pipe}'`]);
  for (const path of ['/dev/zero', pipe, folder]) expect(() => readSmallFile(path)).toThrow('it is no regular file');
  expect(() => readSmallFile(join(folder, 'absent'))).toThrow(/ENOENT/);
});
