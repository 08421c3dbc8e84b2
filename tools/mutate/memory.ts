/**
 * What came of bugs that were tried, kept below the user's cache folder by content: of all files of the package, tests among them,
 * and of the tool itself. Nothing that is kept can be wrong for the package as it stands; other packages are taken for granted.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ROOT, treeFiles } from '../source-files.ts';
import type { Bug } from './plant.ts';
import type { Fate } from './report.ts';

export interface Memory {
  recall(bug: Bug): Fate | undefined;
  note(bug: Bug, fate: Fate): void;
  save(): void;
}

const MOST_FILES = 300;
const DIGEST_DIGITS = 32;

const isTool = (path: string): boolean =>
  path.startsWith('tools/mutate') &&
  (path.endsWith('.ts') || path.endsWith('-lock.json')) &&
  !path.endsWith('.test.ts');

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const path of treeFiles().filter((each) => each.startsWith(`${folder}/`) || isTool(each)))
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  return hash.digest('hex').slice(0, DIGEST_DIGITS);
}

/** @param anew what earlier runs found is forgotten. */
export function openMemory(folder: string, anew: boolean): Memory {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'leasehold', 'mutate');
  mkdirSync(cache, { recursive: true });
  const path = join(cache, `${folder.replaceAll('/', '-')}-${digestOf(folder)}.json`);
  const known = new Map(anew ? [] : read(path));
  const name = ({ file, key }: Bug): string => `${file}:${key}`;
  return {
    recall: (bug) => known.get(name(bug)),
    note: (bug, fate) => void known.set(name(bug), fate),
    save() {
      const unfinished = `${path}.${process.pid}`;
      writeFileSync(unfinished, JSON.stringify([...known]));
      renameSync(unfinished, path);
      forgetOldest(cache);
    },
  };
}

function read(path: string): readonly (readonly [string, Fate])[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as readonly (readonly [string, Fate])[];
  } catch {
    return [];
  }
}

function forgetOldest(cache: string): void {
  const files = readdirSync(cache).filter((name) => name.endsWith('.json'));
  if (files.length <= MOST_FILES) return;
  const byAge = files
    .map((name) => ({ path: join(cache, name), ms: statSync(join(cache, name)).mtimeMs }))
    .sort((a, b) => b.ms - a.ms);
  for (const { path } of byAge.slice(MOST_FILES)) rmSync(path, { force: true });
}
