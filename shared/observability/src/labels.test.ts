import { expect, test } from 'vitest';
import { createLabelCap } from './labels.ts';

test('1: the first values of a label are themselves for good, every later one is another', () => {
  const cap = createLabelCap(2);
  expect(['a', 'b', 'c', 'a', 'd', 'b'].map((value) => cap('topic', value))).toEqual([
    'a',
    'b',
    'other',
    'a',
    'other',
    'b',
  ]);
});

test('1: labels do not share, and each metric has its own', () => {
  const cap = createLabelCap(1);
  expect([cap('topic', 'a'), cap('outcome', 'b'), cap('topic', 'b')]).toEqual(['a', 'b', 'other']);
  expect(createLabelCap(1)('topic', 'b')).toBe('b');
});

test('1: a hundred values are kept where nothing else is said', () => {
  const cap = createLabelCap();
  for (let at = 0; at < 100; at++) expect(cap('topic', `${at}`)).toBe(`${at}`);
  expect(cap('topic', '100')).toBe('other');
});

test('2: a long value is cut before it is counted, an empty or missing one is none', () => {
  const cap = createLabelCap(1);
  expect(cap('long', 'x'.repeat(129))).toBe('x'.repeat(128));
  expect(cap('long', 'x'.repeat(200))).toBe('x'.repeat(128));
  const empty = createLabelCap(1);
  expect([empty('x', ''), empty('x', undefined), empty('x', 'none')]).toEqual(['none', 'none', 'none']);
});
