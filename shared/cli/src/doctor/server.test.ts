import { expect, test } from 'vitest';
import type { Answer } from '../client.ts';
import { Failure } from '../failure.ts';
import { checkAccess, checkReady, checkSkew, checkVersion } from './server.ts';

const answer = (status: number, json: unknown): Answer => ({ status, headers: new Headers(), body: '', json });
const NOW_MS = Date.parse('2026-01-31T12:00:00.500Z');

test.each([
  ['Sat, 31 Jan 2026 12:00:00 GMT', 'ok', 'agrees'],
  ['Sat, 31 Jan 2026 12:00:05 GMT', 'ok', 'agrees'],
  ['Sat, 31 Jan 2026 12:01:00 GMT', 'warn', '60 s ahead of'],
  ['Sat, 31 Jan 2026 11:59:00 GMT', 'warn', '60 s behind'],
  [null, 'warn', 'no Date'],
])('a server whose Date is %s: %s', (date, level, words) => {
  const finding = checkSkew(date, NOW_MS);
  expect(finding.level).toBe(level);
  expect(finding.message).toContain(words);
});

test('the release of the server is compared with this one', () => {
  const document = answer(200, { info: { version: '0.1.0' } });
  expect(checkVersion(document, '0.1.0').level).toBe('ok');
  expect(checkVersion(document, '0.2.0')).toMatchObject({ level: 'warn', message: 'server 0.1.0, command 0.2.0' });
  expect(checkVersion(answer(404, undefined), '0.1.0').level).toBe('warn');
});

test('a token that is refused fails with what the server said of it', () => {
  const detail = 'The token is refused: it has expired.';
  expect(checkAccess(answer(401, { detail }))).toMatchObject({ level: 'fail', message: detail });
  expect(checkAccess(new Failure('unreachable', 'away')).level).toBe('fail');
  expect(checkAccess(answer(503, { detail: 'The disk is full.' })).level, 'no word about the token').toBe('warn');
  expect(checkAccess(answer(200, { items: [] })).level).toBe('ok');
});

test('each backend has its line: degraded warns, down fails, skipped is as it should be', () => {
  const backends = {
    pulsar: { state: 'up', latency_ms: 3 },
    cassandra: { state: 'degraded', latency_ms: null, message: 'does not answer' },
    minio: { state: 'down', latency_ms: null },
    ignite: { state: 'skipped', latency_ms: null, message: 'not configured' },
    later: { state: 'hibernating' },
  };
  const findings = checkReady(answer(503, { detail: 'Not ready: starting.', backends }));
  expect(findings.map(({ level, name, message }) => `${level} ${name}: ${message}`)).toEqual([
    'fail ready: Not ready: starting.',
    'ok pulsar: up, 3 ms',
    'warn cassandra: degraded, does not answer',
    'fail minio: down',
    'ok ignite: skipped, not configured',
    'warn later: hibernating',
  ]);
});
