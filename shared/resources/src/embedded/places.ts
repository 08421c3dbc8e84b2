/**
 * Where the records of embedded backends live: one file each, or one folder each with the record inside.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  buildingPath,
  createFile,
  flush,
  isMissingFile,
  isTakenName,
  readText,
  removeRemains,
  removeTree,
  replaceFile,
  visibleNames,
  writeFlushed,
} from './files.ts';
import type { Place } from './record-backend.ts';

const ENDING = '.json';
const RECORD = '.leasehold.json';

const unlessTaken = async (create: Promise<void>): Promise<boolean> => {
  try {
    await create;
    return true;
  } catch (error) {
    if (isTakenName(error)) return false;
    throw error;
  }
};

/** `<folder>/<name, percent-encoded>.json`. */
export function recordFiles(folder: string): Place {
  const path = (name: string) => join(folder, encodeURIComponent(name) + ENDING);
  return {
    names: async () =>
      (await visibleNames(folder))
        .filter((file) => file.endsWith(ENDING))
        .map((file) => decodeURIComponent(file.slice(0, -ENDING.length))),
    read: (name) => readText(path(name)),
    create: (name, text) => unlessTaken(createFile(path(name), text)),
    replace: (name, text) => replaceFile(path(name), text),
    remove: (name) => removeTree(path(name)),
    removeRemains: (name) => removeRemains(path(name)),
  };
}

/** `<folder>/<name>/.leasehold.json`, beside whatever else is put into the folder. */
export function recordFolders(folder: string): Place {
  const path = (name: string) => join(folder, name);
  return {
    names: () => visibleNames(folder),
    async read(name) {
      const text = await readText(join(path(name), RECORD));
      return text ?? ((await exists(path(name))) ? null : undefined);
    },
    create: (name, text) => unlessTaken(createFolder(path(name), text)),
    replace: (name, text) => replaceFile(join(path(name), RECORD), text),
    remove: (name) => removeTree(path(name)),
    removeRemains: (name) => removeRemains(path(name)),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissingFile(error)) return false;
    throw error;
  }
}

/** An empty folder under the name would be taken over by the rename: so it is looked for first. */
async function createFolder(path: string, text: string): Promise<void> {
  if (await exists(path)) throw Object.assign(new Error('the name is taken'), { code: 'EEXIST' });
  const building = buildingPath(path);
  await mkdir(building, { recursive: true });
  try {
    await writeFlushed(join(building, RECORD), text);
    await flush(building);
    await rename(building, path);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  await flush(dirname(path));
}
