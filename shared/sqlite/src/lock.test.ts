import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './lock.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'leasehold-lock-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

test('a folder that is missing is made with those above it', () => {
  const lock = lockFolder(join(place, 'a', 'b'));
  expect(existsSync(join(place, 'a', 'b', 'lock.pid'))).toBe(true);
  lock.release();
});

test('a place where no folder can be made, and one that is a file, are refused at once and by name', () => {
  writeFileSync(join(place, 'file'), '');
  for (const folder of ['/proc/nope', '/proc/nope/deeper', join(place, 'file')])
    expect(() => lockFolder(folder)).toThrow(
      expect.objectContaining({ code: 'DataDirUnusable', message: expect.stringContaining(folder) }),
    );
});
