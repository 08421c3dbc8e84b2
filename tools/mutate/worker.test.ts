/** The process that tries bugs, on a small package with bugs planted by hand: each is found, or not, as a person would say. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Baseline, Load, Timed } from './protocol.ts';
import { createWorker, type Silence, type Worker, wordsOf } from './worker.ts';

const SOURCE = 'small/src/sum.ts';
const TEST = 'small/src/sum.test.ts';
const PLAIN = 'export const size = 2;\nexport const sum = (a: number, b: number): number => a + b;\n';
/** As the instrumenter would write it: a switch for each bug, and a count of what is reached. */
const PLANTED = `const ns = globalThis.__stryker__;
const is = (bug: string): boolean => ns.activeMutant === bug;
const reach = (...bugs: readonly string[]): void => {
  ns.mutantCoverage ??= { static: {}, perTest: {} };
  const id = ns.currentTestId;
  const hits = id ? (ns.mutantCoverage.perTest[id] ??= {}) : ns.mutantCoverage.static;
  for (const bug of bugs) hits[bug] = (hits[bug] ?? 0) + 1;
};
reach('size');
export const size = is('size') ? 3 : 2;
const known: number[] = [];
export const sum = (a: number, b: number): number => {
  reach('minus', 'same', 'hang', 'spoil', 'die');
  while (is('hang'));
  if (is('die')) {
    process.stderr.write('no more memory');
    process.exit(7);
  }
  if (is('spoil')) known.push(1);
  if (known.length > 0) return 0;
  return is('minus') ? a - b : is('same') ? b + a : a + b;
};
`;
const TESTS = `import { expect, test } from 'vitest';
import { size, sum } from './sum.ts';
test('adds', () => expect(sum(1, 2)).toBe(3));
test('has a size', () => expect(size).toBe(2));
test('is broken', () => expect(size).toBe(7));
let runs = 0;
test('runs but once', () => expect((runs += 1)).toBe(1));
`;
const LIMIT_MS = 10_000;
const adds: readonly Timed[] = [[`${TEST}#0`, 1]];
const isSized: readonly Timed[] = [[`${TEST}#1`, 1]];

let root: string;
let load: Load;
let worker: Worker;
let baseline: Answer | Silence;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'planted-'));
  mkdirSync(join(root, 'small/src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, SOURCE), PLAIN);
  writeFileSync(join(root, TEST), TESTS);
  load = {
    kind: 'load',
    root,
    folder: 'small',
    texts: [[SOURCE, PLANTED]],
    isCounting: true,
    tests: [TEST],
  };
  worker = createWorker(load);
  baseline = await worker.ask({ kind: 'baseline' }, LIMIT_MS);
});
afterAll(() => {
  worker.replace();
  rmSync(root, { recursive: true });
});

const tryBug = (bug: string, limitMs = LIMIT_MS, by = worker) =>
  by.ask({ kind: 'try', bug, tests: adds, hits: 100 }, limitMs);

test('without a bug each test says what it reaches, and one that fails, also the second time alone, is named', () => {
  expect(baseline).toMatchObject({
    kind: 'baseline',
    reach: { minus: { tests: [`${TEST}#0`], hits: 1 } },
    loading: ['size'],
    imports: { [TEST]: [SOURCE] },
  });
  const { tests } = baseline as Baseline;
  expect(tests.map(({ title, fault }) => [title, fault !== undefined])).toEqual([
    ['adds', false],
    ['has a size', false],
    ['is broken', true],
    ['runs but once', true],
  ]);
});

test('a bug that a test notices is found, one that changes nothing survives', async () => {
  expect(await tryBug('minus')).toEqual({ kind: 'outcome', fate: 'found', by: `${TEST}#0` });
  expect(await tryBug('same')).toEqual({ kind: 'outcome', fate: 'survived' });
});

test('a bug that acts while modules load is found by importing them once more', async () => {
  const anew = (tests: readonly Timed[]) => worker.ask({ kind: 'anew', bug: 'size', files: [TEST], tests }, LIMIT_MS);
  expect(await anew(adds)).toEqual({ kind: 'outcome', fate: 'survived' });
  expect(await anew(isSized)).toEqual({ kind: 'outcome', fate: 'found', by: `${TEST}#1` });
});

test('a bug that spoils the process leaves a doubt, and one that never ends is late; the next one gets a fresh process', async () => {
  expect(await tryBug('spoil')).toEqual({ kind: 'outcome', fate: 'doubtful', by: `${TEST}#0` });
  expect(worker.isFresh()).toBe(false);
  worker.replace();
  expect(worker.isFresh()).toBe(true);
  expect(await tryBug('same')).toEqual({ kind: 'outcome', fate: 'survived' });
  expect(await tryBug('hang', 300)).toEqual({ kind: 'late' });
  expect(await tryBug('minus')).toEqual({ kind: 'outcome', fate: 'found', by: `${TEST}#0` });
});

test('what a process says before it ends is told, and so is why one could not do what it was asked for', async () => {
  expect(await tryBug('die')).toEqual({ kind: 'gone', said: 'no more memory' });
  expect(wordsOf({ kind: 'gone', said: 'no more memory' })).toBe('its process ended: no more memory');
  const other = createWorker({ ...load, tests: ['small/src/absent.test.ts'], root: `${root}/absent` });
  await expect(other.ask({ kind: 'baseline' }, LIMIT_MS)).rejects.toThrow(
    /^the tests of small cannot be loaded: .*no such file/s,
  );
});

test('where there is no time left, loading does not wait either', async () => {
  const other = createWorker(load, () => 0);
  expect(await other.ask({ kind: 'baseline' }, LIMIT_MS)).toEqual({ kind: 'over' });
});

test('what the end of the run cuts short is not late: loading may take what there was for it', async () => {
  let leftMs = LIMIT_MS;
  const other = createWorker(load, () => leftMs);
  await other.ask({ kind: 'try', bug: 'same', tests: adds, hits: 100 }, LIMIT_MS);
  leftMs = 200;
  expect(await other.ask({ kind: 'try', bug: 'hang', tests: adds, hits: 100 }, 300)).toEqual({ kind: 'over' });
  leftMs = LIMIT_MS;
  expect(await other.ask({ kind: 'try', bug: 'hang', tests: adds, hits: 100 }, 300)).toEqual({ kind: 'late' });
  other.close();
});

test('a test that is stuck is given up long before the limit of all tests', async () => {
  const patience = { leastMs: 200, slower: 1 };
  const other = createWorker(load, undefined, { used: patience, fresh: patience });
  expect(await tryBug('hang', 2 ** 31, other)).toEqual({ kind: 'late' });
  expect(await tryBug('minus', LIMIT_MS, other)).toMatchObject({ fate: 'found' });
  other.close();
});

test('when it is closed, a question under way is answered so, and no process is started for another', async () => {
  const other = createWorker(load);
  await other.ask({ kind: 'try', bug: 'same', tests: adds, hits: 100 }, LIMIT_MS);
  const underWay = other.ask({ kind: 'try', bug: 'hang', tests: adds, hits: 100 }, LIMIT_MS);
  await Promise.resolve();
  other.close();
  expect(await underWay).toEqual({ kind: 'closed' });
  expect(await other.ask({ kind: 'baseline' }, LIMIT_MS)).toEqual({ kind: 'closed' });
});
