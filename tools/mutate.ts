/**
 * `npm run mutate`: plants small bugs one at a time and tells which of them no test notices. Arguments name packages, folders or
 * files; none: every package. `--changed` takes the lines that differ from HEAD, or from `--changed=REF`.
 *
 * M1. The tree is never touched: bugs are planted in memory (mutate/plant.ts).
 * M2. What was tried and has not changed since, with its package, is not tried again (`--anew` forgets).
 * M3. A package whose score is below the one that is kept fails the run; `--keep` keeps a better one (mutate/scores.ts).
 * M4. `--quick` leaves out bugs that act while modules load; a score without them is neither kept nor judged.
 */
import { changedLines } from './mutate/changed.ts';
import { summaryLines, survivorLines } from './mutate/report.ts';
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

const KNOWN = /^--(keep|anew|quick|changed(=.+)?)$/;
const unknown = flags.filter((flag) => !KNOWN.test(flag));
if (unknown.length > 0)
  fail(`no such option: ${unknown.join(', ')}; there are --keep, --anew, --quick and --changed[=REF]`);

// Leaves by the door, so that the processes that try bugs are ended too.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(1));

function chosen(): readonly Target[] {
  const changed = flags.find((flag) => flag.startsWith('--changed'));
  if (changed !== undefined) return changedTargets(changedLines(changed.split('=')[1] ?? 'HEAD'));
  const targets = targetsOf(paths);
  if (targets.length === 0) fail(`nothing to plant bugs in below ${paths.join(', ')}`);
  return targets;
}

const targets = chosen();
if (targets.length === 0) console.log('mutate: nothing that is mutated has changed');
let failed = false;
for (const target of targets) {
  const startedAtMs = performance.now();
  const mutants = await tryBugs({
    target,
    quick: flags.includes('--quick'),
    anew: flags.includes('--anew'),
    endsAtMs: Number.POSITIVE_INFINITY,
    say: console.log,
  });
  for (const line of survivorLines(mutants)) console.log(line);
  for (const line of summaryLines(target.name, mutants)) console.log(line);
  console.log(`mutate: ${target.name} took ${Math.ceil((performance.now() - startedAtMs) / 1000)} s`);
  if (!target.whole || mutants.some(({ fate }) => fate === 'untried')) continue;
  if (flags.includes('--keep')) keep(target.name, mutants);
  const verdict = judge(target.name, mutants, readScores());
  if (verdict.message) console.log(verdict.message);
  failed ||= verdict.kind === 'worse';
}
process.exitCode = failed ? 1 : 0;
