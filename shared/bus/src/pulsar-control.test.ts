import { seededRng, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Door, openDoor, until } from '../test/scripted-broker.ts';
import { busBounds } from './bounds.ts';
import { createPulsarControl, type PulsarConnection } from './pulsar-control.ts';

let door: Door;
beforeEach(async () => {
  door = await openDoor();
  door.answer(() => ({ body: '[]' }));
});
afterEach(() => door.close());

const controlOf = (change: Partial<PulsarConnection> = {}) => {
  const clock = manualClock();
  const control = createPulsarControl(
    { adminUrl: door.url, tenant: 't', clock, rng: seededRng(1), log: silentLog, ...change },
    busBounds(),
  );
  return { clock, control };
};

test('1: nothing is contacted before the first call; a ping asks what every role may ask, with the token', async () => {
  const { control } = controlOf({ token: 'secret' });
  expect(door.asked).toEqual([]);
  await control.ping();
  expect(door.asked).toMatchObject([{ method: 'GET', url: '/admin/v2/clusters' }]);
  expect(door.asked[0]?.headers.authorization).toBe('Bearer secret');
  await expect(control.ping(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});

test('the cluster that is told is the one that a tenant is made for', async () => {
  door.answer(({ method }) => (method === 'GET' ? { status: 404 } : {}));
  const { control } = controlOf({ cluster: 'mine' });
  await control.ensure({ namespaces: [{ namespace: 't/n', retentionMs: 60_000 }], topics: [] });
  expect(door.asked.map(({ url, body }) => `${url} ${body}`)).toContain(
    '/admin/v2/tenants/t {"allowedClusters":["mine"]}',
  );
});

test('schemas and partitions are asked for over the same way', async () => {
  const { control } = controlOf();
  expect(await control.partitions.countOf('persistent://t/n/x')).toBe(0);
  const message = {
    topic: 'persistent://t/n/x',
    id: '1:1',
    payload: new Uint8Array(),
    properties: {},
    publishedAtMs: 0,
  };
  door.answer(() => ({ status: 404, body: '{"reason":"none"}' }));
  expect(await control.registry.writerSchema(message)).toEqual({ type: 'none' });
  expect(door.asked.map(({ url }) => url)).toEqual([
    '/admin/v2/persistent/t/n/partitioned',
    '/admin/v2/schemas/t/n/x/schemas',
  ]);
});

test('closing ends the looks at partitions, and with certificates of its own the connections', async () => {
  const { clock, control } = controlOf({ tls: {} });
  await control.ping();
  control.partitions.watch('persistent://t/n/x', () => undefined);
  await clock.settle();
  expect([clock.sleepers(), door.connections]).toEqual([1, 1]);
  await control.close();
  expect(clock.sleepers()).toBe(0);
  await until(() => door.connections === 0);
  await expect(control.ping()).rejects.toMatchObject({ away: true });
});
