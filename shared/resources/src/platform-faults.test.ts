/** What is wrong with the platform's own settings or servers is away at the edge: it is no tenant's fault and has a code of its own. */
import { expect, test } from 'vitest';
import { cassandraFault } from './cassandra-keyspace/fault.ts';
import { socketFault, statusFault } from './edge/network-fault.ts';
import { IgniteRefusal } from './ignite-cache/connection.ts';
import { igniteFault } from './ignite-cache/fault.ts';

const call = { backend: 'any', name: 'make', kind: 'effect' } as const;
const failing = (code: number | string, message = 'no', name = 'ResponseError') =>
  Object.assign(new Error(message), { code, name });

test.each([401, 407])('status %i is about the platform’s credentials', (status) => {
  const fault = statusFault(call, { status, retryAfter: undefined, message: '' });
  expect(fault).toMatchObject({ class: 'Unavailable', away: true, code: 'AccessDenied' });
});

test.each([301, 302, 307, 308])('status %i is about an address', (status) => {
  const fault = statusFault(call, { status, retryAfter: undefined, message: '' });
  expect(fault).toMatchObject({ class: 'Unavailable', away: true, code: 'RedirectRefused' });
});

test.each([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_NOT_YET_VALID',
])('%s is about a certificate, and nothing was sent', (code) => {
  const fault = socketFault(call, failing(code));
  expect(fault).toMatchObject({ away: true, code: 'CertificateRefused', unknownOutcome: false });
  const none = Object.assign(new Error('no host'), { name: 'NoHostAvailableError', innerErrors: { a: failing(code) } });
  expect(cassandraFault(none, call)).toMatchObject({ away: true, code: 'CertificateRefused' });
});

test.each([
  ['refused credentials', 0x0100, 'bad', 'AccessDenied'],
  ['a permission that the mesh lacks', 0x2100, 'no CREATE', 'AccessDenied'],
  ['another protocol', 0x000a, 'Invalid or unsupported protocol version', 'WrongServer'],
  ['too few nodes', 0x1000, 'Cannot achieve consistency level QUORUM', 'BackendUnavailable'],
  ['replicas that failed', 0x1500, 'failed', 'BackendUnavailable'],
  ['a full disk', 0x0000, 'java.io.IOException: No space left on device', 'StorageFull'],
  ['a data centre that is not there', 0x2300, 'Unrecognized strategy option {dc9} passed to', 'UnknownDataCentre'],
])('Cassandra: %s', (_name, code, message, expected) => {
  expect(cassandraFault(failing(code, message), call)).toMatchObject({ away: true, code: expected });
});

test('Cassandra: a statement that is wrong stays the caller’s', () => {
  expect(cassandraFault(failing(0x2200, 'no such column'), call)).toMatchObject({ class: 'Invalid' });
});

test.each([
  ['refused credentials', 1012, 'denied', 'AccessDenied'],
  [
    'a cluster that only reads',
    1,
    'Failed to perform start cache operation (cluster is in read-only mode)',
    'ReadOnly',
  ],
  ['a cluster that is not active', 1, 'the cluster is inactive', 'BackendUnavailable'],
])('Ignite: %s', (_name, status, message, expected) => {
  expect(igniteFault(new IgniteRefusal(status, message), call)).toMatchObject({ away: true, code: expected });
});
