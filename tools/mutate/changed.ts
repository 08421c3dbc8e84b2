/**
 * The lines that differ from a commit, read from git: bugs are planted there alone. An unpacked archive has no commit to differ from.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ROOT } from '../source-files.ts';

/** Numbers of lines per file. A file that git does not know is new in all of its lines. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number> | 'all'>;

const HUNK = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/;

/** @param diff of `git diff -U0 --no-prefix`. */
export function readDiff(diff: string): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  let lines = new Set<number>();
  for (const text of diff.split('\n')) {
    if (text.startsWith('+++ ')) {
      lines = new Set();
      found.set(text.slice('+++ '.length).replace(/\t$/, ''), lines);
    }
    const [, first, count = '1'] = HUNK.exec(text) ?? [];
    for (let at = 0; first !== undefined && at < Number(count); at += 1) lines.add(Number(first) + at);
  }
  return found;
}

export const isCheckout = (root = ROOT): boolean => existsSync(`${root}/.git`);

/** @param ref a commit of the checkout. */
export function changedLines(ref: string): ChangedLines {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const diff = git('-c', 'core.quotePath=false', 'diff', '-U0', '--no-prefix', '--diff-filter=d', ref, '--');
  const fresh = git('ls-files', '--others', '--exclude-standard').split('\n').filter(Boolean);
  return new Map<string, ReadonlySet<number> | 'all'>([
    ...readDiff(diff),
    ...fresh.map((path) => [path, 'all'] as const),
  ]);
}
