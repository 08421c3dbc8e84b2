/** What a node's refusals and a lost connection mean. */
import { expect, test } from 'vitest';
import { IgniteRefusal } from './connection.ts';
import { igniteFault } from './fault.ts';

const effect = { backend: 'ignite', name: 'create-cache', kind: 'effect' } as const;
const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };

class IllegalStateError extends Error {}
class LostConnectionError extends Error {}
class OperationError extends Error {}
class IgniteClientError extends Error {}

test.each([
  [new IgniteRefusal(1000, 'x'), { class: 'Conflict', code: 'GoneMeanwhile' }],
  [new IgniteRefusal(1001, 'x'), { class: 'Conflict', code: 'AlreadyExists' }],
  [new IgniteRefusal(1012, 'x'), { class: 'Unavailable', away: true, code: 'AccessDenied' }],
  [new IgniteRefusal(10, 'x'), { ...AWAY, unknownOutcome: false }],
  [
    new IgniteRefusal(1, 'Can not perform the operation because the cluster is inactive.'),
    { ...AWAY, unknownOutcome: false },
  ],
  [
    new IgniteRefusal(1, 'Failed: cluster is in read-only mode'),
    { class: 'Unavailable', away: true, code: 'ReadOnly' },
  ],
  [
    new IgniteRefusal(1, 'Atomicity mode mismatch for caches related to the same group'),
    { class: 'Conflict', code: 'GroupTaken' },
  ],
  [
    new IgniteRefusal(1, 'Backups mismatch'),
    { class: 'Unavailable', away: false, code: 'BackendFailed', unknownOutcome: true },
  ],
  [new IllegalStateError('x'), { ...AWAY, unknownOutcome: false }],
  [
    new LostConnectionError('Connection failed: connect ECONNREFUSED 10.0.0.1:10800'),
    { ...AWAY, unknownOutcome: false },
  ],
  [new LostConnectionError('x'), { ...AWAY, unknownOutcome: true }],
  [Object.assign(new Error('x'), { code: 'ECONNRESET' }), { ...AWAY, unknownOutcome: true }],
  [new OperationError('x'), { class: 'Unavailable', away: true, code: 'WrongServer', unknownOutcome: true }],
  [new IgniteClientError('x'), { class: 'Unavailable', away: true, code: 'WrongServer' }],
  [new TypeError('x'), { class: 'Bug' }],
  ['x', { class: 'Bug' }],
])('%o', (error, expected) => {
  expect(igniteFault(error, effect)).toMatchObject(expected);
});

test('what is told is short, names why a node could not be reached, and no address', () => {
  expect(igniteFault(new IgniteRefusal(1001, 'x'.repeat(400)), effect).message).toHaveLength(
    'ignite answered to create-cache: '.length + 300,
  );
  const away = igniteFault(new LostConnectionError('Connection failed: connect ECONNREFUSED 10.0.0.1:10800'), effect);
  expect(away.message).toBe('ignite cannot be reached: ECONNREFUSED (create-cache)');
  expect(igniteFault(new LostConnectionError('Connection failed'), effect).message).toBe(
    'ignite cannot be reached (create-cache)',
  );
  expect(igniteFault(new LostConnectionError('gone'), effect).message).toBe(
    'ignite lost the connection (create-cache)',
  );
  expect(igniteFault(new OperationError('x'), { ...effect, kind: 'read' })).toMatchObject({ unknownOutcome: false });
});
