import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

test('a folder that another process holds is refused with its number, and is free once that has ended, however', () => {
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
    lockFolder(process.argv[1]);
    process.stdout.write('held');
    setInterval(() => undefined, 1_000);`;
  const holder = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
    place,
  ]);
  return new Promise<void>((resolve, reject) => {
    holder.on('error', reject);
    holder.stdout.once('data', () => {
      try {
        const inUse = expect.objectContaining({
          class: 'Conflict',
          code: 'DataDirInUse',
          message: expect.stringContaining(`process ${holder.pid}`),
        });
        expect(() => lockFolder(place)).toThrow(inUse);
        rmSync(join(place, 'lock.pid'));
        expect(() => lockFolder(place)).toThrow(
          expect.objectContaining({ message: expect.stringContaining('process unknown') }),
        );
      } catch (error) {
        reject(error);
      }
      holder.kill('SIGKILL');
    });
    holder.on('exit', () => {
      const lock = lockFolder(place);
      expect(readFileSync(join(place, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`);
      lock.release();
      lock.release();
      lockFolder(place).release();
      resolve();
    });
  });
});

test('what is made is closed to others', () => {
  const folder = join(place, 'own');
  const lock = lockFolder(folder);
  expect([lock.folder, statSync(folder).mode & 0o077, statSync(join(folder, 'lock.pid')).mode & 0o077]).toEqual([
    folder,
    0,
    0,
  ]);
  lock.release();
});
