/** What the driver throws as plain errors is the store being away, and not a bug of ours. */
import { expect, test } from 'vitest';
import { cassandraFault, neverApplied } from './failure.ts';

test('a pool without a connection is away, and a write through it certainly did not happen', () => {
  const error = new Error('No connection available');
  expect(cassandraFault(error)).toMatchObject({ class: 'Unavailable', code: 'StoreUnavailable', away: true });
  expect(neverApplied(error)).toBe(true);
});

test('a connection that ended under a write is away, and the write may have happened', () => {
  const error = new Error('Connection closed');
  expect(cassandraFault(error)).toMatchObject({ class: 'Unavailable', away: true });
  expect(neverApplied(error)).toBe(false);
});

test('any other error is a bug', () => {
  expect(cassandraFault(new TypeError('no such field'))).toMatchObject({ class: 'Bug' });
});
