/** Verdicts on bugs that no test finds: by text, so that they hold while lines move (J1), and told when their text is gone (J3). */
import { expect, test } from 'vitest';
import { type Judged, judgedFaults, type Listed, named, verdictsOn } from './judged.ts';
import { judgedLine, type Mutant, survivorLines } from './report.ts';

const FILE = 'shared/engine/src/retry.ts';
const TEXT = 'const a = x > 1;\nconst b = x > 1;\n  if (b) return 1;\n';
const textOf = (file: string) => (file === FILE ? TEXT : undefined);

const mutant = (line: number, from: number, to: number, replacement: string): Mutant => ({
  file: FILE,
  line,
  mutator: 'EqualityOperator',
  replacement,
  span: { start: { line, column: from }, end: { line, column: to } },
  fate: 'survived',
});
const SECOND: Judged = {
  file: FILE,
  find: 'const b = x > 1',
  put: 'const b = x >= 1',
  equivalent: 'x is whole and not 1',
};

test('a verdict is on the bug that leaves the same text, wherever its span begins', () => {
  const first = mutant(1, 11, 16, 'x >= 1');
  const second = mutant(2, 11, 16, 'x >= 1');
  const other = mutant(2, 11, 16, 'x <= 1');
  expect([...verdictsOn([first, second, other], [SECOND], textOf)]).toEqual([[second, 'equivalent']]);
  expect(verdictsOn([second], [{ ...SECOND, find: 'x > 1', put: 'x >= 1' }], textOf).size).toBe(0);
});

test('what is judged is marked in the list and counted in one line, and what is found is no survivor', () => {
  const judged = mutant(2, 11, 16, 'x >= 1');
  const mutants: readonly Mutant[] = [judged, mutant(1, 11, 16, 'true'), { ...mutant(3, 7, 8, 'true'), fate: 'found' }];
  const verdicts = verdictsOn(mutants, [SECOND], textOf);
  expect(survivorLines(mutants, verdicts)).toEqual([
    `survived  ${FILE}:2  EqualityOperator -> x >= 1  (equivalent)`,
    `survived  ${FILE}:1  EqualityOperator -> true`,
  ]);
  expect(judgedLine('shared/engine', mutants, verdicts)).toBe(
    'shared/engine: 2 not found: 1 equivalent, 0 unwatched, 0 open, 1 not judged',
  );
});

test('a survivor is named by its line, or by as many around it as make the text stand once', () => {
  const listed = (line: number, from: number, to: number, put: string): Listed => ({
    file: FILE,
    find: { start: { line, column: from }, end: { line, column: to } },
    put,
    mutator: 'ConditionalExpression',
    open: 'a test with b',
  });
  expect(named(listed(3, 7, 8, 'true'), TEXT)).toEqual({
    file: FILE,
    find: 'if (b) return 1;',
    put: 'if (true) return 1;',
    open: 'a test with b',
  });
  const twice = 'f(1);\nf(1);\nf(1);\ng();\n';
  expect(named(listed(3, 1, 2, 'h'), twice)).toMatchObject({ find: 'f(1);\nf(1);\ng();', put: 'f(1);\nh(1);\ng();' });
});

test('an entry whose text is gone or stands twice is told, and one without a verdict or with two', () => {
  const faults = (judged: Judged) => judgedFaults([judged], textOf).map(({ fault }) => fault);
  expect(faults(SECOND)).toEqual([]);
  expect(faults({ ...SECOND, find: 'const c' })).toEqual([
    `${FILE} does not have this once, so its verdict speaks of nothing: const c`,
  ]);
  expect(faults({ ...SECOND, find: 'x > 1' })).toHaveLength(1);
  expect(faults({ ...SECOND, file: 'gone.ts' })).toHaveLength(1);
  expect(faults({ ...SECOND, open: 'and a test' })).toEqual([
    'one verdict is asked for, with its reason: const b = x > 1',
  ]);
  expect(faults({ file: FILE, find: SECOND.find, put: SECOND.put })).toHaveLength(1);
});
