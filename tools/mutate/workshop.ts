/**
 * A copy of the tree in the user's cache, in which bugs are planted. Installed packages are linked, the repository's own are those
 * of the copy, so that a test there reaches the code there.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageFolders, ROOT, treeFiles } from '../source-files.ts';

export interface Workshop {
  readonly folder: string;
  /** What is known from earlier runs. */
  readonly memory: string;
}

const DIGEST_DIGITS = 12;
const OWN_SCOPE = '@leasehold';

export function openWorkshop(): Workshop {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const name = createHash('sha256').update(ROOT).digest('hex').slice(0, DIGEST_DIGITS);
  const base = join(cache, 'leasehold', 'mutate', name);
  const folder = join(base, 'tree');
  const memory = join(base, 'memory');
  mkdirSync(folder, { recursive: true });
  mkdirSync(memory, { recursive: true });
  copyTree(folder);
  linkModules(folder);
  return { folder, memory };
}

const isSame = (a: string, b: string): boolean => existsSync(b) && readFileSync(a).equals(readFileSync(b));

function copyTree(folder: string): void {
  const wanted = new Set(treeFiles());
  for (const path of wanted) {
    const [from, to] = [join(ROOT, path), join(folder, path)];
    if (!lstatSync(from).isFile() || isSame(from, to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  for (const path of filesBelow(folder)) if (!wanted.has(path)) rmSync(join(folder, path));
}

function filesBelow(folder: string, below = ''): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules') return [];
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

function linkModules(folder: string): void {
  for (const owner of ['', ...packageFolders()]) {
    const from = join(ROOT, owner, 'node_modules');
    const to = join(folder, owner, 'node_modules');
    rmSync(to, { recursive: true, force: true });
    if (!existsSync(from)) continue;
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) {
      if (name === OWN_SCOPE) linkOwn(join(from, name), join(to, name));
      else symlinkSync(join(from, name), join(to, name));
    }
  }
}

/** Links of workspaces are relative, so that the same link in the copy leads to the copy. */
function linkOwn(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) symlinkSync(readlinkSync(join(from, name)), join(to, name));
}
