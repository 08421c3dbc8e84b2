/** What came of planted bugs: counted per fate, told by place, held against the score that is kept. */
import { expect, test } from 'vitest';
import { type Fate, type Mutant, marginOf, scoreOf, summaryLines, survivorLines, survivorsOf } from './report.ts';
import { judge, judgeChanges, raised } from './scores.ts';
import { changedTargets, targetsOf } from './targets.ts';

const FILE = 'shared/engine/src/retry.ts';
const planted = (...fates: readonly Fate[]): readonly Mutant[] =>
  fates.map((fate, at) => ({
    file: FILE,
    line: at + 1,
    mutator: 'BooleanLiteral',
    replacement: 'false',
    span: { start: { line: at + 1, column: 3 }, end: { line: at + 1, column: 7 } },
    fate,
  }));

test('a bug that no test reaches counts as one that none found; what was not tried counts for nothing', () => {
  expect(scoreOf(planted('found', 'found', 'survived', 'unreached'))).toBe(50);
  expect(scoreOf(planted('found', 'untried', 'untried'))).toBe(100);
  expect(scoreOf([])).toBe(100);
  expect(scoreOf(planted('found', 'found', 'survived'))).toBe(66.6);
});

test('the score of a sample has a margin: 1.96 standard errors of a share', () => {
  const sample = [...planted(...Array<Fate>(80).fill('found')), ...planted(...Array<Fate>(20).fill('survived'))];
  // 1.96 * sqrt(0.8 * 0.2 / 100) = 0.0784
  expect([marginOf(sample), marginOf(planted('found')), marginOf([])]).toEqual([7.9, 0, 0]);
});

test('each survivor is told by its place, and the package in one line', () => {
  const mutants = planted('found', 'survived', 'unreached');
  expect(survivorLines(mutants)).toEqual([
    `survived  ${FILE}:2  BooleanLiteral -> false`,
    `unreached ${FILE}:3  BooleanLiteral -> false`,
  ]);
  expect(summaryLines('shared/engine', mutants).at(-1)).toBe(
    'shared/engine: 33.3 % found: 1 of 3; 1 survived, 1 unreached',
  );
  expect(summaryLines('a', planted('found', 'untried')).at(-1)).toBe(
    'a: 100.0 % found: 1 of 1; 0 survived, 0 unreached, 1 not tried',
  );
});

test('what no test noticed is listed by where it stands and what was put there, as the simulation reads it', () => {
  const at = (line: number) => ({ start: { line, column: 3 }, end: { line, column: 7 } });
  expect(survivorsOf(planted('found', 'survived', 'untried', 'unreached'))).toEqual([
    { file: FILE, find: at(2), put: 'false', mutator: 'BooleanLiteral' },
    { file: FILE, find: at(4), put: 'false', mutator: 'BooleanLiteral' },
  ]);
});

test('a score below the kept one is worse, and the kept one only rises', () => {
  const half = planted('found', 'survived');
  expect(judge('shared/engine', half, { 'shared/engine': 80 }).kind).toBe('worse');
  expect(judge('shared/engine', half, { 'shared/engine': 50.2 }).kind).toBe('same');
  expect(judge('shared/engine', half, { 'shared/engine': 40 }).kind).toBe('better');
  expect(judge('shared/engine', half, {}).kind).toBe('unknown');
  expect(raised('b', 60, { b: 70, a: 1 })).toEqual({ a: 1, b: 70 });
  expect(raised('b', 80, { b: 70 })).toEqual({ b: 80 });
});

test('sources are mutated with the unit tests of their package; tests, command lines and test support are not', () => {
  const tree = [
    'shared/engine/src/run.ts',
    'shared/engine/src/run.test.ts',
    'shared/engine/src/run.stack.test.ts',
    'shared/engine/src/index.ts',
    'shared/testing/src/suites/bus.ts',
    'services/scaler/src/decide.ts',
    'services/scaler/bin/replay.ts',
    'test/simulation/run.ts',
  ];
  const engine = {
    name: 'shared/engine',
    files: ['shared/engine/src/run.ts'],
    tests: ['shared/engine/src/run.test.ts'],
    whole: true,
  };
  expect(targetsOf(['./shared/engine/'], tree)).toMatchObject([engine]);
  expect(targetsOf([], tree).map(({ name }) => name)).toEqual(['shared/engine', 'services/scaler']);
  expect(targetsOf(['shared/testing'], tree)).toEqual([]);
  expect(targetsOf(['shared/engine/src/run.ts'], [...tree, 'shared/engine/src/plan.ts'])[0]?.whole).toBe(false);
});

test('of what changed only the lines that differ are chosen, and never count as the whole package', () => {
  const tree = ['shared/engine/src/run.ts', 'shared/engine/src/run.test.ts', 'shared/engine/src/plan.ts'];
  const lines = new Map<string, ReadonlySet<number> | 'all'>([
    ['shared/engine/src/run.ts', new Set([3])],
    ['shared/engine/src/plan.ts', 'all'],
    ['README.md', new Set([1])],
  ]);
  const [target] = changedTargets(lines, tree);
  expect(target).toMatchObject({ files: ['shared/engine/src/run.ts', 'shared/engine/src/plan.ts'], whole: false });
  expect(target?.isChosen('shared/engine/src/run.ts', 3)).toBe(true);
  expect(target?.isChosen('shared/engine/src/run.ts', 4)).toBe(false);
  expect(target?.isChosen('shared/engine/src/plan.ts', 4)).toBe(true);
  expect(changedTargets(new Map([['README.md', 'all' as const]]), tree)).toEqual([]);
  expect(changedTargets(new Map(), tree)).toEqual([]);
});

test('changed lines are held to the kept score of their package, or to 70 per cent', () => {
  const most = planted('found', 'found', 'found', 'survived');
  expect(judgeChanges('a', most, {})).toBeUndefined();
  expect(judgeChanges('a', planted('found', 'found', 'survived'), {})).toContain('70 %');
  expect(judgeChanges('a', most, { a: 75.1 })).toContain('75.1 %');
  expect(judgeChanges('a', most, { a: 75 })).toBeUndefined();
});
