/**
 * The known-bad files as a tree of their own: copied out of the repository with their real names, so that Biome and the scan
 * meet them at the paths they pretend to have. They are kept as `.ts.txt`, so that no compiler, linter or turbo takes them for ours.
 *
 * 1. A line that must be refused ends in `// refused`; `// refused by the scan` where globs cannot say it.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SourceFile } from '@leasehold/tools/check/finding.ts';
import { FIXTURES, ROOT } from '@leasehold/tools/source-files.ts';

const run = promisify(execFile);

export interface FixtureTree {
  readonly folder: string;
  readonly files: readonly SourceFile[];
  remove(): void;
}

export function unpackFixtures(): FixtureTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'leasehold-fixtures-')));
  cpSync(join(ROOT, FIXTURES), folder, { recursive: true });
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts.txt'));
  const files = paths.map((path) => {
    const real = path.slice(0, -'.txt'.length);
    renameSync(join(folder, path), join(folder, real));
    return { path: real, text: readFileSync(join(folder, real), 'utf8') };
  });
  const biome = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as Record<string, unknown>;
  const config = { ...biome, $schema: undefined, vcs: { enabled: false }, files: { includes: ['**'] } };
  writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
  return { folder, files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** `path:line` of every line that is marked as refused, by those that refuse it. */
export const marked = (files: readonly SourceFile[], by: 'biome' | 'scan'): readonly string[] =>
  files
    .flatMap((file) =>
      file.text.split('\n').flatMap((text, index) => {
        const mark = /\/\/ refused( by the scan)?$/.exec(text);
        return mark && (by === 'scan' || mark[1] === undefined) ? [`${file.path}:${index + 1}`] : [];
      }),
    )
    .sort();

/** What Biome says of the tree, as `path:line rule`. */
export async function biomeFindings(folder: string): Promise<readonly string[]> {
  const command = join(ROOT, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=github', '--max-diagnostics=none', '.'];
  const output = await run(command, args, { cwd: folder }).then(
    (done) => done.stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  );
  const lines = output.matchAll(/^::\w+ title=([^,]+),file=(?:\.\/)?([^,]+),line=(\d+)/gm);
  return [...lines].map(
    ([, rule, path, line]) => `${relative(folder, resolve(folder, path as string))}:${line} ${rule}`,
  );
}
