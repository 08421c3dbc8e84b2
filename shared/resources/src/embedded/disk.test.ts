/** Calls on a folder as calls on a backend: one at a time for each object, swept before the first, failures told as a backend's. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { embeddedFolders } from '../../test/embedded-folder.ts';
import type { Around, CallName } from '../edge/caller.ts';
import { createDisk } from './disk.ts';

const never = new AbortController().signal;
const fresh = embeddedFolders();
const diskIn = async (around?: Around) => {
  const folder = join(await fresh(), 'kind');
  return { folder, disk: createDisk({ backend: 'kind', folder, around }) };
};

test('1 changes of one object queue in their order, also behind one that failed; others do not wait', async () => {
  const { disk } = await diskIn();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const first = disk.change('c', 'a', never, async () => {
    begun.resolve();
    await gate.promise;
    order.push('first');
    throw new Error('no');
  });
  const second = disk.change('c', 'a', never, async () => void order.push('second'));
  await begun.promise;
  await disk.change('c', 'b', never, async () => void order.push('other'));
  expect(order).toEqual(['other']);
  gate.resolve();
  await expect(first).rejects.toMatchObject({ class: 'Unavailable' });
  await second;
  expect(order).toEqual(['other', 'first', 'second']);
});

test('1 closing waits for what is under way, and keeps nothing of what has ended', async () => {
  const { disk } = await diskIn();
  const gate = Promise.withResolvers<void>();
  let ended = false;
  void disk
    .change('c', 'a', never, () => gate.promise)
    .then(() => {
      ended = true;
    });
  const closed = disk.backend.close().then(() => ended);
  gate.resolve();
  expect(await closed).toBe(true);
});

test('2 the leftovers of a crash are swept once, before the first call', async () => {
  const { folder, disk } = await diskIn();
  const left = join(folder, '.x.1.new');
  await mkdir(left, { recursive: true });
  expect(await disk.read('r', never, () => readdir(folder))).toEqual([]);
  await mkdir(left);
  expect(await disk.read('r', never, () => readdir(folder))).toEqual(['.x.1.new']);
});

test('2 a folder that cannot be made is tried afresh by the next call', async () => {
  const { folder, disk } = await diskIn();
  await writeFile(folder, 'in the way');
  const failing = disk.read('r', never, async () => 1);
  await expect(failing).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'BackendFailed',
    backend: 'kind',
    away: false,
    unknownOutcome: false,
    message: 'the embedded kind cannot use its folder: EEXIST (r)',
  });
  const { rm } = await import('node:fs/promises');
  await rm(folder);
  expect(await disk.read('r', never, async () => 1)).toBe(1);
});

test('2 a change that failed may have been made, and an error without a code is told by its name', async () => {
  const { disk } = await diskIn();
  const failing = (error: unknown) =>
    disk.change('c', 'a', never, async () => {
      throw error;
    });
  await expect(failing(Object.assign(new Error('x'), { code: 'ENOSPC' }))).rejects.toMatchObject({
    unknownOutcome: true,
    message: expect.stringContaining('ENOSPC (c)'),
  });
  await expect(failing(new TypeError('x'))).rejects.toMatchObject({ message: expect.stringContaining('TypeError') });
  await expect(failing('thrown')).rejects.toMatchObject({ message: expect.stringContaining(': Error (c)') });
});

test('a probe writes a record’s worth to the disk and leaves nothing; calls are measured as what they are', async () => {
  const calls: CallName[] = [];
  const { folder, disk } = await diskIn((call, run) => {
    calls.push(call);
    return run();
  });
  await disk.backend.probe(never);
  expect(await readdir(folder)).toEqual([]);
  await disk.read('look', never, async () => 1);
  await disk.change('make', 'a', never, async () => 1);
  expect(calls).toEqual([
    { backend: 'kind', name: 'probe', kind: 'read' },
    { backend: 'kind', name: 'look', kind: 'read' },
    { backend: 'kind', name: 'make', kind: 'effect' },
  ]);
  expect(disk.backend).toMatchObject({ name: 'kind', embedded: true });
});

test('a probe of a folder that has gone fails', async () => {
  const { folder, disk } = await diskIn();
  await disk.backend.probe(never);
  const { rm } = await import('node:fs/promises');
  await rm(folder, { recursive: true });
  await expect(disk.backend.probe(never)).rejects.toMatchObject({ class: 'Unavailable', code: 'BackendFailed' });
});
