/**
 * Opening the store on Cassandra: away, silent, by several replicas at once, beside a newer release and after it.
 */
import { createServer } from 'node:net';
import { startCqlProxy } from '@leasehold/testing/fakes/cql-proxy';
import { stackCassandra } from '@leasehold/testing/fakes/stack-cassandra';
import { expect, test } from 'vitest';
import { connectCassandra } from './session.ts';
import { createCassandraStore } from './store.ts';

const AWAY = { class: 'Unavailable', code: 'StoreUnavailable', away: true };

test('opening while Cassandra is away or silent rejects as Unavailable, naming no host', async () => {
  const place = await stackCassandra('away');
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  for (const contactPoint of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
    const opening = createCassandraStore({ ...place.options, contactPoints: [contactPoint], connectTimeoutMs: 700 });
    await expect(opening).rejects.toMatchObject(AWAY);
    await expect(opening).rejects.not.toThrow('127.0.0.1');
  }
  silent.close();
});

test('a wrong password is said to be one, without telling it', async () => {
  const place = await stackCassandra('password');
  const credentials = { username: 'cassandra', password: 'not-the-password' };
  const opening = createCassandraStore({ ...place.options, credentials });
  await expect(opening).rejects.toThrow('refused the user name or password');
  await expect(opening).rejects.not.toThrow('not-the-password');
});

test('a keyspace that is no plain name never reaches a statement', async () => {
  const place = await stackCassandra('name');
  for (const keyspace of ['', 'x"; DROP KEYSPACE y', 'Upper', '1abc', 'a'.repeat(49)]) {
    await expect(createCassandraStore({ ...place.options, keyspace })).rejects.toMatchObject({ class: 'Invalid' });
  }
});

test('replicas that start at once make one schema; one with additions of a newer release is opened, one that takes more than additions is refused; a lost connection comes back', async () => {
  const place = await stackCassandra('start');
  const proxy = await startCqlProxy(place.options.contactPoints[0] as string);
  const throughProxy = { ...place.options, contactPoints: [proxy.contactPoint] };
  const stores = await Promise.all([1, 2, 3].map(() => createCassandraStore(throughProxy)));
  const [store] = stores;
  try {
    await Promise.all(stores.map((one) => one.leases.acquire('x', 'y', 1_000)));
    proxy.cut();
    await expect(store?.ping()).rejects.toMatchObject(AWAY);
    proxy.restore();
    await expect
      .poll(
        () =>
          store?.ping().then(
            () => 'up',
            () => 'away',
          ),
        { timeout: 20_000 },
      )
      .toBe('up');
    const session = await connectCassandra(place.options);
    const say = (name: string, version: number) =>
      session.write({
        cql: `INSERT INTO "${place.options.keyspace}".meta (name, version) VALUES (?, ?)`,
        params: [name, version],
      });
    await say('schema', 99);
    const beside = await createCassandraStore(place.options);
    await beside.ping();
    await beside.close();
    await say('schema-oldest', 98);
    await session.close();
    await expect(createCassandraStore(place.options)).rejects.toMatchObject({
      class: 'Conflict',
      code: 'SchemaTooNew',
    });
  } finally {
    await Promise.all(stores.map((one) => one.close()));
    await proxy.close();
    await place.drop();
  }
});
