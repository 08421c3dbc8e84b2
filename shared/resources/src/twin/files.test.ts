import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFile, isTakenName, removeTree, sweepLeftovers, visibleNames } from './files.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leasehold-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('F1 a name is taken once, by one of many that want it', async () => {
  const path = join(folder, 'one');
  const tries = await Promise.allSettled(['a', 'b', 'c'].map((text) => createFile(path, text)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refusals = tries.filter((one) => one.status === 'rejected').map((one) => isTakenName(one.reason));
  expect(refusals).toEqual([true, true]);
  expect(await readdir(folder)).toEqual(['one']);
  await removeTree(path);
  await removeTree(path);
  expect(await readdir(folder)).toEqual([]);
});

test('F2 what a crash leaves is not listed and is swept, and nothing else is', async () => {
  await mkdir(join(folder, '.bucket.1.new'));
  await writeFile(join(folder, '.keyspace.2.gone'), '');
  await writeFile(join(folder, '.gitignore'), '');
  await writeFile(join(folder, 'kept'), '');
  expect(await visibleNames(folder)).toEqual(['kept']);
  await sweepLeftovers(folder);
  expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'kept']);
  await sweepLeftovers(join(folder, 'nowhere'));
});
