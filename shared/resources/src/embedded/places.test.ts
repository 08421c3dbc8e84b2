/** Where records live: one file each, or one folder each, there whole or not at all. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { embeddedFolders } from '../../test/embedded-folder.ts';
import { recordFiles, recordFolders } from './places.ts';

const fresh = embeddedFolders();

test('files are named by their object, percent-encoded, and listed by that name; others are not records', async () => {
  const folder = await fresh();
  const place = recordFiles(folder);
  expect(await place.create('a/b', 'one')).toBe(true);
  expect(await place.create('a/b', 'two')).toBe(false);
  expect(await place.create('c', 'three')).toBe(true);
  await writeFile(join(folder, 'other.txt'), '');
  expect(await readdir(folder)).toEqual(['a%2Fb.json', 'c.json', 'other.txt']);
  expect(await place.names()).toEqual(['a/b', 'c']);
  expect([await place.read('a/b'), await place.read('no')]).toEqual(['one', undefined]);
  await place.replace('a/b', 'new');
  expect(await place.read('a/b')).toBe('new');
  await place.remove('a/b');
  expect([await place.read('a/b'), await readdir(folder)]).toEqual([undefined, ['c.json', 'other.txt']]);
});

test('folders hold a record beside what else is in them; one without is somebody’s', async () => {
  const folder = await fresh();
  const place = recordFolders(folder);
  expect(await place.create('a', 'one')).toBe(true);
  await writeFile(join(folder, 'a', 'object'), 'x');
  expect(await place.create('a', 'two')).toBe(false);
  await mkdir(join(folder, 'theirs'));
  expect(await place.create('theirs', 'taken over')).toBe(false);
  expect(await readdir(join(folder, 'theirs'))).toEqual([]);
  expect([await place.read('a'), await place.read('theirs'), await place.read('no')]).toEqual(['one', null, undefined]);
  expect(await place.names()).toEqual(['a', 'theirs']);
  await place.replace('a', 'new');
  expect(await readFile(join(folder, 'a', '.leasehold.json'), 'utf8')).toBe('new');
  expect(await readFile(join(folder, 'a', 'object'), 'utf8')).toBe('x');
  await place.remove('a');
  expect(await readdir(folder)).toEqual(['theirs']);
});

test.each([
  ['files', recordFiles, 'a.json'],
  ['folders', recordFolders, 'a'],
] as const)('what a removal of %s left is removed by its name', async (_what, placeIn, name) => {
  const folder = await fresh();
  const left = (of: string) => join(folder, `.${of}.00000000-0000-4000-8000-000000000000.gone`);
  await mkdir(left(name));
  await mkdir(left(`other-${name}`));
  await placeIn(folder).removeRemains('a');
  expect(await readdir(folder)).toEqual([`.other-${name}.00000000-0000-4000-8000-000000000000.gone`]);
});

test('what keeps a record from being read or made is told, and leaves nothing half made', async () => {
  const folder = await fresh();
  await writeFile(join(folder, 'file'), '');
  const inside = join(folder, 'file', 'deeper');
  await expect(recordFiles(inside).create('a', 'x')).rejects.toThrow('ENOTDIR');
  await mkdir(join(folder, 'a', '.leasehold.json'), { recursive: true });
  await expect(recordFolders(folder).read('a')).rejects.toThrow('EISDIR');
  await expect(recordFolders(folder).read('a\0')).rejects.toThrow('null bytes');
  await expect(recordFolders(inside).create('a', 'x')).rejects.toThrow('ENOTDIR');
  expect((await readdir(folder)).sort()).toEqual(['a', 'file']);
});
