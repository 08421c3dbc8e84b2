import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFile, isTakenName, removeRemains, removeTree, sweepLeftovers, visibleNames } from './files.ts';

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

test('what a removal left is removed by the next one, whatever it is called; what only resembles it stays', async () => {
  const uuid = '00000000-0000-4000-8000-000000000000';
  const going = join(folder, `.bucket.${uuid}.gone`);
  const others = [`.bucket.b.${uuid}.gone`, `.bucket.${uuid}.new`, 'bucket.gone'];
  for (const other of others) await writeFile(join(folder, other), '');
  for (const bytes of [[0xff], [0x49, 0x0d], [0x01], [0xed, 0xa0, 0x80]]) {
    await mkdir(Buffer.concat([Buffer.from(`${going}/deep-`), Buffer.from(bytes)]), { recursive: true });
    await writeFile(Buffer.concat([Buffer.from(`${going}/`), Buffer.from(bytes)]), 'x');
  }
  expect(await readdir(folder)).toContain(`.bucket.${uuid}.gone`);
  await removeRemains(join(folder, 'bucket'));
  expect((await readdir(folder)).filter((name) => name.includes('bucket')).sort()).toEqual(others.sort());
});
