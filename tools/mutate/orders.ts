/**
 * Which tests a bug is tried with, and in what order: known from the run without any bug. Pure.
 *
 * 1. A test that fails without a bug is used for none.
 * 2. The quickest tests come first: most bugs are found by the first few.
 * 3. A bug that acts while modules load is tried with all tests of the files that import its source, those beside it first. One
 *    that acts later too is tried without an import before: that is far quicker, and finds most.
 * 4. Each attempt has a bound: ten times what its tests take without the bug, two minutes at most, but never less than three times.
 */
import type { Bug } from './plant.ts';
import { type Baseline, fileOf, type Order, type Timed } from './protocol.ts';

export interface Attempt {
  readonly order: Order & { readonly kind: 'try' | 'anew' };
  readonly limitMs: number;
}

/** Attempts until one finds the bug; none: no test reaches it. */
export interface Plan {
  readonly quick?: Attempt;
  readonly anew?: Attempt;
}

const SLOWER = 10;
const LEAST_MS = 6_000;
/** Importing the modules of a package takes seconds on a busy machine. */
const IMPORT_MS = 45_000;
/** Ten times as long as all tests of a package take is too long to wait for a loop that does not end. */
const MOST_MS = 120_000;
/** What is given up earlier may be slow, and not without end. */
const LEAST_SLOWER = 3;
const MORE_HITS = 100;
const LEAST_HITS = 1_000;

const sum = (tests: readonly Timed[]): number => tests.reduce((total, [, ms]) => total + ms, 0);
const limitOf = (beforeMs: number, tests: readonly Timed[]): number =>
  Math.max(Math.min(beforeMs + SLOWER * sum(tests), MOST_MS), beforeMs + LEAST_SLOWER * sum(tests));

export function createPlans({ tests, reach, loading, imports }: Baseline): (bug: Bug) => Plan {
  const timed = tests
    .filter(({ fault }) => fault === undefined)
    .map(({ name, ms }): Timed => [name, ms])
    .sort(([, a], [, b]) => a - b);
  const times = new Map(timed);
  const byFile = Map.groupBy(timed, ([name]) => fileOf(name));
  const isLoading = new Set(loading);

  const anew = ({ id, file }: Bug): Attempt | undefined => {
    const beside = file.replace(/\.ts$/, '.test.ts');
    const files = [...byFile]
      .filter(([path]) => imports[path]?.includes(file))
      .sort(([a, ofA], [b, ofB]) => Number(b === beside) - Number(a === beside) || sum(ofA) - sum(ofB));
    if (files.length === 0) return undefined;
    const own = files.flatMap(([, each]) => each);
    const order = { kind: 'anew', bug: id, files: files.map(([path]) => path), tests: own } as const;
    return { order, limitMs: limitOf(IMPORT_MS, own) };
  };
  const quick = ({ id }: Bug): Attempt | undefined => {
    const reached = reach[id];
    const own = (reached?.tests ?? [])
      .flatMap((name): readonly Timed[] => (times.has(name) ? [[name, times.get(name) ?? 0]] : []))
      .sort(([, a], [, b]) => a - b);
    if (reached === undefined || own.length === 0) return undefined;
    const order = { kind: 'try', bug: id, tests: own, hits: LEAST_HITS + MORE_HITS * reached.hits } as const;
    return { order, limitMs: limitOf(LEAST_MS, own) };
  };
  return (bug) => {
    const [first, second] = [quick(bug), isLoading.has(bug.id) ? anew(bug) : undefined];
    return { ...(first && { quick: first }), ...(second && { anew: second }) };
  };
}

/**
 * What found a bug of a file finds most of its others: those tests go first, the latest before all.
 */
export interface Favourites {
  note(file: string, test: string): void;
  /** The test spoils the process when it fails: it goes last. */
  shun(file: string, test: string): void;
  order(file: string, attempt: Attempt): Attempt;
}

const MOST_FAVOURITES = 12;

export function createFavourites(): Favourites {
  const known = new Map<string, readonly string[]>();
  const shunned = new Set<string>();
  return {
    note(file, test) {
      const rest = (known.get(file) ?? []).filter((each) => each !== test);
      known.set(file, [test, ...rest].slice(0, MOST_FAVOURITES));
    },
    shun(file, test) {
      shunned.add(test);
      known.set(file, known.get(file)?.filter((each) => each !== test) ?? []);
    },
    order(file, { order, limitMs }) {
      const favourites = known.get(file) ?? [];
      const rank = ([name]: Timed): number => {
        if (shunned.has(name)) return MOST_FAVOURITES + 1;
        const at = favourites.indexOf(name);
        return at < 0 ? MOST_FAVOURITES : at;
      };
      const tests = order.tests.toSorted((a, b) => rank(a) - rank(b));
      if (order.kind === 'try') return { order: { ...order, tests }, limitMs };
      const first = new Set(tests.filter((test) => rank(test) < MOST_FAVOURITES).map(([name]) => fileOf(name)));
      return {
        order: { ...order, tests, files: [...first, ...order.files.filter((path) => !first.has(path))] },
        limitMs,
      };
    },
  };
}
