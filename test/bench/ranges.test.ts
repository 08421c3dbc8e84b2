import { expect, test } from 'vitest';
import type { Line } from './figure.ts';
import { judgeAll, keptOf, record } from './ranges.ts';

const lineOf = (ratios: readonly number[], changes: Partial<Line> = {}): Line => ({
  id: 'tenant.floor',
  what: 'one tenant',
  unit: 'ms',
  better: 'lower',
  against: 'raw',
  pairs: ratios.map((ratio) => ({ product: ratio * 100, raw: 100 })),
  ...changes,
});
const made = { command: 'npm run bench', machine: { cores: 2, node: '24.0.0' } };
const keep = (...lines: Line[]) => record(undefined, lines, made);

test('a kept range has room around all pairs that were seen', () => {
  const { from, to, seen } = keptOf(lineOf([1.4, 1.5, 1.8]), made.command);
  expect(from).toBeLessThan(1.4);
  expect(to).toBeGreaterThan(1.8);
  expect(seen).toMatchObject({ pairs: 3, ratio: { median: 1.5, least: 1.4, most: 1.8 } });
});

test('1: a machine ten times slower is within the range as long as the ratio is', () => {
  const slower = lineOf([], { pairs: [{ product: 1_500, raw: 1_000 }] });
  expect(judgeAll([slower], keep(lineOf([1.5])))).toEqual([{ kind: 'within', id: 'tenant.floor' }]);
});

test('a ratio that grew out of its range is left, and worse', () => {
  const [judgement] = judgeAll([lineOf([6])], keep(lineOf([1.5])));
  expect(judgement).toMatchObject({ kind: 'left', message: expect.stringContaining('ratio 6 left its range') });
  expect(judgement).toMatchObject({ message: expect.stringContaining('worse') });
});

test('2: leaving at the better end is told too, whichever end that is', () => {
  const lower = judgeAll([lineOf([0.1])], keep(lineOf([1.5])));
  const higher = judgeAll([lineOf([9], { better: 'higher' })], keep(lineOf([1.5], { better: 'higher' })));
  for (const [judgement] of [lower, higher])
    expect(judgement).toMatchObject({ kind: 'left', message: expect.stringContaining('better than it was') });
  const fallen = judgeAll([lineOf([0.1], { better: 'higher' })], keep(lineOf([1.5], { better: 'higher' })));
  expect(fallen[0]).toMatchObject({ message: expect.stringContaining('worse') });
});

test('3: what was not measured, or has no range yet, is said and not judged', () => {
  const judgements = judgeAll([lineOf([1], { id: 'new' })], keep(lineOf([1])));
  expect(judgements).toEqual([
    { kind: 'unjudged', id: 'new', message: 'new: no range is kept for it' },
    { kind: 'unjudged', id: 'tenant.floor', message: 'tenant.floor: not measured in this run' },
  ]);
});

test('recording one section leaves the ranges of the others as they were', () => {
  const before = keep(lineOf([1]), lineOf([2], { id: 'bus' }));
  const after = record(before, [lineOf([3], { id: 'bus' })], made);
  expect(after.lines['tenant.floor']).toEqual(before.lines['tenant.floor']);
  expect(after.lines['bus']?.seen.ratio.median).toBe(3);
});
