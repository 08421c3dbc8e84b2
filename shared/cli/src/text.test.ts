import { expect, test } from 'vitest';
import { COLOURS } from './paint.ts';
import { align, cut, plain, width } from './text.ts';

test('plain leaves nothing that moves a cursor or turns the direction of text (1)', () => {
  expect(plain('a\u001b[2Jb\nc\u202edef')).toBe('a [2Jb c def');
});

test('widths are columns: wide characters two, combining marks and colours none (2)', () => {
  expect(width('日本')).toBe(4);
  expect(width('e\u0301')).toBe(1);
  expect(width(COLOURS.good('ready'))).toBe(5);
});

test('a cut line is as wide as asked and closes its colour', () => {
  const line = cut(COLOURS.bad('abcdef'), 4);
  expect(width(line)).toBe(4);
  expect(line.endsWith('\u001b[0m')).toBe(true);
  expect(width(cut('日本語', 4))).toBeLessThanOrEqual(4);
  expect(cut('abc', 3)).toBe('abc');
});

test('columns line up whatever the width of their characters', () => {
  expect(
    align([
      ['日', 'x'],
      ['abc', 'y', ''],
    ]),
  ).toEqual(['日   x', 'abc  y']);
});
