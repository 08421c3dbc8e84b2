import { EventEmitter } from 'node:events';
import { bug, conflict } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createLog, type LogOptions } from './log.ts';
import { createSecrets, isSecretName } from './secrets.ts';

const clock = { now: () => Date.parse('2026-03-01T12:30:00.250Z'), sleep: async () => undefined };

function collect(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ clock, level: 'debug', sink: { write: (line) => lines.push(line) }, ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

test('a line is JSON with time, level, message and the fields of its log and its own', () => {
  const { log, last, lines } = collect({ fields: { service: 'scaler' } });
  log.child({ request_id: 'r-1' }).info('100 % done', { count: 2 });
  expect(last()).toEqual({
    level: 'info',
    time: '2026-03-01T12:30:00.250Z',
    service: 'scaler',
    request_id: 'r-1',
    count: 2,
    msg: '100 % done',
  });
  expect(lines[0]?.endsWith('\n')).toBe(true);
});

test('levels below the configured one are not written', () => {
  const { log, lines } = collect({ level: 'warn' });
  log.info('quiet');
  log.warn('loud');
  expect(lines.length).toBe(1);
});

test('a registered secret appears in no form, whether in message, field, error or child', () => {
  const secrets = createSecrets();
  const secret = 'pa"ss\\w/ord';
  expect(secrets.register(secret)).toBe(true);
  const { log, lines } = collect({ secrets });
  log.child({ url: `https://u:${encodeURIComponent(secret)}@h` }).error(`it was ${secret}`, {
    note: Buffer.from(secret).toString('base64'),
    error: new Error('outer', { cause: new Error(`driver said ${secret}`) }),
  });
  for (const form of [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]) {
    expect(lines.join('')).not.toContain(form);
  }
  expect(lines.join('')).toContain('[redacted]');
});

test('a field whose name says secret shows nothing; one that only speaks of secrets does', () => {
  const { log, last } = collect();
  log.info('x', { password: 'p', nested: { AUTH_JWT_SECRET: 's', token_expires_at: 5 }, has_token: true });
  expect(last()).toMatchObject({
    password: '[redacted]',
    nested: { AUTH_JWT_SECRET: '[redacted]', token_expires_at: 5 },
    has_token: true,
  });
  expect(['accessKey', 'api_key', 'refresh_token', 'Authorization'].every(isSecretName)).toBe(true);
  expect(['idempotency_key', 'tokens_left', 'secretary'].some(isSecretName)).toBe(false);
});

test('ordinary words and short texts cannot be registered', () => {
  const secrets = createSecrets();
  expect([secrets.register('cassandra'), secrets.register('abc')]).toEqual([false, false]);
  expect(secrets.scrub('backend cassandra is up')).toBe('backend cassandra is up');
});

test('a fault is told with class, code and causes and without a stack; a bug has the stack of what was thrown', () => {
  const { log, last } = collect();
  log.warn('x', { error: conflict('taken', { code: 'NameTaken', cause: new TypeError('driver') }) });
  expect(last().error).toEqual({
    name: 'Fault',
    class: 'Conflict',
    code: 'NameTaken',
    message: 'taken',
    causes: ['TypeError: driver'],
  });
  const dump = new Error('no host: connect ECONNREFUSED\n    at TCP (node:net:1:1) {\n  errno: -111\n}');
  log.warn('x', { error: conflict('taken', { code: 'NameTaken', cause: dump }) });
  expect(last().error.causes).toEqual(['Error: no host: connect ECONNREFUSED']);
  log.error('x', { error: bug('unexpected', new RangeError('inner')) });
  expect(last().error.stack).toMatch(/^RangeError: inner\n/);
});

test('fields are bounded in depth, number and length, and cycles end', () => {
  const { log, last } = collect();
  const cycle: Record<string, unknown> = { name: 'loop' };
  cycle.self = cycle;
  log.info('x', {
    cycle,
    text: 'y'.repeat(10_000),
    many: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, i])),
    big: 12n,
    level: 'mine',
  });
  expect(last().text.length).toBeLessThan(8_300);
  expect(Object.keys(last().many).length).toBe(101);
  expect([last().big, last().level, last().level_]).toEqual(['12', 'info', 'mine']);
});

test('at a terminal a record is one line, without control characters of others', () => {
  const { log, lines } = collect({ format: 'text' });
  log.info('moved\u001b[2J on\nnow', { route: '/health', words: 'two words' });
  expect(lines[0]).toBe('12:30:00.250 info  moved?[2J on now route=/health words="two words"\n');
});

test('where nobody reads any more lines are dropped: an error of the log makes no next one', () => {
  const lines: string[] = [];
  const sink = Object.assign(new EventEmitter(), { write: (line: string) => lines.push(line) });
  const { log } = collect({ sink });
  log.info('heard');
  sink.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  log.child({ a: 1 }).error('not heard');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['heard']);
});

test('a disk that was full for a while costs the lines of that while, and no more', () => {
  const lines: string[] = [];
  const sink = Object.assign(new EventEmitter(), { write: (line: string) => lines.push(line) });
  const { log } = collect({ sink });
  sink.emit('error', Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' }));
  log.info('heard again');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['heard again']);
});
