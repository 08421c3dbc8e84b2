/** Which rows are hot, and the hints that follow from what a commit writes (L3). */
import { expect, test } from 'vitest';
import { hintsOf, isHot, timerDueAt } from './hot.ts';

test.each([
  ['state', true],
  ['outbox/', true],
  ['outbox/1', true],
  ['timer/t', true],
  ['waiting/w', true],
  ['state2', false],
  ['outboy', false],
  ['outbox', false],
  ['timer', false],
  ['inbox/1', false],
  ['', false],
])('the row %j is hot: %j', (key, hot) => {
  expect(isHot(key)).toBe(hot);
});

const rows = (of: Readonly<Record<string, string>>) => new Map(Object.entries(of));
const at = (dueAtMs: number, more = {}) => JSON.stringify({ dueAtMs, ...more });
const hints = (
  before: Readonly<Record<string, string>>,
  written: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
) => {
  const after = rows({ ...before, ...written });
  for (const key of removed) after.delete(key);
  return hintsOf({ partition: 'p', version: 3, before: rows(before), put: Object.keys(written), after, nowMs: 500 });
};
const timer = (dueAtMs: number) => ({ kind: 'timer', dueAtMs, partition: 'p', version: 3 });
const outbox = { kind: 'outbox', dueAtMs: 500, partition: 'p', version: 3 };

test('a timer has a hint when it appears and when its time changes, earlier or later', () => {
  expect(hints({}, { 'timer/t': at(900) })).toEqual([timer(900)]);
  expect(hints({ 'timer/t': at(900) }, { 'timer/t': at(901) })).toEqual([timer(901)]);
  expect(hints({ 'timer/t': at(900) }, { 'timer/t': at(100) })).toEqual([timer(100)]);
});

test('a timer that is written again for the same time needs no other hint, whatever else it says', () => {
  expect(hints({ 'timer/t': at(900) }, { 'timer/t': at(900) })).toEqual([]);
  expect(hints({ 'timer/t': at(900) }, { 'timer/t': at(900, { why: 'grace' }) })).toEqual([]);
});

test('timers of one time share a hint, timers of several times have one each', () => {
  expect(hints({}, { 'timer/a': at(1), 'timer/b': at(2), 'timer/c': at(1) })).toEqual([timer(1), timer(2)]);
});

test('a timer that stood there already and was not written has no hint', () => {
  expect(hints({ 'timer/t': at(900) }, { state: 's' })).toEqual([]);
});

test('an outbox that goes from empty to not empty is due at once', () => {
  expect(hints({ state: 's' }, { 'outbox/1': 'x', 'outbox/2': 'x' })).toEqual([outbox]);
  expect(hints({ 'outbox/1': 'x' }, { 'outbox/2': 'x' })).toEqual([]);
  expect(hints({ 'outbox/1': 'x' }, { 'outbox/1': 'y' })).toEqual([]);
  expect(hints({}, { 'outbox/1': 'x' }, ['outbox/1'])).toEqual([]);
  expect(hints({}, { outboy: 'x' })).toEqual([]);
});

test('an outbox that is emptied and filled in one commit keeps the hint that it had', () => {
  expect(hints({ 'outbox/1': 'x' }, { 'outbox/2': 'x' }, ['outbox/1'])).toEqual([]);
});

test('a commit of both has both hints', () => {
  expect(hints({}, { 'timer/t': at(7), 'outbox/1': 'x', 'inbox/1': 'x' })).toEqual([timer(7), outbox]);
});

test.each([
  '',
  'no json',
  'null',
  '7',
  '{}',
  '{"dueAtMs":"7"}',
  '{"dueAtMs":7.5}',
  '{"dueAtMs":1e300}',
  '{"dueAtMs":null}',
])('a timer row that holds %j is a bug that names it', (value) => {
  expect(() => timerDueAt('timer/t', value)).toThrow(
    expect.objectContaining({ class: 'Bug', message: expect.stringContaining('timer/t') }),
  );
});

test('a time may lie before 1970, or at it', () => {
  expect([timerDueAt('timer/t', at(-5)), timerDueAt('timer/t', at(0))]).toEqual([-5, 0]);
});
