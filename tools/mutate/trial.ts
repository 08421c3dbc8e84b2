/**
 * Tries the bugs of one target: plants them, runs the tests once without any, then each bug with the tests that reach it, two
 * processes side by side.
 *
 * 1. What is known of the same content is not tried again.
 * 2. Bugs that act while modules load come last: each has the package imported once more. `quick` leaves them out.
 * 3. What there is no time for is `untried`, never found.
 */
import { availableParallelism } from 'node:os';
import { ROOT } from '../source-files.ts';
import { leftOutLines, runnable } from './left-out.ts';
import { type Memory, openMemory } from './memory.ts';
import { createPlans, type Plan } from './orders.ts';
import { type Bug, plant } from './plant.ts';
import type { Baseline, Load } from './protocol.ts';
import type { Fate, Mutant } from './report.ts';
import type { Target } from './targets.ts';
import { createWorker, type Worker } from './worker.ts';

export interface Trial {
  readonly target: Target;
  readonly quick: boolean;
  /** What earlier runs found is forgotten. */
  readonly anew: boolean;
  /** Of `performance.now()`. */
  readonly endsAtMs: number;
  say(line: string): void;
}

const MOST_AT_ONCE = 2;
const BASELINE_MS = 600_000;
const SAVE_MS = 15_000;
/** Modules that were imported once more are never given back. */
const MOST_IMPORTS = 100;

type Work = { readonly bug: Bug } & Exclude<Plan, { readonly kind: 'unreached' }>;

export async function tryBugs(trial: Trial): Promise<readonly Mutant[]> {
  const { target, say } = trial;
  const planted = await plant(target.files);
  const bugs = planted.bugs.filter(({ file, line }) => target.isChosen(file, line));
  const memory = openMemory(target.name, trial.anew);
  const open = bugs.filter((bug) => memory.recall(bug) === undefined);
  say(`mutate: ${target.name}: ${bugs.length} bugs, ${open.length} to try`);
  for (const line of leftOutLines(target.tests)) say(line);
  if (open.length > 0) {
    const { name: folder, tests } = target;
    const load: Load = { kind: 'load', root: ROOT, folder, texts: planted.texts, tests: runnable(tests) };
    await tryOpen(trial, open, memory, load);
    memory.save();
  }
  return bugs.map((bug) => ({ ...bug, fate: memory.recall(bug) ?? 'untried' }));
}

async function tryOpen(trial: Trial, bugs: readonly Bug[], memory: Memory, load: Load): Promise<void> {
  const count = Math.max(1, Math.min(MOST_AT_ONCE, availableParallelism()));
  const workers = Array.from({ length: count }, () => createWorker(load));
  try {
    const [first] = workers;
    const baseline = first && (await runBaseline(first, trial));
    if (baseline === undefined) return;
    const queue = queueOf(bugs, baseline, trial, memory);
    const proceed = createProgress(queue, memory, trial.say);
    const done = (bug: Bug, fate: Fate | undefined): void => {
      if (fate !== undefined) memory.note(bug, fate);
      proceed();
    };
    await Promise.all(workers.map((worker) => tryInTurn(worker, queue, trial, done)));
  } finally {
    for (const worker of workers) worker.replace();
  }
}

const leftMs = ({ endsAtMs }: Trial): number => Math.max(0, endsAtMs - performance.now());

async function runBaseline(worker: Worker, trial: Trial): Promise<Baseline | undefined> {
  const answer = await worker.ask({ kind: 'baseline' }, Math.min(BASELINE_MS, leftMs(trial)));
  if (answer.kind === 'late' && leftMs(trial) === 0) return undefined;
  if (answer.kind !== 'baseline') throw new Error(`the tests of ${trial.target.name} did not end: ${answer.kind}`);
  for (const { name, title, fault } of answer.tests)
    if (fault !== undefined) trial.say(`left out  ${name} (${title}): fails here: ${fault.split('\n', 1)[0]}`);
  return answer;
}

/** Those without a test are judged at once. */
function queueOf(bugs: readonly Bug[], baseline: Baseline, { quick, say }: Trial, memory: Memory): Work[] {
  const planOf = createPlans(baseline);
  const planned = bugs.map((bug) => ({ bug, plan: planOf(bug) }));
  const work = planned.flatMap(({ bug, plan }): readonly Work[] => {
    if (plan.kind !== 'unreached') return [{ bug, ...plan }];
    memory.note(bug, 'unreached');
    return [];
  });
  const anew = work.filter(({ kind }) => kind === 'anew');
  if (anew.length > 0) say(`mutate: ${anew.length} act while modules load, ${quick ? 'left out' : 'tried last'}`);
  return [...work.filter(({ kind }) => kind === 'try'), ...(quick ? [] : anew)];
}

/** What is found is kept and told now and then, so that a run that is stopped was not for nothing. */
function createProgress(queue: readonly Work[], memory: Memory, say: Trial['say']) {
  let savedAtMs = performance.now();
  return () => {
    if (performance.now() - savedAtMs < SAVE_MS) return;
    memory.save();
    say(`mutate: ${queue.length} left`);
    savedAtMs = performance.now();
  };
}

async function tryInTurn(
  worker: Worker,
  queue: Work[],
  trial: Trial,
  done: (bug: Bug, fate: Fate | undefined) => void,
): Promise<void> {
  let imports = 0;
  for (let work = queue.shift(); work !== undefined && leftMs(trial) > 0; work = queue.shift()) {
    if (work.kind === 'anew' && imports++ % MOST_IMPORTS === 0) worker.replace();
    done(work.bug, await tryOne(worker, work, trial));
  }
}

async function tryOne(worker: Worker, { order, limitMs }: Work, trial: Trial): Promise<Fate | undefined> {
  for (let isSecond = false; ; isSecond = true) {
    const isLast = leftMs(trial) < limitMs;
    const answer = await worker.ask(order, Math.min(limitMs, leftMs(trial)));
    // What does not end is as good as found: nobody would wait for it.
    if (answer.kind === 'late') return isLast ? undefined : 'found';
    if (answer.kind !== 'outcome') return 'found';
    if (answer.fate !== 'doubtful') return answer.fate;
    worker.replace();
    // On a fresh process there was nothing but the bug to spoil it.
    if (isSecond) return 'found';
  }
}
