/**
 * `npm run mutate`: plants small bugs one at a time and tells which of them no test notices. Arguments name packages, folders or
 * files; none: every package. `--changed` takes the files that differ from HEAD, or from `--changed=REF`.
 *
 * M1. The tree is never touched: bugs are planted in a copy (mutate/workshop.ts).
 * M2. What was tried and has not changed since, with its tests, is not tried again (`--anew` forgets).
 * M3. A package whose score is below the one that is kept fails the run; `--keep` keeps a better one (mutate/scores.ts).
 */
import { execFileSync } from 'node:child_process';
import { ensureStryker } from './mutate/install.ts';
import { summaryLines, survivorLines } from './mutate/report.ts';
import { judge, keep, readScores } from './mutate/scores.ts';
import { mutate } from './mutate/stryker.ts';
import { type Target, targetsOf } from './mutate/targets.ts';
import { openWorkshop } from './mutate/workshop.ts';
import { ROOT } from './source-files.ts';

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('--'));
const paths = args.filter((arg) => !arg.startsWith('--'));

function fail(message: string): never {
  console.error(`mutate: ${message}`);
  process.exit(2);
}

const KNOWN = /^--(keep|anew|changed(=.+)?)$/;
const unknown = flags.filter((flag) => !KNOWN.test(flag));
if (unknown.length > 0) fail(`no such option: ${unknown.join(', ')}; there are --keep, --anew and --changed[=REF]`);

function changedPaths(ref: string): readonly string[] {
  const options = { cwd: ROOT, encoding: 'utf8' } as const;
  const tracked = execFileSync('git', ['diff', '--name-only', '--diff-filter=d', ref, '--'], options);
  const fresh = execFileSync('git', ['ls-files', '--others', '--exclude-standard'], options);
  return `${tracked}${fresh}`.split('\n').filter(Boolean);
}

function chosen(): readonly Target[] {
  const changed = flags.find((flag) => flag.startsWith('--changed'));
  if (changed === undefined) {
    const targets = targetsOf(paths);
    if (targets.length === 0) fail(`nothing to plant bugs in below ${paths.join(', ')}`);
    return targets;
  }
  const [, ref = 'HEAD'] = changed.split('=');
  const files = changedPaths(ref);
  return files.length === 0 ? [] : targetsOf(files);
}

const targets = chosen();
if (targets.length === 0) {
  console.log('mutate: nothing that is mutated has changed');
  process.exit(0);
}
const stryker = ensureStryker();
const workshop = openWorkshop();
let failed = false;
for (const target of targets) {
  const mutants = await mutate({ target, workshop, stryker, anew: flags.includes('--anew') });
  for (const line of survivorLines(mutants)) console.log(line);
  for (const line of summaryLines(target.name, mutants)) console.log(line);
  if (!target.whole) continue;
  if (flags.includes('--keep')) keep(target.name, mutants);
  const verdict = judge(target.name, mutants, readScores());
  if (verdict.message) console.log(verdict.message);
  failed ||= verdict.kind === 'worse';
}
process.exitCode = failed ? 1 : 0;
