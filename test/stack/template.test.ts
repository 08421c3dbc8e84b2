import { expect, test } from 'vitest';
import { optionLines, renderTemplate } from './template.ts';

test('every hole is filled, also twice, and text that only looks alike stays', () => {
  expect(renderTemplate('a=@PORT@ b=@DATA_DIR@/@PORT@ me@example.org', { PORT: 21, DATA_DIR: '/d' })).toBe(
    'a=21 b=/d/21 me@example.org',
  );
});

test('a hole without a value is reported by its name (1)', () => {
  expect(() => renderTemplate('x=@MISSING@', {})).toThrow('@MISSING@');
});

test('options are lines without comments and blanks', () => {
  expect(optionLines('# why\n-Xmx1g\n\n  -Da=b # c\n')).toEqual(['-Xmx1g', '-Da=b # c']);
});
