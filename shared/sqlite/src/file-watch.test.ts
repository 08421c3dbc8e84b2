/** Whether a file is still the one that was opened, and as its writer left it (1, 2): seen from outside, its write-ahead log too. */
import { copyFileSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchFile } from './file-watch.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-watch-'));
  path = join(folder, 'notes.sqlite');
  writeFileSync(path, 'content');
  writeFileSync(`${path}-wal`, 'log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LATER = new Date('2040-01-01');

test('what nobody touched is the same, however often it is asked', () => {
  const watch = watchFile(path);
  expect([watch.look(), watch.look()]).toEqual(['same', 'same']);
});

test.each([
  ['the file grew', 'touched', () => writeFileSync(path, 'content and more')],
  ['the file was written anew at another time', 'touched', () => utimesSync(path, LATER, LATER)],
  ['the log grew', 'touched', () => writeFileSync(`${path}-wal`, 'log and more')],
  ['the log was written anew', 'touched', () => utimesSync(`${path}-wal`, LATER, LATER)],
  ['the file was deleted', 'gone', () => rmSync(path)],
  ['the log was deleted', 'gone', () => rmSync(`${path}-wal`)],
  [
    'the file was replaced by its like',
    'gone',
    () => {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  ],
  [
    'the log was touched and the file is gone',
    'gone',
    () => {
      writeFileSync(`${path}-wal`, 'log and more');
      rmSync(path);
    },
  ],
])('%s: it is %s, until that is taken for granted', (_, sight, harm) => {
  const watch = watchFile(path);
  harm();
  expect([watch.look(), watch.look()]).toEqual([sight, sight]);
  watch.remember();
  expect(watch.look()).toBe('same');
});

test('a log that appears is a touch, one that was never there is none', () => {
  rmSync(`${path}-wal`);
  const watch = watchFile(path);
  expect(watch.look()).toBe('same');
  writeFileSync(`${path}-wal`, '');
  expect(watch.look()).toBe('touched');
});

test('a file that was moved away and comes back is the same', () => {
  const watch = watchFile(path);
  renameSync(path, `${path}.away`);
  expect(watch.look()).toBe('gone');
  renameSync(`${path}.away`, path);
  expect(watch.look()).toBe('same');
});
