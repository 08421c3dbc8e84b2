/**
 * The command line of the simulation: `npm run sim -- --seeds 1000 --from 1 --workers 2`, or one schedule again with
 * `--seed 7 --profile lossy --mask '...' --trace`. Exits with 1 where anything was found.
 */
import { parseArgs } from 'node:util';
import { isProfileName } from '@leasehold/testing/world';
import { BUG_NAMES, BUGS, type Bug, isBugName } from './bugs.ts';
import { describeReached } from './coverage.ts';
import { parseMask } from './mask.ts';
import { findMutants, survivorsOf } from './mutants.ts';
import { describeOccurrences } from './occurrences.ts';
import { findPlanted, openCulprit, seedsFor } from './planted.ts';
import { type PoolOptions, runPool, type Summary, seedsFrom } from './pool.ts';
import { describeFailure, readableTrace } from './report.ts';
import type { ScheduleOptions, ScheduleResult } from './schedule.ts';
import { shrink } from './shrink.ts';

const USAGE = `npm run sim -- [--seeds 1000] [--from 1] [--workers 2] [--profile NAME] [--bug NAME] [--no-shrink] [--coverage]
npm run sim -- --planted [--from 1]
npm run sim -- --mutants FILE [--seeds 1000]    a list that npm run mutate -- --survivors=FILE wrote
npm run sim -- --seed N [--profile NAME] [--mask 'ops=..;faults=..'] [--bug NAME] [--trace] [--full]
planted bugs: ${BUG_NAMES.join(', ')}`;

const flags = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  workers: { type: 'string', default: '2' },
  seed: { type: 'string' },
  profile: { type: 'string' },
  mask: { type: 'string' },
  bug: { type: 'string' },
  trace: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  coverage: { type: 'boolean', default: false },
  mutants: { type: 'string' },
  planted: { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

/** How often a long run says how far it is. */
const PROGRESS_MS = 5_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function commonOptions(given: Flags): Omit<ScheduleOptions, 'seed'> {
  const { profile, bug, mask } = given;
  if (profile !== undefined && !isProfileName(profile)) throw new RangeError(`unknown profile ${profile}`);
  if (bug !== undefined && !isBugName(bug)) throw new RangeError(`unknown bug ${bug}`);
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(bug === undefined ? {} : { bug }),
    ...(mask === undefined ? {} : { mask: parseMask(mask) }),
  };
}

const bugOf = ({ bug }: Pick<ScheduleOptions, 'bug'>): Bug => (bug === undefined ? NO_BUG : BUGS[bug]);
const NO_BUG: Bug = { what: 'nothing', finds: [] };

async function runOne(options: ScheduleOptions, given: Flags): Promise<number> {
  const culprit = openCulprit(bugOf(options));
  try {
    return await tellOne(options, given, await culprit.run({ ...options, trace: given.trace ?? false }));
  } finally {
    await culprit.close();
  }
}

async function tellOne(options: ScheduleOptions, given: Flags, result: ScheduleResult): Promise<number> {
  if (given.trace) print((given.full ? result.trace : readableTrace(result.trace)).join('\n'));
  if (result.violations.length === 0) {
    print(
      `seed ${result.seed}, profile ${result.profile}: nothing found; ${result.steps} events, trace ${result.digest}`,
    );
    return 0;
  }
  if (given['no-shrink'] || options.mask) print(describeFailure({ ...options, profile: result.profile }, result));
  else await tellSmallest(options, result);
  return 1;
}

async function tellSmallest(options: ScheduleOptions, failed: ScheduleResult): Promise<void> {
  const culprit = openCulprit(bugOf(options));
  const small = await shrink(options, failed, culprit.run).finally(culprit.close);
  print(readableTrace(small.result.trace).join('\n'));
  print(describeFailure(small.options, small.result));
  print(`  shrunk in ${small.runs} runs`);
}

function spoilOf(options: Pick<ScheduleOptions, 'bug'>): Pick<PoolOptions, 'spoil'> {
  const { spoil } = bugOf(options);
  return spoil ? { spoil } : {};
}

const seedsOf = ({ from, seeds }: Flags): readonly number[] => seedsFrom(Number(from), Number(seeds));

const rate = ({ schedules, wallMs }: Summary): string => `${(schedules / (wallMs / 1_000)).toFixed(0)} schedules/s`;

async function runMany(given: Flags): Promise<number> {
  const options = { ...commonOptions(given), counts: true };
  const again = ({ seed, profile }: ScheduleResult): ScheduleOptions => ({ ...options, seed, profile });
  let told = 0;
  let failed = 0;
  const summary = await runPool({
    seeds: seedsOf(given),
    workers: Number(given.workers),
    options,
    ...spoilOf(options),
    coverage: given.coverage ?? false,
    onProgress: (now) => {
      // At once, so that a long run that is stopped has said what it found.
      for (const failure of now.failures.slice(failed)) print(describeFailure(again(failure), failure));
      failed = now.failures.length;
      if (now.wallMs - told < PROGRESS_MS) return;
      told = now.wallMs;
      print(`${now.schedules} schedules, ${now.failures.length} failed, ${rate(now)}`);
    },
  });
  const { schedules, failures, steps, virtualMs, cpuMs } = summary;
  print(
    `${schedules} schedules, ${failures.length} failed, ${rate(summary)}, ${(cpuMs / schedules).toFixed(1)} ms processor time each, ` +
      `${Math.round(steps / schedules)} events and ${Math.round(virtualMs / schedules / 1_000)} s of virtual time on average`,
  );
  print(describeOccurrences(summary.occurrences).join('\n'));
  if (given.coverage) print(describeReached(summary.reached).join('\n'));
  if (!given['no-shrink']) for (const failure of firstOfEach(failures)) await tellSmallest(again(failure), failure);
  return failures.length === 0 ? 0 : 1;
}

/** One failure of each invariant is shown small. */
function firstOfEach(failures: readonly ScheduleResult[]): readonly ScheduleResult[] {
  const first = new Map<string, ScheduleResult>();
  for (const failure of failures) {
    const invariant = failure.violations[0]?.invariant ?? '';
    if (!first.has(invariant)) first.set(invariant, failure);
  }
  return [...first.values()];
}

/** Each bug of a list that no unit test noticed, and whether the simulation does. */
async function tellMutants(list: string, given: Flags): Promise<number> {
  const survivors = survivorsOf(list);
  const same = survivors.filter(({ equivalent }) => equivalent !== undefined).length;
  const unwatched = survivors.filter((each) => each.unwatched !== undefined).length;
  const open = survivors.filter((each) => each.equivalent === undefined && each.unwatched === undefined);
  let found = 0;
  const pool = { seeds: seedsOf(given), workers: Number(given.workers), options: commonOptions(given) };
  for await (const { place, reachedBy, how } of findMutants(open, pool)) {
    if (how !== undefined) found += 1;
    print(`${how === undefined ? 'missed' : 'found '} ${place}  reached by ${reachedBy}${how ? `, ${how}` : ''}`);
  }
  const left =
    same + unwatched === 0
      ? ''
      : `; not run: ${same} that change nothing, and ${unwatched} that change only what no schedule watches`;
  print(`${found} of ${open.length} found within ${given.seeds} seeds${left}`);
  return 0;
}

/** Each planted bug with how many seeds it took to see it. */
async function tellPlanted(from: number, only: string | undefined): Promise<number> {
  let missed = 0;
  for (const name of BUG_NAMES.filter((one) => only === undefined || one === only)) {
    const found = await findPlanted(name, from);
    if (!found) missed += 1;
    const how = found
      ? `${String(found.tried).padStart(3)} seeds  ${found.invariant.padEnd(9)} ${found.result.profile}`
      : `not in ${seedsFor(BUGS[name])} seeds`;
    print(`${name.padEnd(24)} ${how.padEnd(32)} ${BUGS[name].what}`);
  }
  return missed === 0 ? 0 : 1;
}

function chosen(given: Flags): Promise<number> {
  if (given.mutants !== undefined) return tellMutants(given.mutants, given);
  if (given.planted) return tellPlanted(Number(given.from), given.bug);
  return given.seed === undefined
    ? runMany(given)
    : runOne({ ...commonOptions(given), seed: Number(given.seed) }, given);
}

const given = parseArgs({ options: flags }).values;
if (given.help) print(USAGE);
else process.exitCode = await chosen(given);
