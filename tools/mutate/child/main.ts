/**
 * The process in which bugs are tried: it loads each file of unit tests once, when it is first needed, and turns one bug on at a time.
 * It ends with the tool that started it.
 *
 * 1. A test that fails under a bug is run once more without it: if it fails still, the process is spoiled, and the answer says so.
 * 2. A bug that acts while modules load is tried on modules that are imported once more.
 */
import { type Answer, fileOf, type Load, type Order, type Progress, type Timed } from '../protocol.ts';
import { runBaseline } from './baseline.ts';
import { hookModules, type Modules } from './modules.ts';
import { createRegistry, NOT_IMPORTED, type Registry, type Test } from './registry.ts';
import { createRunner, type Runner } from './runner.ts';
import { countFor, turnOff, turnOn } from './switch.ts';
import { loadVitest } from './vitest.ts';

const API = '__plantedBugsVitest';
const LEAST_LIMIT_MS = 2_000;
const SLOWER = 10;
const ANY_HITS = 10_000_000;

interface House {
  readonly modules: Modules;
  readonly registry: Registry;
  /** All files of tests of the package. */
  readonly files: readonly string[];
  readonly loaded: Map<string, readonly Test[]>;
  readonly runner: Runner;
}

let house: House | undefined;
let edition = 0;

const say = (answer: Answer | Progress): void => void process.send?.(answer);
const limitOf = (ms: number): number => LEAST_LIMIT_MS + SLOWER * ms;

async function load(order: Load): Promise<void> {
  const { expect, vi } = await loadVitest();
  const registry = createRegistry();
  const runner = createRunner({ expect, enter: (name) => countFor(isCounting ? name : undefined) });
  Object.assign(globalThis, { [API]: { ...registry.api, expect, vi, onTestFinished: runner.onTestFinished } });
  const modules = hookModules(order, API);
  house = { modules, registry, files: order.tests, loaded: new Map(), runner };
  say({ kind: 'loaded' });
}

async function testsOf({ modules, registry, loaded }: House, files: Iterable<string>): Promise<readonly Test[]> {
  const tests: Test[] = [];
  for (const path of files) {
    if (!loaded.has(path)) loaded.set(path, await registry.collect(path, () => modules.importTests(path, 0)));
    tests.push(...(loaded.get(path) ?? []));
  }
  say({ kind: 'ready' });
  return tests;
}

let isCounting = false;

async function baseline(within: House): Promise<void> {
  const { runner, modules, files } = within;
  const tests = await testsOf(within, files);
  isCounting = true;
  const answer = await runBaseline(tests, runner, modules);
  isCounting = false;
  countFor(undefined);
  say(answer);
}

/** @returns the first test that fails. */
async function firstFailure(runner: Runner, tests: readonly (readonly [Test, number])[]): Promise<Test | undefined> {
  for (const [test, ms] of tests) {
    say({ kind: 'began', ms });
    if ((await runner.run(test, limitOf(ms))) === undefined) continue;
    await runner.close();
    return test;
  }
  const last = tests.at(-1)?.[0];
  return (await runner.close()) === undefined ? undefined : last;
}

const pick = (tests: readonly Test[], names: readonly Timed[]): readonly (readonly [Test, number])[] => {
  const byName = new Map(tests.map((test) => [test.name, test]));
  return names.flatMap(([name, ms]) => {
    const test = byName.get(name);
    return test === undefined ? [] : [[test, ms] as const];
  });
};

async function judge(within: House, failed: Test | undefined, names: readonly Timed[]): Promise<void> {
  turnOff();
  if (failed === undefined) return say({ kind: 'outcome', fate: 'survived' });
  const { runner } = within;
  const same = pick(
    await testsOf(within, [failed.file]),
    names.filter(([name]) => name === failed.name),
  );
  const isSpoiled = (await firstFailure(runner, same)) !== undefined;
  say({ kind: 'outcome', fate: isSpoiled ? 'doubtful' : 'found', by: failed.name });
}

async function tryAnew(order: Order & { readonly kind: 'anew' }, within: House): Promise<Test | undefined> {
  const { modules, registry, runner } = within;
  say({ kind: 'ready' });
  edition += 1;
  turnOn(order.bug, ANY_HITS);
  for (const path of order.files) {
    const tests = await registry.collect(path, () => modules.importTests(path, edition));
    const broken = tests.find(({ title }) => title === NOT_IMPORTED);
    const failed = broken ?? (await firstFailure(runner, pick(tests, order.tests)));
    if (failed !== undefined) return failed;
  }
  return undefined;
}

async function obey(order: Order): Promise<void> {
  if (order.kind === 'load') return load(order);
  if (house === undefined) throw new Error('nothing is loaded yet');
  if (order.kind === 'baseline') return baseline(house);
  if (order.kind === 'anew') return judge(house, await tryAnew(order, house), order.tests);
  const tests = await testsOf(house, new Set(order.tests.map(([name]) => fileOf(name))));
  turnOn(order.bug, order.hits);
  await judge(house, await firstFailure(house.runner, pick(tests, order.tests)), order.tests);
}

// What a test leaves under way may fail after it: that is no failure of the next one.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (order: Order) => {
  obey(order).catch((error: unknown) =>
    say({ kind: 'fault', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
