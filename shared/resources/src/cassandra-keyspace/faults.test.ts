/** What the driver throws, by its classes and the codes of the protocol: one of the four classes each. */
import { expect, test } from 'vitest';
import { cassandraFault, isMissing, isSyntax } from './fault.ts';

const effect = { backend: 'cassandra', name: 'create-table', kind: 'effect' } as const;
const named = (name: string, more: object = {}, message = 'said') =>
  Object.assign(new Error(message), { name, ...more });
const coded = (code: number, message = 'said') => named('ResponseError', { code }, message);
const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };
const DENIED = { class: 'Unavailable', away: true, code: 'AccessDenied' };
const REFUSED = { class: 'Invalid', code: 'RefusedByBackend' };
const FAILED = { class: 'Unavailable', away: false, code: 'BackendFailed', unknownOutcome: true };

test.each([
  [coded(0x2400), { class: 'Conflict', code: 'AlreadyExists' }],
  [coded(0x1001), { ...AWAY, unknownOutcome: false }],
  [coded(0x1002), { ...AWAY, unknownOutcome: false }],
  [coded(0x1000), { ...AWAY, unknownOutcome: false }],
  [coded(0x1100), { ...AWAY, unknownOutcome: true }],
  [coded(0x1200), { ...AWAY, unknownOutcome: true }],
  [coded(0x1300), { ...AWAY, unknownOutcome: true }],
  [coded(0x1500), { ...AWAY, unknownOutcome: true }],
  [coded(0x000a), { class: 'Unavailable', away: true, code: 'WrongServer' }],
  [coded(0x0100), DENIED],
  [coded(0x2100), DENIED],
  [coded(0x2200), REFUSED],
  [coded(0x2300), REFUSED],
  [coded(0x2500), REFUSED],
  [coded(0x2200, 'Guardrail tables violated'), { class: 'Invalid', code: 'CeilingReached' }],
  [
    coded(0x2300, 'Unrecognized strategy option {dc9}'),
    { class: 'Unavailable', away: true, code: 'UnknownDataCentre' },
  ],
  [coded(0x2200, 'Unrecognized datacenter name dc9'), { class: 'Unavailable', away: true, code: 'UnknownDataCentre' }],
  [coded(0x2000, 'line 1: Unrecognized datacenter name'), FAILED],
  [coded(0x2000), FAILED],
  [coded(0x0000), FAILED],
  [
    coded(0x0000, 'java.io.IOException: No space left on device'),
    { class: 'Unavailable', away: true, code: 'StorageFull', unknownOutcome: true },
  ],
  [coded(0x0000, 'Read-only file system'), { away: true, code: 'StorageFull' }],
  [coded(0x0000, 'disk failure policy'), { away: true, code: 'StorageFull' }],
  [coded(0x1003, 'disk'), FAILED],
  [named('OperationTimedOutError'), { ...AWAY, unknownOutcome: true }],
  [named('AuthenticationError'), DENIED],
  [named('DriverInternalError'), { ...AWAY, unknownOutcome: true }],
  [named('DriverError'), { ...AWAY, unknownOutcome: true }],
  [named('BusyConnectionError'), { ...AWAY, unknownOutcome: true }],
  [named('Error', {}, 'No connection available'), { ...AWAY, unknownOutcome: false }],
  [named('Error', {}, 'Connection closed'), { ...AWAY, unknownOutcome: true }],
  [named('Error', {}, 'The operation was already cancelled or timeout elapsed'), { ...AWAY, unknownOutcome: true }],
  [named('ArgumentError'), { class: 'Unavailable', away: true, code: 'WrongServer' }],
  [named('NotSupportedError'), { class: 'Unavailable', away: true, code: 'WrongServer' }],
  [named('Error', { code: 'ECONNRESET' }), { ...AWAY, unknownOutcome: true }],
  [named('TypeError'), { class: 'Bug' }],
  [named('NoHostAvailableError'), { ...AWAY, unknownOutcome: false }],
])('%o', (error, expected) => {
  expect(cassandraFault(error, effect)).toMatchObject({ ...expected, cause: error });
});

test('what is thrown and is no error is our bug', () => {
  expect(cassandraFault('x', effect)).toMatchObject({ class: 'Bug' });
});

test('of hosts that all failed, a refusal of credentials or a certificate says more than that none could be reached', () => {
  const noHost = (...inner: readonly unknown[]) =>
    named('NoHostAvailableError', { innerErrors: Object.fromEntries(inner.map((one, at) => [`10.0.0.${at}`, one])) });
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  const denied = named('AuthenticationError');
  const tls = Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' });
  expect(cassandraFault(noHost(refused, denied), effect)).toMatchObject(DENIED);
  expect(cassandraFault(noHost(refused, tls), effect)).toMatchObject({ code: 'CertificateRefused', away: true });
  const away = cassandraFault(noHost(new Error('x'), refused), effect);
  expect(away).toMatchObject({ ...AWAY, unknownOutcome: false });
  expect(away.message).toBe('cassandra cannot be reached: ECONNREFUSED (create-table)');
  expect(cassandraFault(noHost('AuthenticationError'), effect).message).toBe(
    'cassandra cannot be reached (create-table)',
  );
});

test('what is told of a refusal is short', () => {
  expect(cassandraFault(coded(0x2200, 'x'.repeat(400)), effect).message).toHaveLength(
    'cassandra answered to create-table: '.length + 300,
  );
});

test.each([
  "Keyspace 'x' doesn't exist",
  'Table does not exist',
  'Cannot drop non existing keyspace',
  'Unknown keyspace x',
  "'x' not found in keyspaces",
])('%s says that it is missing', (message) => {
  expect(isMissing(cassandraFault(coded(0x2300, message), effect))).toBe(true);
});

test('a statement that is not known, and what is only away, say nothing of absence', () => {
  const syntax = cassandraFault(coded(0x2000, 'no viable alternative'), effect);
  expect([isSyntax(syntax), isMissing(syntax)]).toEqual([true, false]);
  const other = cassandraFault(coded(0x2200, 'no'), effect);
  expect([isSyntax(other), isMissing(other)]).toEqual([false, false]);
});
