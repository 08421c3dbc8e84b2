/**
 * Tries the bugs of one target: plants them, runs the tests once without any, then each bug with the tests that reach it, two
 * processes side by side.
 *
 * 1. What is known of the same content is not tried again.
 * 2. Bugs that act while modules load come last: each has the package imported once more. `quick` leaves them out, where they
 *    are not found without that.
 * 3. What there is no time for is `untried`, never found.
 * 4. When one of the processes fails, the other ends with it, and the fault is told.
 */
import { availableParallelism } from 'node:os';
import { ROOT } from '../source-files.ts';
import { fateOf } from './fate.ts';
import { leftOutLines, runnable } from './left-out.ts';
import { type Memory, openMemory } from './memory.ts';
import { type Attempt, createFavourites, createPlans, type Favourites } from './orders.ts';
import { type Bug, plant } from './plant.ts';
import type { Baseline, Load } from './protocol.ts';
import type { Fate, Mutant } from './report.ts';
import type { Target } from './targets.ts';
import { createWorker, type Worker, wordsOf } from './worker.ts';

export interface Trial {
  readonly target: Target;
  readonly quick: boolean;
  /** What earlier runs found is forgotten. */
  readonly anew: boolean;
  /** Each bug that stands at a multiple of this is tried. */
  readonly every: number;
  /** Of `performance.now()`. */
  readonly endsAtMs: number;
  say(line: string): void;
}

const MOST_AT_ONCE = 2;
const BASELINE_MS = 600_000;
const SAVE_MS = 15_000;
/** Modules that were imported once more are never given back. */
const MOST_IMPORTS = 100;

interface Work {
  readonly bug: Bug;
  readonly attempt: Attempt;
  /** What is tried last, should the first attempt not find it. */
  readonly anew?: Attempt | undefined;
}

interface Queue {
  readonly quick: Work[];
  readonly anew: Work[];
}

export async function tryBugs(trial: Trial): Promise<readonly Mutant[]> {
  const { target, say } = trial;
  const planted = await plant(target.files);
  const bugs = planted.bugs
    .filter(({ file, line }) => target.isChosen(file, line))
    .filter((_, at) => at % trial.every === 0);
  const memory = openMemory(target.name, trial.anew);
  const open = bugs.filter((bug) => memory.recall(bug) === undefined);
  say(`mutate: ${target.name}: ${bugs.length} bugs, ${open.length} to try`);
  for (const line of leftOutLines(target.tests)) say(line);
  if (open.length > 0) {
    const { name: folder, tests } = target;
    const load: Load = {
      kind: 'load',
      root: ROOT,
      folder,
      texts: planted.texts,
      isCounting: false,
      tests: runnable(tests),
    };
    await tryOpen(trial, open, memory, load);
    memory.save();
  }
  return bugs.map((bug) => ({ ...bug, fate: memory.recall(bug) ?? 'untried' }));
}

async function tryOpen(trial: Trial, bugs: readonly Bug[], memory: Memory, load: Load): Promise<void> {
  const baseline = await runBaseline({ ...load, isCounting: true }, trial);
  if (baseline === undefined) return;
  const count = Math.max(1, Math.min(MOST_AT_ONCE, availableParallelism()));
  const workers = Array.from({ length: count }, () => createWorker(load, () => leftMs(trial)));
  try {
    const queue = queueOf(bugs, baseline, memory);
    const crew: Crew = {
      workers,
      trial,
      favourites: createFavourites(),
      proceed: createProgress(queue, memory, trial),
    };
    await tryAll(crew, queue.quick, (work, fate) => {
      if (fate === 'survived' && work.anew) queue.anew.push({ bug: work.bug, attempt: work.anew });
      else if (fate) memory.note(work.bug, fate);
    });
    const { length } = queue.anew;
    if (length > 0) trial.say(`mutate: ${length} act while modules load${trial.quick ? ': left out' : ''}`);
    if (trial.quick) return;
    await tryAll(crew, queue.anew, ({ bug }, fate) => fate && memory.note(bug, fate));
  } finally {
    for (const worker of workers) worker.close();
  }
}

const leftMs = ({ endsAtMs }: Trial): number => Math.max(0, endsAtMs - performance.now());

async function runBaseline(load: Load, trial: Trial): Promise<Baseline | undefined> {
  const worker = createWorker(load, () => leftMs(trial));
  const answer = await worker.ask({ kind: 'baseline' }, BASELINE_MS).finally(worker.close);
  if (answer.kind === 'over') return undefined;
  if (answer.kind !== 'baseline') throw new Error(`the tests of ${trial.target.name} did not end: ${wordsOf(answer)}`);
  for (const { name, title, fault } of answer.tests)
    if (fault !== undefined) trial.say(`left out  ${name} (${title}): fails here: ${fault.split('\n', 1)[0]}`);
  return answer;
}

/** Bugs without a test are judged at once. */
function queueOf(bugs: readonly Bug[], baseline: Baseline, memory: Memory): Queue {
  const planOf = createPlans(baseline);
  const [quick, anew]: [Work[], Work[]] = [[], []];
  for (const bug of bugs) {
    const plan = planOf(bug);
    if (plan.quick) quick.push({ bug, attempt: plan.quick, anew: plan.anew });
    else if (plan.anew) anew.push({ bug, attempt: plan.anew });
    else memory.note(bug, 'unreached');
  }
  return { quick, anew };
}

/** What is found is kept and told now and then, so that a run that is stopped was not for nothing. */
function createProgress({ quick, anew }: Queue, memory: Memory, { say }: Trial): () => void {
  let savedAtMs = performance.now();
  return () => {
    if (performance.now() - savedAtMs < SAVE_MS) return;
    memory.save();
    say(`mutate: ${quick.length + anew.length} left`);
    savedAtMs = performance.now();
  };
}

interface Crew {
  readonly workers: readonly Worker[];
  readonly trial: Trial;
  readonly favourites: Favourites;
  proceed(): void;
}

async function tryAll(crew: Crew, queue: Work[], done: (work: Work, fate: Fate | undefined) => void): Promise<void> {
  const inTurn = async (worker: Worker): Promise<void> => {
    let imports = 0;
    for (let work = queue.shift(); work !== undefined && leftMs(crew.trial) > 0; work = queue.shift()) {
      if (work.attempt.order.kind === 'anew' && imports++ % MOST_IMPORTS === 0) worker.replace();
      done(work, await fateOf(worker, work, crew.favourites, crew.trial.say));
      crew.proceed();
    }
  };
  try {
    await Promise.all(crew.workers.map(inTurn));
  } catch (error) {
    queue.length = 0;
    for (const worker of crew.workers) worker.close();
    throw error;
  }
}
