import { expect, test } from 'vitest';
import { formatLine } from './log-line.ts';

const TIME = '2026-03-01T12:30:00.250Z';

test.each([
  [{ time: TIME, level: 'info', msg: 'done' }, '12:30:00.250 info  done\n'],
  [{ time: Date.parse(TIME), level: 'error', msg: 'x' }, '12:30:00.250 error x\n'],
  [{}, ' info  \n'],
  [{ time: TIME, level: 'warn', msg: 'a', n: 1, b: true, z: null }, '12:30:00.250 warn  a n=1 b=true z=null\n'],
  [
    { time: TIME, level: 'warn', msg: 'a', path: '/x/y:1@z', words: 'two words', empty: '' },
    '12:30:00.250 warn  a path=/x/y:1@z words="two words" empty=""\n',
  ],
  [
    { time: TIME, level: 'warn', msg: 'a', list: [1, 'b'], of: { c: 1 } },
    '12:30:00.250 warn  a list=[1,"b"] of={"c":1}\n',
  ],
])('%j is one line', (record, line) => {
  expect(formatLine(record, false)).toBe(line);
});

test('control characters and line ends of others do not reach the terminal', () => {
  expect(formatLine({ time: TIME, level: 'info', msg: 'a\u001b[2J\tb\nc\u0007\u009f\u007fd' }, false)).toBe(
    '12:30:00.250 info  a?[2J?b c???d\n',
  );
});

test('an error is told in the line, its stack below, indented and harmless', () => {
  const error = { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at \u001b[1mx' };
  expect(formatLine({ time: TIME, level: 'error', msg: 'a', error, n: 1 }, false)).toBe(
    '12:30:00.250 error a error={"name":"TypeError","message":"no"} n=1\n    TypeError: no\n        at ?[1mx\n',
  );
  for (const stack of ['', 7]) {
    expect(formatLine({ time: TIME, level: 'error', msg: 'a', error: { stack } }, false)).toBe(
      '12:30:00.250 error a error={}\n',
    );
  }
});

test.each([
  ['debug', '90'],
  ['info', '36'],
  ['warn', '33'],
  ['error', '31'],
  ['fatal', '0'],
])('at a terminal with colours the level %s is painted, and the fields are grey', (level, code) => {
  expect(formatLine({ time: TIME, level, msg: 'a', n: 1 }, true)).toBe(
    `12:30:00.250 \u001b[${code}m${level.padEnd(5)}\u001b[0m a \u001b[90mn=1\u001b[0m\n`,
  );
  expect(formatLine({ time: TIME, level, msg: 'a' }, true)).toBe(
    `12:30:00.250 \u001b[${code}m${level.padEnd(5)}\u001b[0m a\n`,
  );
});
