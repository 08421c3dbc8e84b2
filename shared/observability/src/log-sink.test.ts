import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog, LOG_LEVELS, type LogOptions } from './log.ts';
import { createSecrets } from './secrets.ts';

const clock = { now: () => Date.parse('2026-03-01T12:30:00.250Z'), sleep: async () => undefined };

function collect(options: Partial<LogOptions> = {}, isTTY = false) {
  const lines: string[] = [];
  const log = createLog({ clock, sink: { write: (line) => lines.push(line), isTTY }, ...options });
  return { log, lines };
}

const { NO_COLOR } = process.env;
beforeEach(() => {
  delete process.env['NO_COLOR'];
});
afterEach(() => {
  if (NO_COLOR !== undefined) process.env['NO_COLOR'] = NO_COLOR;
});

test('at a terminal lines are for people and in colours, elsewhere JSON; either can be asked for', () => {
  const first = (options: Partial<LogOptions>, isTTY: boolean): string => {
    const { log, lines } = collect(options, isTTY);
    log.info('x');
    return lines[0] ?? '';
  };
  const json = '{"level":"info","time":"2026-03-01T12:30:00.250Z","msg":"x"}\n';
  expect(first({}, false)).toBe(json);
  expect(first({ format: 'json' }, true)).toBe(json);
  expect(first({}, true)).toBe('12:30:00.250 \u001b[36minfo \u001b[0m x\n');
  expect(first({ format: 'text' }, false)).toBe('12:30:00.250 info  x\n');
  process.env['NO_COLOR'] = '1';
  expect(first({}, true)).toBe('12:30:00.250 info  x\n');
});

test.each([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['silent', 0],
] as const)('at the level %s %i of four lines are written', (level, count) => {
  const { log, lines } = collect({ level });
  log.debug('d');
  log.info('i');
  log.warn('w');
  log.error('e');
  expect(lines).toHaveLength(count);
  expect(LOG_LEVELS).toContain(level);
});

test('where no level is told it is info, and what is not written is not looked at', () => {
  const { log, lines } = collect();
  const fields = {
    get costly(): string {
      return expect.unreachable();
    },
  };
  log.debug('x', fields);
  log.info('y');
  expect(lines).toHaveLength(1);
});

test('a message is itself, whatever signs it holds', () => {
  const { log, lines } = collect();
  log.info('100 %s %d %o %j %%', { a: 1 });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: '100 %s %d %o %j %%', a: 1 });
});

test('fields of a log and of those below it are in every line, the nearest last, and as harmless as its own', () => {
  const { log, lines } = collect({ fields: { service: 's', token: 't' } });
  log.child({ a: 1, password: 'p' }).child({ b: 2 }).warn('x', { c: 3 });
  log.warn('y');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { service: 's', token: '[redacted]', a: 1, password: '[redacted]', b: 2, c: 3 },
    { service: 's' },
  ]);
  expect(JSON.parse(lines[1] ?? '')).not.toHaveProperty('a');
});

test('an error under the name of errors is data like any other', () => {
  const { log, lines } = collect();
  log.error('x', { err: new TypeError('no') });
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ name: 'TypeError', message: 'no' });
});

test('a line that scrubbing has broken is written as it is', () => {
  const secrets = createSecrets();
  secrets.register('"level":');
  const { log, lines } = collect({ secrets, format: 'text' });
  log.info('x');
  expect(lines).toEqual(['{[redacted]"info","time":"2026-03-01T12:30:00.250Z","msg":"x"}\n']);
});
