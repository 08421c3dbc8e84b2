/** What the driver throws as plain errors is the backend being away, and not a bug of ours. */
import { expect, test } from 'vitest';
import { cassandraFault } from './fault.ts';

const call = { backend: 'cassandra', name: 'create-table', kind: 'effect' } as const;

test('a pool without a connection is away and nothing was sent; one that ended may have been heard', () => {
  const away = { class: 'Unavailable', code: 'BackendUnavailable', away: true };
  const none = cassandraFault(new Error('No connection available'), call);
  expect(none).toMatchObject({ ...away, unknownOutcome: false });
  expect(cassandraFault(new Error('Connection closed'), call)).toMatchObject({ ...away, unknownOutcome: true });
});

test('any other error is a bug', () => {
  expect(cassandraFault(new TypeError('no such field'), call)).toMatchObject({ class: 'Bug' });
});
