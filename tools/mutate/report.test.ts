/** What came of planted bugs: counted per fate, told by place, held against the score that is kept. */
import { expect, test } from 'vitest';
import { type Mutant, readMutants, scoreOf, summaryLines, survivorLines } from './report.ts';
import { judge, raised } from './scores.ts';
import { targetsOf } from './targets.ts';

const FILE = 'shared/engine/src/retry.ts';
const planted = (...statuses: readonly string[]): readonly Mutant[] =>
  readMutants(
    JSON.stringify({
      files: {
        [FILE]: {
          mutants: statuses.map((status, at) => ({
            status,
            mutatorName: 'BooleanLiteral',
            replacement: 'false',
            location: { start: { line: at + 1, column: 1 } },
          })),
        },
      },
    }),
    [FILE],
  );

test('a bug that no test reaches counts as one that none found; what does not run counts for nothing', () => {
  expect(scoreOf(planted('Killed', 'Timeout', 'Survived', 'NoCoverage'))).toBe(50);
  expect(scoreOf(planted('Killed', 'CompileError', 'Ignored', 'RuntimeError'))).toBe(100);
  expect(scoreOf([])).toBe(100);
  expect(scoreOf(planted('Killed', 'Killed', 'Survived'))).toBe(66.6);
});

test('each survivor is told by its place, and the package in one line', () => {
  const mutants = planted('Killed', 'Survived', 'NoCoverage');
  expect(survivorLines(mutants)).toEqual([
    `survived  ${FILE}:2  BooleanLiteral -> false`,
    `unreached ${FILE}:3  BooleanLiteral -> false`,
  ]);
  expect(summaryLines('shared/engine', mutants).at(-1)).toBe(
    'shared/engine: 33.3 % found: 1 of 3; 1 survived, 1 unreached',
  );
});

test('a score below the kept one is worse, and the kept one only rises', () => {
  const half = planted('Killed', 'Survived');
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
  expect(targetsOf(['./shared/engine/'], tree)).toEqual([engine]);
  expect(targetsOf([], tree).map(({ name }) => name)).toEqual(['shared/engine', 'services/scaler']);
  expect(targetsOf(['shared/testing'], tree)).toEqual([]);
  expect(targetsOf(['shared/engine/src/run.ts'], [...tree, 'shared/engine/src/plan.ts'])[0]?.whole).toBe(false);
});
