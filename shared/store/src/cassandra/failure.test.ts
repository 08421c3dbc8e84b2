/** What the driver throws, as faults, and whether what was asked may have happened. Codes are those of the native protocol. */
import { invalid, unavailable } from '@leasehold/kernel';
import { describe, expect, test } from 'vitest';
import { cassandraFault, neverApplied, storeAway } from './failure.ts';

const named = (name: string, extra: object = {}) =>
  Object.assign(new Error(`${name} of the driver`), { name, ...extra });
const response = (code: number, message = 'said the server') =>
  Object.assign(new Error(message), { name: 'ResponseError', code });
const plain = (message: string) => new Error(message);
const noHost = (...inner: readonly (Error | null)[]) =>
  named('NoHostAvailableError', {
    innerErrors: Object.fromEntries(inner.map((error, at) => [`10.0.0.${at}:9042`, error])),
  });
const timedOut = () => named('OperationTimedOutError');

const AWAY = {
  class: 'Unavailable',
  code: 'StoreUnavailable',
  away: true,
  backend: 'cassandra',
  unknownOutcome: false,
};
const ANSWERED = {
  class: 'Unavailable',
  code: 'StoreUnavailable',
  away: false,
  backend: 'cassandra',
  unknownOutcome: false,
};

describe.each<readonly [string, unknown, object, boolean]>([
  ['a pool without a connection', plain('No connection available'), AWAY, true],
  ['a connection that ended under a call', plain('Connection closed'), AWAY, false],
  ['a call that was cancelled', plain('The operation was already cancelled or timeout elapsed'), AWAY, false],
  ['a call that nobody answered', timedOut(), AWAY, false],
  ['a connection that is busy', named('BusyConnectionError'), AWAY, true],
  ['a fault inside the driver', named('DriverInternalError'), AWAY, false],
  ['an error of the driver', named('DriverError'), AWAY, false],
  ['a socket that broke', named('Error', { isSocketError: true }), AWAY, false],
  ['an error of the system', named('Error', { code: 'ECONNREFUSED' }), AWAY, false],
  ['no host at all', noHost(), AWAY, true],
  ['no host that could be reached', noHost(plain('connect ECONNREFUSED'), null), AWAY, true],
  ['hosts of which one did not answer', noHost(plain('connect ECONNREFUSED'), timedOut()), AWAY, false],
  ['hosts of which one answered', noHost(response(0x1001), plain('closed')), AWAY, false],
  ['hosts about which nothing is said', named('NoHostAvailableError', { innerErrors: null }), AWAY, true],
  ['a password that a host refused', noHost(named('AuthenticationError')), AWAY, true],
  ['a password that the server refused', response(0x0100), AWAY, true],
  ['a server that is overloaded', response(0x1001), ANSWERED, false],
  ['too few replicas', response(0x1000), ANSWERED, false],
  ['a write whose time was over', response(0x1100), ANSWERED, false],
  ['a role that may not', response(0x2100), ANSWERED, true],
  ['a statement that the server cannot read', response(0x2000), { class: 'Bug' }, true],
  ['a statement that the server refuses', response(0x2200), { class: 'Bug' }, true],
  [
    'a value that is too large',
    response(0x2200, 'Mutation of 17 MiB is too large for the maximum size'),
    { class: 'Invalid', code: 'ValueTooBig' },
    true,
  ],
  ['a key that is too big', response(0x2200, 'Key is too big'), { class: 'Invalid', code: 'ValueTooBig' }, true],
  [
    'a value that exceeds a bound',
    response(0x2200, 'Value EXCEEDS the limit'),
    { class: 'Invalid', code: 'ValueTooBig' },
    true,
  ],
  ['a configuration that the server refuses', response(0x2300), ANSWERED, true],
  ['something that is there already', response(0x2400), ANSWERED, true],
  ['an error of ours', new TypeError('no such field'), { class: 'Bug' }, false],
  ['an error that only looks like the server’s', named('Other', { code: 0x2000 }), { class: 'Bug' }, false],
  ['an unknown error of a plain name', plain('something else'), { class: 'Bug' }, false],
  [
    'a fault that says itself that it did not happen',
    invalid('no', { code: 'No' }),
    { class: 'Invalid', code: 'No' },
    true,
  ],
  [
    'a fault of unknown outcome',
    unavailable('?', { code: 'X', unknownOutcome: true }),
    { code: 'X', unknownOutcome: true },
    false,
  ],
])('%s', (_, error, fault, never) => {
  test('is told as what it is, with the driver’s error as its cause', () => {
    const told = cassandraFault(error);
    expect(told).toMatchObject(fault);
    if (told !== error) expect(told.cause).toBe(error);
  });

  test(`${never ? 'certainly did not happen' : 'may have happened'}`, () => {
    expect(neverApplied(error)).toBe(never);
  });
});

test('no host is named to users', () => {
  expect(cassandraFault(noHost(plain('connect ECONNREFUSED 10.0.0.1:9042'))).message).not.toContain('10.0.0');
});

test('nothing at all that was thrown is a bug', () => {
  expect(cassandraFault(undefined)).toMatchObject({ class: 'Bug' });
});

test('a store that is away is of known outcome unless it is said otherwise', () => {
  expect(storeAway('away', undefined)).toMatchObject(AWAY);
  expect(storeAway('away', undefined, { unknownOutcome: true })).toMatchObject({ ...AWAY, unknownOutcome: true });
});
