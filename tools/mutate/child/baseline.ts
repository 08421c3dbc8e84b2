/**
 * The tests without any bug: what each reaches and how long it takes.
 *
 * 1. Every test runs twice: one that fails the second time would fail under any bug, and says nothing.
 * 2. What is reached the first time alone was reached while a module was loaded or something was made once.
 */
import type { Baseline, TestResult } from '../protocol.ts';
import type { Modules } from './modules.ts';
import type { Scope, Test } from './registry.ts';
import type { Runner } from './runner.ts';
import { countFor, type Reached, reachedByNone, takeReached } from './switch.ts';

const LIMIT_MS = 30_000;
const { performance } = globalThis;

async function runOnce(tests: readonly Test[], runner: Runner): Promise<Map<Test, TestResult>> {
  const results = new Map<Test, TestResult>();
  for (const test of tests) {
    const startedAtMs = performance.now();
    const failure = await runner.run(test, LIMIT_MS);
    const ms = Math.ceil(performance.now() - startedAtMs);
    const { name, title } = test;
    results.set(test, { name, title, ms, ...(failure ? { fault: failure.message } : {}) });
  }
  await runner.close();
  return results;
}

export async function runBaseline(tests: readonly Test[], runner: Runner, modules: Modules): Promise<Baseline> {
  const loading = reachedByNone();
  const first = await runOnce(tests, runner);
  const once = Object.values(takeReached()).flatMap((hits) => Object.keys(hits));
  const second = await runOnce(
    tests.filter((test) => first.get(test)?.fault === undefined),
    runner,
  );
  const passing = tests.filter((test) => second.has(test) && second.get(test)?.fault === undefined);
  const reach = reachOf(passing, takeReached());
  countFor(undefined);
  const files = [...new Set(tests.map(({ file }) => file))];
  return {
    kind: 'baseline',
    tests: tests.flatMap((test) => second.get(test) ?? first.get(test) ?? []),
    reach,
    loading: [...new Set([...loading, ...once.filter((bug) => reach[bug] === undefined)])],
    imports: Object.fromEntries(files.map((file) => [file, modules.sourcesOf(file)])),
  };
}

const around = (scope: Scope | undefined): readonly string[] =>
  scope === undefined ? [] : [scope.name, ...around(scope.parent)];

/** What the hooks of a group reach, each of its tests reaches. */
function reachOf(tests: readonly Test[], byName: Reached): Baseline['reach'] {
  const reach: Record<string, { tests: string[]; hits: number }> = {};
  for (const test of tests) {
    const seen = new Set<string>();
    for (const name of [test.name, ...around(test.scope)]) {
      for (const [bug, hits] of Object.entries(byName[name] ?? {})) {
        reach[bug] ??= { tests: [], hits: 0 };
        const known = reach[bug];
        known.hits += hits;
        if (!seen.has(bug)) known.tests.push(test.name);
        seen.add(bug);
      }
    }
  }
  return reach;
}
