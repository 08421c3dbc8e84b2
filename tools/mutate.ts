/**
 * `npm run mutate`: plants small bugs one at a time and tells which of them no test notices. Arguments name packages, folders or
 * files; none: every package. `--changed` takes the lines that differ from HEAD, or from `--changed=REF`.
 *
 * M1. The tree is never touched: bugs are planted in memory (mutate/plant.ts).
 * M2. What was tried and has not changed since, with its package, is not tried again (`--anew` forgets).
 * M3. A package whose score is below the one that is kept fails the run; `--keep` keeps a better one (mutate/scores.ts).
 * M4. `--quick` leaves out bugs that act while modules load; a score without them is neither kept nor judged.
 * M5. `--every=N` tries each N-th bug, spread over all files: a score with a margin, told with it, neither kept nor judged.
 * M6. `--survivors=FILE` writes what no test noticed to a file that `npm run sim -- --mutants FILE` reads.
 * M7. What survives is marked with its verdict, where it has one (mutate/judged.ts); `--judge=FILE` takes verdicts that were written
 *     into a list of survivors over, and tries nothing. `--judge` alone drops verdicts whose bug is gone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { changedLines, isCheckout } from './mutate/changed.ts';
import { type Listed, readJudged, takeIn, verdictsOn } from './mutate/judged.ts';
import { judgedLine, marginOf, type Survivor, summaryLines, survivorLines, survivorsOf } from './mutate/report.ts';
import { judge, keep, readScores } from './mutate/scores.ts';
import { changedTargets, type Target, targetsOf } from './mutate/targets.ts';
import { tryBugs } from './mutate/trial.ts';

const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('--'));
const paths = args.filter((arg) => !arg.startsWith('--'));

function fail(message: string): never {
  console.error(`mutate: ${message}`);
  process.exit(2);
}

const KNOWN = /^--(keep|anew|quick|every=[1-9]\d*|changed(=.+)?|survivors=.+|judge(=.+)?)$/;
const unknown = flags.filter((flag) => !KNOWN.test(flag));
if (unknown.length > 0)
  fail(
    `no such option: ${unknown.join(', ')}; there are --keep, --anew, --quick, --changed[=REF], --every=N, --survivors=FILE and --judge[=FILE]`,
  );

// Leaves by the door, so that the processes that try bugs are ended too.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

const textOf = (flag: string | undefined): string | undefined =>
  flag?.slice(flag.indexOf('=') + 1 || flag.length) || undefined;

function chosen(): readonly Target[] {
  const changed = flags.find((flag) => flag.startsWith('--changed'));
  if (changed !== undefined) {
    if (!isCheckout()) fail('--changed compares with a commit, and this is no checkout of git');
    return changedTargets(changedLines(textOf(changed) ?? 'HEAD'));
  }
  const targets = targetsOf(paths);
  if (targets.length === 0) fail(`nothing to plant bugs in below ${paths.join(', ')}`);
  return targets;
}

const judging = flags.find((flag) => flag.startsWith('--judge'));
if (judging !== undefined) {
  const list = textOf(judging);
  const listed = list === undefined ? [] : (JSON.parse(readFileSync(list, 'utf8')) as readonly Listed[]);
  const names = targetsOf(paths).map(({ name }) => name);
  for (const line of takeIn(
    listed,
    names.filter((name) => readJudged(name).length > 0),
  ))
    console.log(line);
  process.exit(0);
}

const every = Number(textOf(flags.find((flag) => flag.startsWith('--every='))) ?? 1);
const targets = chosen();
if (targets.length === 0) console.log('mutate: nothing that is mutated has changed');
let failed = false;
const survivors: Survivor[] = [];
for (const target of targets) {
  const startedAtMs = performance.now();
  const mutants = await tryBugs({
    target,
    quick: flags.includes('--quick'),
    anew: flags.includes('--anew'),
    every,
    endsAtMs: Number.POSITIVE_INFINITY,
    say: console.log,
  });
  const verdicts = verdictsOn(mutants, readJudged(target.name));
  for (const line of survivorLines(mutants, verdicts)) console.log(line);
  survivors.push(...survivorsOf(mutants));
  for (const line of summaryLines(target.name, mutants)) console.log(line);
  console.log(judgedLine(target.name, mutants, verdicts));
  console.log(`mutate: ${target.name} took ${Math.ceil((performance.now() - startedAtMs) / 1000)} s`);
  if (every > 1)
    console.log(`${target.name}: a sample, within ${marginOf(mutants)} points of the score of all, 19 times of 20`);
  if (!target.whole || every > 1) continue;
  if (mutants.some(({ fate }) => fate === 'untried')) {
    console.log(`${target.name} is not held against its score: not all of its bugs were tried`);
    continue;
  }
  if (flags.includes('--keep')) keep(target.name, mutants);
  const verdict = judge(target.name, mutants, readScores());
  if (verdict.message) console.log(verdict.message);
  failed ||= verdict.kind === 'worse';
}
const listed = textOf(flags.find((flag) => flag.startsWith('--survivors=')));
if (listed !== undefined) {
  writeFileSync(listed, `${JSON.stringify(survivors, undefined, 2)}\n`);
  console.log(`mutate: ${survivors.length} survivors are in ${listed}: npm run sim -- --mutants ${listed}`);
}
process.exitCode = failed ? 1 : 0;
