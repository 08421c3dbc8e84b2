/** The rules of a file's shape on files made up for it: H1 length and median, H2 opening comment, H3 names. */
import { expect, test } from 'vitest';
import { HEADER_LINES, headerFindings, lengthFindings, MOST_LINES, medianLines, nameFindings } from './file-shape.ts';

const file = (path: string, text: string) => ({ path, text });
const lines = (count: number): string => 'x\n'.repeat(count);

test('a file of 400 lines is within the bound, one more is not (H1)', () => {
  const files = [file('a.ts', lines(MOST_LINES)), file('b.ts', lines(MOST_LINES + 1)), file('c.ts', lines(1))];
  const long = lengthFindings(files).filter((found) => found.path !== '.');
  expect(long).toEqual([{ path: 'b.ts', message: 'has 401 lines, the bound is 400' }]);
});

test('the median leaves tests out (H1)', () => {
  const files = [
    file('a.ts', lines(10)),
    file('b.ts', lines(91)),
    file('c.ts', lines(300)),
    file('d.test.ts', lines(1)),
  ];
  expect(medianLines(files)).toBe(91);
  expect(lengthFindings(files)).toEqual([{ path: '.', message: 'the median file has 91 lines, the bound is 90' }]);
});

test('a source file opens with a comment of three lines at least (H2)', () => {
  const find = (text: string, path = 'shared/x/src/a.ts') => headerFindings(file(path, text)).length;
  expect(find('export {};\n')).toBe(1);
  expect(find('/** One line. */\nexport {};\n')).toBe(1);
  expect(find('/**\n * What it owns.\n */\nexport {};\n')).toBe(0);
  expect(find('// What it owns,\n// what it leaves\n// to whom.\nexport {};\n')).toBe(0);
  expect(find('#!/usr/bin/env node\n/**\n * What it owns.\n */\n')).toBe(0);
  expect(find('export {};\n', 'shared/x/src/index.ts')).toBe(0);
  expect(find('export {};\n', 'shared/x/src/a.test.ts')).toBe(0);
});

test('an opening comment has at most ten lines, that of a port more (H2)', () => {
  const long = `/**\n${' * A sentence.\n'.repeat(HEADER_LINES.most + 1)} */\n`;
  expect(headerFindings(file('shared/x/src/a.ts', long))).toHaveLength(1);
  expect(headerFindings(file('shared/x/src/a.port.ts', long))).toHaveLength(0);
});

test('no file or folder is a drawer for everything (H3)', () => {
  const find = (path: string) => nameFindings([file(path, '')]).length;
  const drawers = ['shared/x/src/utils.ts', 'shared/x/src/helpers/a.ts', 'a/string-utils.ts', 'a/session-manager.ts'];
  expect(drawers.map(find)).toEqual([1, 1, 1, 1]);
  expect(['shared/x/src/commons.ts', 'a/utilization.ts', 'a/uncommon.ts'].map(find)).toEqual([0, 0, 0]);
});
