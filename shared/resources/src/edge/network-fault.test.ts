/** What a status, a socket or a stranger at the address means: one table for all backends. */
import { expect, test } from 'vitest';
import {
  type FailedAnswer,
  isTlsCode,
  notTheBackend,
  serverAway,
  socketFault,
  statusFault,
  systemCode,
  withoutAddresses,
} from './network-fault.ts';

const effect = { backend: 'minio', name: 'make-it', kind: 'effect' } as const;
const read = { ...effect, kind: 'read' } as const;
const answer = (status: number, message = 'said', retryAfter?: string): FailedAnswer => ({
  status,
  message,
  retryAfter,
});
const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };

test.each([
  [408, { ...AWAY, unknownOutcome: true }],
  [429, { ...AWAY, unknownOutcome: false }],
  [502, { ...AWAY, unknownOutcome: true }],
  [503, { ...AWAY, unknownOutcome: false }],
  [504, { ...AWAY, unknownOutcome: true }],
  [500, { class: 'Unavailable', away: false, code: 'BackendFailed', unknownOutcome: true }],
  [501, { class: 'Unavailable', away: false, code: 'BackendFailed', unknownOutcome: true }],
  [599, { class: 'Unavailable', away: false, code: 'BackendFailed', unknownOutcome: true }],
  [401, { class: 'Unavailable', away: true, code: 'AccessDenied' }],
  [403, { class: 'Unavailable', away: false, code: 'AccessDenied' }],
  [407, { class: 'Unavailable', away: true, code: 'AccessDenied' }],
  [300, { class: 'Unavailable', away: true, code: 'RedirectRefused' }],
  [307, { class: 'Unavailable', away: true, code: 'RedirectRefused' }],
  [399, { class: 'Unavailable', away: true, code: 'RedirectRefused' }],
  [400, { class: 'Invalid', code: 'RefusedByBackend' }],
  [404, { class: 'Invalid', code: 'RefusedByBackend' }],
  [422, { class: 'Invalid', code: 'RefusedByBackend' }],
  [299, { class: 'Invalid', code: 'RefusedByBackend' }],
])('1 2 3 4 the status %i of an effect', (status, expected) => {
  const cause = new Error('the cause');
  expect(statusFault(effect, answer(status), cause)).toMatchObject({ backend: 'minio', cause, ...expected });
});

test('1 what was only read has no outcome that could be unknown', () => {
  for (const status of [408, 500, 502, 504])
    expect(statusFault(read, answer(status))).toMatchObject({ unknownOutcome: false });
  expect(serverAway(read, answer(500), true)).toMatchObject({ ...AWAY, unknownOutcome: false });
  expect(notTheBackend(read, answer(200))).toMatchObject({ ...AWAY, unknownOutcome: false });
});

test('what the backend said is told, at most 300 characters of it, and nothing where it said nothing', () => {
  expect(statusFault(effect, answer(400, '')).message).toBe('minio answered 400 to make-it');
  expect(statusFault(effect, answer(400, 'no')).message).toBe('minio answered 400 to make-it: no');
  expect(statusFault(effect, answer(400, 'x'.repeat(400))).message).toBe(
    `minio answered 400 to make-it: ${'x'.repeat(300)}`,
  );
});

test('a server that fails is away, its effect perhaps done, with the time it asked for', () => {
  expect(serverAway(effect, answer(500, 'x', '4'), true)).toMatchObject({
    ...AWAY,
    unknownOutcome: true,
    retryAfterMs: 4000,
  });
  expect(serverAway(effect, answer(503), false)).toMatchObject({ ...AWAY, unknownOutcome: false });
  expect(statusFault(effect, answer(503, 'x', '5'))).toMatchObject({ retryAfterMs: 5000 });
});

test.each([
  [200, true],
  [299, true],
  [300, false],
  [404, false],
  [499, false],
  [500, true],
  [502, true],
])('4 a stranger that answers %i may have let an effect through: %j', (status, unknownOutcome) => {
  const fault = notTheBackend(effect, { status, retryAfter: '6' }, 'why');
  expect(fault).toMatchObject({ ...AWAY, unknownOutcome, retryAfterMs: 6000, cause: 'why' });
  expect(fault.message).toContain('something else stands at its address');
});

test.each([
  ['see http://10.0.0.1:80/a?b=c "x"', 'see (address) "x"'],
  ['see https://host/a', 'see (address)'],
  ['dial tcp: lookup db.corp.example on 10.96.0.10:53: no such host', 'dial tcp: lookup of (address): no such host'],
  ['lookup db.corp.example', 'lookup of (address)'],
  ['x509: certificate is valid for a.corp, b.corp, not c.corp now', 'x509: certificate is valid for other names now'],
  ['dial [fd00::1]:8443 failed, or [FE80::2]', 'dial (address) failed, or (address)'],
  ['at 192.168.10.200:9000, 10.0.0.1', 'at (address), (address)'],
  ['at 10.1.2.200 now', 'at (address) now'],
  ['connect to node-1.local:9042 or db:65535', 'connect to (address) or (address)'],
  ['version 1.2.3 of 10:30 o’clock', 'version 1.2.3 of (address) o’clock'],
  ['index [acme_logs] of a:1', 'index [acme_logs] of a:1'],
])('5 %s', (said, left) => {
  expect(withoutAddresses(said)).toBe(left);
});

const coded = (code: unknown, more: object = {}) => Object.assign(new Error('e'), { code, ...more });

test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])(
  '%s was never sent',
  (code) => {
    expect(socketFault(effect, coded(code))).toMatchObject({ ...AWAY, unknownOutcome: false });
  },
);

test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET'])('%s may have been done', (code) => {
  const fault = socketFault(effect, coded(code));
  expect(fault).toMatchObject({ ...AWAY, unknownOutcome: true });
  expect(fault.message).toContain(code);
});

test.each([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
])('3 %s is a certificate that is not taken, and nothing was sent', (code) => {
  expect(isTlsCode(code)).toBe(true);
  expect(socketFault(effect, coded(code))).toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'CertificateRefused',
    unknownOutcome: false,
  });
});

test.each([
  'ECONNRESET',
  'X_ERR_TLS_Y',
  'X_ERR_SSL_Y',
  'X_HOSTNAME_MISMATCH',
  'INVALID_CALL',
  'NOT_UNABLE_TO_X',
  'HOSTNAME_MISMATCHED',
  'AN_INVALID_CA',
  undefined,
])('%s is none', (code) => {
  expect(isTlsCode(code)).toBe(false);
});

test('the code of a system error is found wherever it lies, and what has none is our bug', () => {
  expect(systemCode(coded('EPIPE'))).toBe('EPIPE');
  expect(systemCode(new Error('x', { cause: coded('EPIPE') }))).toBe('EPIPE');
  expect(systemCode(new AggregateError([new Error('x'), coded('ECONNREFUSED')]))).toBe('ECONNREFUSED');
  expect(systemCode(coded(7, { cause: coded('EPIPE') }))).toBe('EPIPE');
  for (const none of [undefined, 'EPIPE', { code: 'EPIPE' }, new Error('x'), coded(7), new AggregateError([])]) {
    expect(systemCode(none)).toBeUndefined();
    const fault = socketFault(effect, none);
    expect([fault.class, fault.cause]).toEqual(['Bug', none]);
  }
});
