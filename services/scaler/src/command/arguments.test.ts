/** The arguments of the replay command: what each becomes, and what is said of each that is wrong. */
import { expect, test } from 'vitest';
import { parseReplayArguments, USAGE } from './arguments.ts';

const GOOD = ['--trace', 'load.csv', '--capacity', '10', '--startup', '120'];

function parsed(...args: readonly string[]) {
  const problems: string[] = [];
  return { given: parseReplayArguments(args, problems), problems };
}
/** Everything that is wrong, with good arguments before. */
const wrong = (...args: readonly string[]): readonly string[] => {
  const { given, problems } = parsed(...GOOD, ...args);
  expect(given).toBeUndefined();
  return problems;
};

test('each argument has its field, and what is left out is absent, but for a tick of 15 s', () => {
  expect(parsed(...GOOD)).toEqual({
    given: {
      traceFile: 'load.csv',
      policyFile: undefined,
      capacity: 10,
      startupS: 120,
      tickS: 15,
      fromMs: undefined,
      selfTuned: undefined,
    },
    problems: [],
  });
  const all = ['--policy', 'p.json', '--from', '2026-03-02T01:00:00Z', '--tick', '60', '--self-tuned', '50'];
  expect(parsed(...GOOD, ...all).given).toEqual({
    traceFile: 'load.csv',
    policyFile: 'p.json',
    capacity: 10,
    startupS: 120,
    tickS: 60,
    fromMs: Date.UTC(2026, 2, 2, 1),
    selfTuned: 50,
  });
});

test('what is asked for and missing is told all at once, each with what it has to be', () => {
  expect(parsed()).toEqual({
    given: undefined,
    problems: [
      '--trace FILE is asked for',
      '--capacity is asked for: a number from 1e-20 to 1e20',
      '--startup is asked for: seconds from 0 to 43200',
    ],
  });
});

test.each([
  ['12.75', 12.75],
  ['.25', 0.25],
  ['7.', 7],
  ['+10', 10],
  ['1e3', 1_000],
  ['25E-1', 2.5],
  ['1e+10', 1e10],
  ['1.5e2', 150],
])('a decimal number %s is read as such', (text, capacity) => {
  expect(parsed(...GOOD, '--capacity', text).given?.capacity).toBe(capacity);
});

test.each(['', ' 10', '10 ', '0x10', '1e', 'e5', '.', '1_000', '10x', 'x10', '1,5', 'Infinity'])(
  '%j is no decimal number',
  (text) => {
    expect(wrong(`--capacity=${text}`)).toEqual([
      `--capacity must be a number from 1e-20 to 1e20, got ${JSON.stringify(text)}`,
    ]);
  },
);

test.each([
  ['--capacity', 'a number from 1e-20 to 1e20', ['1e-20', '1e20'], ['9e-21', '1.1e20', '1e999']],
  ['--startup', 'seconds from 0 to 43200', ['0', '0.5', '43200'], ['43200.1']],
  ['--tick', 'whole seconds from 1 to 3600', ['1', '3600'], ['0', '1.5', '3601']],
  ['--self-tuned', 'minutes a week from 0 to 10080', ['0', '10080'], ['10080.1', 'few']],
])('%s: %s, both ends included', (name, text, good, bad) => {
  for (const value of good) expect(parsed(...GOOD, name, value).problems).toEqual([]);
  for (const value of bad) expect(wrong(name, value)).toEqual([`${name} must be ${text}, got "${value}"`]);
});

test('a negative number is the value of the option before it, and wrong for its own reason', () => {
  expect(wrong('--startup', '-3')).toEqual(['--startup must be seconds from 0 to 43200, got "-3"']);
  expect(wrong('--startup', '-.5', '--tick', '-1')).toEqual([
    '--startup must be seconds from 0 to 43200, got "-.5"',
    '--tick must be whole seconds from 1 to 3600, got "-1"',
  ]);
});

test('what only looks like a negative number after an option is told as what it is', () => {
  expect(wrong('--startup=5', '-3')).toEqual(["Unknown option '-3'"]);
  expect(wrong('x', '-3')).toEqual(["Unexpected argument 'x'"]);
  expect(wrong('--policy', '--from-1')).toEqual(["Option '--policy' argument is ambiguous"]);
  expect(wrong('--policy')).toEqual(["Option '--policy <value>' argument missing"]);
});

test('an option that is not known is one problem alone, in one sentence', () => {
  expect(wrong('--speed', '3')).toEqual(["Unknown option '--speed'"]);
});

test('a time without a zone, or that is none, is refused', () => {
  for (const text of ['2026-03-02', '2026-03-02T01:00:00', 'yesterday'])
    expect(wrong('--from', text)).toEqual([
      `--from must be an ISO 8601 time with a zone, such as 2026-01-31T09:05:00Z, got "${text}"`,
    ]);
});

test('the usage names every option', () => {
  expect(USAGE).toBe(
    'npm run -s replay -- --trace FILE --capacity LOAD --startup SECONDS [--policy FILE] [--from ISO_TIME] [--tick 15] [--self-tuned MINUTES]\n',
  );
});
