/**
 * What is in the tree: tracked files and new ones, without what .gitignore leaves out. Every check starts from this one list.
 *
 * F1. Paths are relative to the root and use `/`.
 * F2. Without git (an unpacked archive) the folders are walked, leaving out what is never source.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Files that are wrong on purpose: the guards are tried on them. */
export const FIXTURES = 'test/architecture/fixtures/';

const NEVER = new Set(['node_modules', '.git', '.turbo', '.leasehold', 'coverage', '__pycache__']);

function walk(folder: string): string[] {
  return readdirSync(`${ROOT}/${folder}`, { withFileTypes: true })
    .filter((entry) => !NEVER.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(path) : [path];
    });
}

function listed(): string[] {
  if (!existsSync(`${ROOT}/.git`)) return walk('');
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  return execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], options).split('\0').filter(Boolean);
}

let cached: readonly string[] | undefined;

/** Everything but the fixtures. */
export function treeFiles(): readonly string[] {
  cached ??= [...new Set(listed())]
    .filter((path) => !path.startsWith(FIXTURES) && existsSync(`${ROOT}/${path}`))
    .sort();
  return cached;
}

export const readText = (path: string): string => readFileSync(`${ROOT}/${path}`, 'utf8');

export const sourceFiles = (): readonly string[] => treeFiles().filter((path) => /\.(ts|mts|js|mjs)$/.test(path));

/** Folders with a package.json, the root left out. */
export const packageFolders = (): readonly string[] =>
  treeFiles()
    .filter((path) => path.endsWith('/package.json'))
    .map((path) => path.slice(0, -'/package.json'.length));
