/** What is printed where, in which form (1, 2), and how the command is called again. */
import { expect, test } from 'vitest';
import { asFailure, Failure, usage } from './failure.ts';
import { createOutput, type OutputOptions } from './output.ts';

const TEXT: OutputOptions = { format: 'text', colour: true, quiet: false };

function open(
  options: Partial<OutputOptions> = {},
  around: { isTty?: boolean; env?: Readonly<Record<string, string>> } = {},
) {
  const said = { out: '', err: '' };
  const screen = (name: 'out' | 'err') => ({
    isTty: around.isTty ?? false,
    columns: () => 80,
    rows: () => 24,
    write: (text: string) => {
      said[name] += text;
    },
  });
  const output = createOutput(
    { ...TEXT, ...options },
    { out: screen('out'), err: screen('err'), env: around.env ?? {} },
  );
  return { output, said };
}

test('text: results, what happens meanwhile and advice are lines of standard output; nothing is no line', () => {
  const { output, said } = open();
  output.result('{"a":1}', () => ['one', 'two']);
  output.progress('three');
  output.advice('four');
  output.progress();
  expect(said).toEqual({ out: 'one\ntwo\nthree\nfour\n', err: '' });
});

test('1: as JSON there is the document as it came, with one line end, and nothing else', () => {
  const { output, said } = open({ format: 'json' });
  output.progress('three');
  output.advice('four');
  output.result('{ "a": 1 }', () => ['one']);
  expect(said).toEqual({ out: '{ "a": 1 }\n', err: '' });
  output.result('{}\n', () => []);
  expect(said.out).toBe('{ "a": 1 }\n{}\n');
});

test('2: quiet leaves results and failures', () => {
  const { output, said } = open({ quiet: true });
  output.progress('three');
  output.advice('four');
  output.result('', () => ['one']);
  output.failure(usage('wrong', 'so'));
  expect(said).toEqual({ out: 'one\n', err: 'leasehold: wrong\n  so\n' });
});

test.each([
  ['a terminal', {}, {}, true],
  ['no terminal', {}, { isTty: false }, false],
  ['quiet', { quiet: true }, {}, false],
  ['JSON', { format: 'json' }, {}, false],
  ['a terminal that bears nothing', {}, { env: { TERM: 'dumb' } }, false],
  ['a terminal without colours', {}, { env: { NO_COLOR: '1' } }, true],
] as const)('a picture is drawn on %s, or not', (_what, options, around, live) => {
  expect(open(options, { isTty: true, ...around }).output.live).toBe(live);
});

test('on a terminal advice is dim and a failure begins in red', () => {
  const { output, said } = open({}, { isTty: true });
  output.advice('a');
  output.failure(usage('b'));
  expect(said).toEqual({ out: '\u001b[2ma\u001b[22m\n', err: '\u001b[31mleasehold:\u001b[39m b\n' });
});

test('who called it by npx is told to call it so again, and not to ask a registry', () => {
  const advice = 'See it with `leasehold tenant watch acme`, or `leasehold doctor`.';
  const said = (env: Readonly<Record<string, string>>) => {
    const { output, said } = open({}, { env });
    output.advice(advice);
    output.failure(usage('no', advice));
    return said;
  };
  const named = advice.replaceAll('`leasehold ', '`npx --no-install leasehold ');
  expect(said({ npm_command: 'exec' })).toEqual({ out: `${named}\n`, err: `leasehold: no\n  ${named}\n` });
  expect(said({ npm_command: 'run-script' }).out).toBe(`${advice}\n`);
});

test('a failure cannot move the cursor', () => {
  const { output, said } = open();
  output.failure(usage('a\u001b[2Jb', 'c\nd'));
  expect(said.err).toBe('leasehold: a [2Jb\n  c d\n');
});

test('1: as JSON a failure is the server’s document, or one of our own', () => {
  const { output, said } = open({ format: 'json' });
  output.failure(new Failure('refused', 'no', { body: '{"code":"x"}' }));
  output.failure(new Failure('refused', 'no', { body: '<html>', code: 'status-200', details: ['is it ours?'] }));
  output.failure(usage('wrong'));
  expect(said.err).toBe(
    '{"code":"x"}\n{"code":"status-200","detail":"no","hints":["is it ours?"]}\n{"code":"usage","detail":"wrong","hints":[]}\n',
  );
});

test('a failure says how the command ends; what is thrown besides is a fault of the command', () => {
  const cause = new Error('x');
  expect(new Failure('failed', 'm')).toMatchObject({
    name: 'Failure',
    exit: 'failed',
    code: 'failed',
    details: [],
    body: undefined,
  });
  expect(new Failure('failed', 'm')).not.toHaveProperty('cause');
  expect(new Failure('failed', 'm', { cause })).toMatchObject({ cause });
  const known = usage('m');
  expect(asFailure(known)).toBe(known);
  expect(asFailure(new TypeError('odd'))).toMatchObject({
    exit: 'failed',
    code: 'bug',
    message: 'this is a fault of the command itself: TypeError: odd',
  });
  expect(asFailure('odd')).toMatchObject({ message: 'this is a fault of the command itself: odd', cause: 'odd' });
});
