/**
 * Durable files for the embedded backends: what was written is there after a crash, whole or not at all.
 *
 * F1. A file or folder is built under a hidden name beside its own, flushed, and takes its name in one rename or link.
 * F2. What a crash leaves behind has a hidden name (a leading dot): no listing shows it, `sweepLeftovers` removes it.
 * F3. Nothing here blocks the event loop: flushing happens on the thread pool.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(error.code as string);

export const isMissingFile = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');
export const isTakenName = (error: unknown): boolean => hasCode(error, 'EEXIST', 'ENOTEMPTY');

const BUILDING = '.new';
const GOING = '.gone';

/** A hidden name beside `path` for something that is being built. */
export const buildingPath = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${randomUUID()}${BUILDING}`);
const goingPath = (path: string): string => join(dirname(path), `.${basename(path)}.${randomUUID()}${GOING}`);

export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function writeFlushed(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file's text, or makes the file. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const building = buildingPath(path);
  await writeFlushed(building, text);
  await rename(building, path);
  await flush(dirname(path));
}

/** Makes a file that must not exist yet. @throws a system error that `isTakenName` knows. */
export async function createFile(path: string, text: string): Promise<void> {
  const building = buildingPath(path);
  await mkdir(dirname(path), { recursive: true });
  await writeFlushed(building, text);
  await claimFile(building, path);
}

/** Gives a flushed file its name unless something has it. @throws a system error that `isTakenName` knows. */
export async function claimFile(building: string, path: string): Promise<void> {
  try {
    await link(building, path);
  } finally {
    await rm(building, { force: true });
  }
  await flush(dirname(path));
}

/** Takes the name away in one step, then what was under it. Absent is success. */
export async function removeTree(path: string): Promise<void> {
  try {
    await rename(path, goingPath(path));
    await flush(dirname(path));
  } catch (error) {
    if (!isMissingFile(error)) throw error;
  }
  await removeRemains(path);
}

/** What was under a name that has gone already, where it could not be removed to the end. */
export async function removeRemains(path: string): Promise<void> {
  for (const going of await goingPaths(path)) await rm(going, { recursive: true, force: true });
}

async function goingPaths(path: string): Promise<readonly string[]> {
  const [start, folder] = [`.${basename(path)}.`, dirname(path)];
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const uuid = 36;
  const isGoing = (name: string) =>
    name.startsWith(start) && name.endsWith(GOING) && name.length === start.length + uuid + GOING.length;
  return names.filter(isGoing).map((name) => join(folder, name));
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}

/** Names in a folder, sorted, hidden ones left out. A folder that is not there is empty. */
export async function visibleNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (isMissingFile(error)) return [];
    throw error;
  }
}

/** Removes what a crash left; safe only while nothing else is at work in the folder. */
export async function sweepLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  const left = names.filter((name) => name.startsWith('.') && (name.endsWith(BUILDING) || name.endsWith(GOING)));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}
