/**
 * Which tests a bug is tried with, and in what order: known from the run without any bug. Pure.
 *
 * 1. A test that fails without a bug is used for none.
 * 2. The quickest tests come first: most bugs are found by the first few.
 * 3. A bug that acts while modules load is tried with all tests of the files that import its source, those beside it first.
 */
import type { Bug } from './plant.ts';
import type { Baseline, Order, Timed } from './protocol.ts';

export type Plan =
  | { readonly kind: 'unreached' }
  | { readonly kind: 'try' | 'anew'; readonly order: Order; readonly limitMs: number };

const SLOWER = 10;
const LEAST_MS = 6_000;
/** Importing the modules of a package takes seconds on a busy machine. */
const IMPORT_MS = 45_000;
const MORE_HITS = 100;
const LEAST_HITS = 1_000;

const sum = (tests: readonly Timed[]): number => tests.reduce((total, [, ms]) => total + ms, 0);
const fileOf = (test: string): string => test.slice(0, test.lastIndexOf('#'));

export function createPlans({ tests, reach, loading, imports }: Baseline): (bug: Bug) => Plan {
  const timed = tests
    .filter(({ fault }) => fault === undefined)
    .map(({ name, ms }): Timed => [name, ms])
    .sort(([, a], [, b]) => a - b);
  const times = new Map(timed);
  const byFile = Map.groupBy(timed, ([name]) => fileOf(name));
  const isLoading = new Set(loading);

  const anew = ({ id, file }: Bug): Plan => {
    const beside = file.replace(/\.ts$/, '.test.ts');
    const files = [...byFile]
      .filter(([path]) => imports[path]?.includes(file))
      .sort(([a, ofA], [b, ofB]) => Number(b === beside) - Number(a === beside) || sum(ofA) - sum(ofB));
    if (files.length === 0) return { kind: 'unreached' };
    const own = files.flatMap(([, each]) => each);
    const order = { kind: 'anew', bug: id, files: files.map(([path]) => path), tests: own } as const;
    return { kind: 'anew', order, limitMs: IMPORT_MS + SLOWER * sum(own) };
  };
  return (bug) => {
    if (isLoading.has(bug.id)) return anew(bug);
    const reached = reach[bug.id];
    if (reached === undefined) return { kind: 'unreached' };
    const own = reached.tests
      .flatMap((name): readonly Timed[] => (times.has(name) ? [[name, times.get(name) ?? 0]] : []))
      .sort(([, a], [, b]) => a - b);
    if (own.length === 0) return { kind: 'unreached' };
    const order = { kind: 'try', bug: bug.id, tests: own, hits: LEAST_HITS + MORE_HITS * reached.hits } as const;
    return { kind: 'try', order, limitMs: LEAST_MS + SLOWER * sum(own) };
  };
}
