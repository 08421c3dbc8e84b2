/**
 * A mistake goes exactly where it was meant to go, or nowhere.
 */
import { expect, test } from 'vitest';
import { spoiled } from './spoil.ts';

const TEXT = 'first line\nsecond line\nthird\n';

test('a place that is named by its text is changed, and nothing else', () => {
  expect(spoiled(TEXT, { file: 'any', find: 'second', put: '2nd' })).toBe('first line\n2nd line\nthird\n');
});

test('a place that is named by lines and columns is changed from its start to before its end', () => {
  const find = { start: { line: 1, column: 7 }, end: { line: 2, column: 8 } };
  expect(spoiled(TEXT, { file: 'any', find, put: 'and ' })).toBe('first and line\nthird\n');
});

test.each([['line'], ['fourth']])('a text that is not there exactly once is refused: %s', (find) => {
  expect(() => spoiled(TEXT, { file: 'a.ts', find, put: '' })).toThrow(`a.ts has not exactly one "${find}"`);
});

test('a line that is not there is refused', () => {
  const find = { start: { line: 9, column: 1 }, end: { line: 9, column: 2 } };
  expect(() => spoiled(TEXT, { file: 'any', find, put: '' })).toThrow('there is no line 9');
});
