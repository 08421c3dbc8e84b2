/** A session over a driver that answers from a table: pages, one schema statement at a time, agreement, and a mute cluster. */
import { afterEach, expect, test, vi } from 'vitest';
import { driver, type Result } from '../../test/canned-driver.ts';
import { labelled } from '../../test/labelled.ts';
import { createCassandraSession } from './session.ts';

vi.mock('cassandra-driver', () => import('../../test/canned-driver.ts'));

const never = new AbortController().signal;
const settings = { hosts: ['a', 'b:9043'], localDataCenter: 'eu', ddlTimeoutMs: 8000, around: labelled };
afterEach(driver.rest);

test('rows are read in pages to the last, prepared, each page asked for by the state of the one before', async () => {
  const pages: Result[] = [
    { rows: [{ a: 1 }], pageState: 's1' },
    { rows: [], pageState: 's2' },
    { rows: [{ a: 2 }], pageState: null },
  ];
  driver.answer = async () => pages.shift() ?? {};
  const session = createCassandraSession(settings);
  expect(await session.rows('read', 'SELECT x', ['p'], never)).toEqual([{ a: 1 }, { a: 2 }]);
  const options = { prepare: true, isIdempotent: true, fetchSize: 1000 };
  expect(driver.executed).toEqual([
    { cql: 'SELECT x', params: ['p'], options },
    { cql: 'SELECT x', params: ['p'], options: { ...options, pageState: 's1' } },
    { cql: 'SELECT x', params: ['p'], options: { ...options, pageState: 's2' } },
  ]);
});

test('a listing over its bound is none, and one that ends there is whole', async () => {
  const rows = Array.from({ length: 100_000 }, () => ({}));
  let pages = 0;
  driver.answer = async () => ({ rows, pageState: ++pages % 3 === 2 ? (pages === 2 ? null : 'on') : 'on' });
  const session = createCassandraSession(settings);
  expect(await session.rows('read', 'SELECT x', [], never)).toHaveLength(200_000);
  driver.answer = async () => ({ rows, pageState: 'on' });
  driver.executed.length = 0;
  await expect(session.rows('read', 'SELECT x', [], never)).rejects.toMatchObject({
    class: 'Invalid',
    code: 'TooManyElements',
    backend: 'cassandra',
  });
  expect(driver.executed, 'nothing is asked for beyond it').toHaveLength(2);
});

test('a DESCRIBE is sent as it is, since it cannot be prepared', async () => {
  driver.answer = async () => ({ rows: [{ name: 't' }] });
  expect(await createCassandraSession(settings).describe('describe', 'DESCRIBE x', never)).toEqual([{ name: 't' }]);
  expect(driver.executed[0]).toEqual({
    cql: 'DESCRIBE x',
    params: [],
    options: { prepare: false, isIdempotent: true },
  });
});

test('schema statements go one at a time, one that failed holds none up, and none is repeated', async () => {
  let running = 0;
  let most = 0;
  driver.answer = async ({ cql }) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (cql === 'two') throw Object.assign(new Error('x'), { name: 'OperationTimedOutError' });
    return { info: { isSchemaInAgreement: true } };
  };
  const session = createCassandraSession(settings);
  const each = ['one', 'two', 'three'].map((cql) =>
    session.ddl('ddl', cql, never).then(
      () => 'made',
      ({ code }) => code,
    ),
  );
  expect(await Promise.all(each)).toEqual(['made', 'BackendUnavailable', 'made']);
  expect(most).toBe(1);
  expect(driver.executed.map(({ cql, params, options }) => [cql, params, options])).toEqual(
    ['one', 'two', 'three'].map((cql) => [cql, [], { prepare: false, isIdempotent: false }]),
  );
});

test('nodes that do not agree leave the outcome unknown; a server that does not say agrees', async () => {
  const session = createCassandraSession(settings);
  await session.ddl('ddl', 'x', never);
  driver.answer = async () => ({ info: { isSchemaInAgreement: false } });
  await expect(session.ddl('ddl', 'x', never)).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'SchemaDisagreement',
    backend: 'cassandra',
    unknownOutcome: true,
  });
});

test('1 the cluster is connected to at the first use, once, with what the settings say', async () => {
  const tls = { ca: 'the ca' };
  const session = createCassandraSession({ ...settings, username: 'u', tls });
  expect(driver.made).toEqual([]);
  await Promise.all([session.rows('read', 'a', [], never), session.ddl('make', 'b', never)]);
  expect(driver.made).toMatchObject([
    {
      contactPoints: ['a', 'b:9043'],
      localDataCenter: 'eu',
      isMetadataSyncEnabled: false,
      protocolOptions: { maxSchemaAgreementWaitSeconds: 4 },
      socketOptions: { connectTimeout: 5000, readTimeout: 8000 },
      policies: { reconnection: { delayMs: 1000 } },
      credentials: { username: 'u', password: '' },
      sslOptions: { rejectUnauthorized: true, ca: 'the ca' },
    },
  ]);
  await session.close();
  expect(driver.ended).toBe(1);
  const bare = createCassandraSession({ ...settings, ddlTimeoutMs: 1000 });
  await bare.rows('read', 'a', [], never);
  expect(driver.made[1]).not.toHaveProperty('credentials');
  expect(driver.made[1]).not.toHaveProperty('sslOptions');
  expect(driver.made[1]).toMatchObject({ protocolOptions: { maxSchemaAgreementWaitSeconds: 1 } });
});

test('1 a cluster that cannot be connected to is tried afresh, and its client given up', async () => {
  const session = createCassandraSession(settings);
  driver.connect = async () => {
    throw Object.assign(new Error('x'), { name: 'NoHostAvailableError' });
  };
  await expect(session.ddl('make', 'x', never)).rejects.toMatchObject({ away: true, unknownOutcome: false });
  expect([driver.ended, driver.executed]).toEqual([1, []]);
  driver.connect = async () => undefined;
  await session.ddl('make', 'x', never);
  expect(driver.made).toHaveLength(2);
});

test('1 a cluster that stays mute is given up within the time of a call, and the next call connects anew', async () => {
  const session = createCassandraSession({ ...settings, timeoutMs: 5 });
  driver.answer = () => new Promise(() => undefined);
  await expect(session.rows('read', 'x', [], never)).rejects.toMatchObject({ away: true, code: 'BackendUnavailable' });
  driver.answer = async () => ({ rows: [] });
  await session.rows('read', 'x', [], never);
  expect(driver.made).toHaveLength(2);
});
