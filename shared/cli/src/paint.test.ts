/** Colours where they are wanted, and a sign for each status that says it without them. */
import { expect, test } from 'vitest';
import { COLOURS, choosePaint, NO_PAINT, statusMark, statusWord } from './paint.ts';

test.each([
  ['a terminal', {}, true],
  ['no terminal', { isTty: false }, false],
  ['--no-color', { wanted: false }, false],
  ['NO_COLOR', { env: { NO_COLOR: '1' } }, false],
  ['NO_COLOR that is empty', { env: { NO_COLOR: '' } }, true],
  ['a terminal that bears none', { env: { TERM: 'dumb' } }, false],
  ['any other terminal', { env: { TERM: 'xterm' } }, true],
] as const)('colours on %s, or not', (_what, more, coloured) => {
  expect(choosePaint({ isTty: true, wanted: true, env: {}, ...more })).toBe(coloured ? COLOURS : NO_PAINT);
});

test('a colour is opened and closed, and nothing has none', () => {
  const codes = Object.entries(COLOURS).map(([tone, paint]) => [tone, paint('x')]);
  expect(Object.fromEntries(codes)).toEqual({
    good: '\u001b[32mx\u001b[39m',
    bad: '\u001b[31mx\u001b[39m',
    warn: '\u001b[33mx\u001b[39m',
    busy: '\u001b[36mx\u001b[39m',
    dim: '\u001b[2mx\u001b[22m',
    bold: '\u001b[1mx\u001b[22m',
  });
  expect([COLOURS.bad(''), NO_PAINT.bad('x')]).toEqual(['', 'x']);
});

test.each([
  ['pending', '·', 'dim'],
  ['ready', '✔', 'good'],
  ['completed', '✔', 'good'],
  ['failed', '✖', 'bad'],
  ['degraded', '!', 'warn'],
  ['suspended', '!', 'warn'],
  ['superseded', '!', 'warn'],
  ['deleted', '-', 'dim'],
  ['skipped', '○', 'dim'],
  ['creating', '…', 'busy'],
  ['deleting', '…', 'busy'],
  ['provisioning', '…', 'busy'],
  ['running', '…', 'busy'],
  ['hibernating', '?', 'dim'],
] as const)('%s is %s', (status, sign, tone) => {
  expect([statusMark(status, NO_PAINT), statusWord(status, NO_PAINT)]).toEqual([sign, status]);
  expect([statusMark(status, COLOURS), statusWord(status, COLOURS)]).toEqual([
    COLOURS[tone](sign),
    COLOURS[tone](status),
  ]);
});

test('what is busy turns, all the way round', () => {
  const turn = Array.from({ length: 11 }, (_, frame) => statusMark('creating', NO_PAINT, frame));
  expect(turn.join('')).toBe('⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏⠋');
  expect(statusMark('ready', NO_PAINT, 3)).toBe('✔');
});
