/**
 * Folders for embedded backends, taken away after each test, and records in them by raw eyes.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '@leasehold/engine';
import { afterEach } from 'vitest';

/** Call once in a test file. */
export function embeddedFolders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leasehold-embedded-'));
    made.push(folder);
    return folder;
  };
}

export const readRecord = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
export const writeRecord = (path: string, record: object): Promise<void> => writeFile(path, JSON.stringify(record));

export const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });
