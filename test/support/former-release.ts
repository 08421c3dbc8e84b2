/**
 * The tree of the release before this one, to be run beside it: a folder that is named, or what git has of it.
 *
 * 1. Its own packages are linked to its own sources; what both releases take from others comes from this tree's installation.
 * 2. A checkout without that history (a shallow one) has none, and the tests that need it say so by their names.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** By its tag, or in a clone without tags by its commit. */
const FORMER = ['v0.1.0', '6be763ae3ea99004354e29a6928b5d8fb4873294'] as const;
const SCOPE = '@leasehold';
const ARCHIVE_BYTES = 512 * 1024 * 1024;

const git = (...args: readonly string[]): Buffer =>
  execFileSync('git', ['-C', ROOT, ...args], { maxBuffer: ARCHIVE_BYTES, stdio: ['ignore', 'pipe', 'ignore'] });

function knownRevision(): string | undefined {
  return FORMER.find((name) => {
    try {
      git('cat-file', '-e', `${name}^{tree}`);
      return true;
    } catch {
      return false;
    }
  });
}

/** Every package of a tree by its name, from the workspaces that hold one. */
function packagesOf(root: string): ReadonlyMap<string, string> {
  const folders = ['shared', 'services', 'deploy'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  const found = new Map<string, string>();
  for (const folder of [...folders, join(root, 'test')]) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) found.set((JSON.parse(readFileSync(file, 'utf8')) as { name: string }).name, folder);
  }
  return found;
}

function link(root: string): void {
  const [from, to] = [join(ROOT, 'node_modules'), join(root, 'node_modules')];
  mkdirSync(join(to, SCOPE), { recursive: true });
  for (const name of readdirSync(from)) if (name !== SCOPE) symlinkSync(join(from, name), join(to, name));
  for (const [name, folder] of packagesOf(root)) if (name.startsWith(`${SCOPE}/`)) symlinkSync(folder, join(to, name));
}

export interface FormerRelease {
  readonly root: string;
  /** A folder that was made for it, to be removed. */
  readonly made: boolean;
}

export const hasFormerRelease = (): boolean =>
  Boolean(process.env['LEASEHOLD_FORMER_TREE']) || knownRevision() !== undefined;

export function openFormerRelease(): FormerRelease {
  const given = process.env['LEASEHOLD_FORMER_TREE'];
  if (given) return { root: given, made: false };
  const revision = knownRevision();
  if (revision === undefined) throw new Error('this checkout holds no former release');
  const root = mkdtempSync(join(tmpdir(), 'leasehold-former-'));
  execFileSync('tar', ['-x', '-C', root], { input: git('archive', '--format=tar', revision) });
  link(root);
  return { root, made: true };
}
