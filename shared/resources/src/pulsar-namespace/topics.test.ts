/** Topics as a broker tells them: with partitions, in part, and what only looks like one. */
import { type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach, expect, test } from 'vitest';
import { createPulsarAdmin } from './admin.ts';
import { readBacklogBytes, readTopics } from './topics.ts';

const never = new AbortController().signal;
const BASE = '/admin/v2/persistent/platformq/acme';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function adminOf(routes: CannedRoutes) {
  const server = await createCannedServer(routes);
  const admin = createPulsarAdmin({ adminUrl: server.url });
  open.push(async () => admin.close(), server.close);
  return { server, admin };
}

const full = (name: string) => `persistent://platformq/acme/${name}`;
const broker = (
  topics: readonly string[],
  partitioned: Readonly<Record<string, number>>,
  subscriptions: Readonly<Record<string, readonly string[]>> = {},
): CannedRoutes => ({
  [`GET ${BASE}`]: { body: topics.map(full) },
  [`GET ${BASE}/partitioned`]: { body: Object.keys(partitioned).map(full) },
  ...Object.fromEntries(
    Object.entries(partitioned).map(([name, partitions]) => [
      `GET ${BASE}/${name}/partitions`,
      { body: { partitions } },
    ]),
  ),
  ...Object.fromEntries(
    [...topics, ...Object.keys(partitioned)].map((name) => [
      `GET ${BASE}/${name}/subscriptions`,
      name in subscriptions ? { body: subscriptions[name] } : { status: 404, body: { reason: 'Topic not found' } },
    ]),
  ),
});

test('topics are told by their short names in order, each with its subscriptions in order', async () => {
  const { admin } = await adminOf(broker(['b', 'a'], {}, { a: ['y', 'x'] }));
  expect(Object.entries(await readTopics(admin, 'platformq/acme', never))).toEqual([
    ['a', ['x', 'y']],
    ['b', []],
  ]);
});

test('3 a topic with partitions is one, with the subscriptions that all of them have', async () => {
  const parts = ['p-partition-0', 'p-partition-1'];
  const subscriptions = { [parts[0] as string]: ['all', 'first'], [parts[1] as string]: ['all', 'second'] };
  const { admin } = await adminOf(broker(['z', ...parts], { p: 2 }, { ...subscriptions, z: [] }));
  expect(await readTopics(admin, 'platformq/acme', never)).toEqual({ p: ['all'], z: [] });
});

test('3 a topic that lacks a partition is missing, and what only looks like a partition is a topic', async () => {
  const { admin } = await adminOf(broker(['p-partition-0', 'q-partition-0', 'p-partition-7'], { p: 2 }));
  expect(await readTopics(admin, 'platformq/acme', never)).toEqual({ 'p-partition-7': [], 'q-partition-0': [] });
});

test('3 a topic that is called partitioned and has no partitions is as it is listed', async () => {
  const { admin } = await adminOf({
    ...broker(['p'], { p: 0 }, { p: ['s'] }),
    [`GET ${BASE}/p/partitions`]: { status: 404, body: { reason: 'none' } },
  });
  expect(await readTopics(admin, 'platformq/acme', never)).toEqual({ p: ['s'] });
});

test.each([
  [64, 64],
  [65, 1],
])('3 of %i partitions %i are asked for their subscriptions', async (partitions, asked) => {
  const parts = Array.from({ length: partitions }, (_, part) => `p-partition-${part}`);
  const each = Object.fromEntries([...parts, 'p'].map((name) => [name, ['s']]));
  const { server, admin } = await adminOf(broker(parts, { p: partitions }, each));
  expect(await readTopics(admin, 'platformq/acme', never)).toEqual({ p: ['s'] });
  expect(server.lines().filter((line) => line.endsWith('/subscriptions'))).toHaveLength(asked);
});

test('what is unread is that of the topic that has most; one that has gone has none', async () => {
  const { admin } = await adminOf({
    ...broker(['a', 'b', 'c', 'd'], {}),
    [`GET ${BASE}/a/stats`]: { body: { backlogSize: 5 } },
    [`GET ${BASE}/b/stats`]: { body: { backlogSize: 9 } },
    [`GET ${BASE}/c/stats`]: { status: 404, body: { reason: 'Topic not found' } },
    [`GET ${BASE}/d/stats`]: { body: {} },
  });
  expect(await readBacklogBytes(admin, 'platformq/acme', never)).toBe(9);
  const { admin: empty } = await adminOf(broker([], {}));
  expect(await readBacklogBytes(empty, 'platformq/acme', never)).toBe(0);
});

test('a broker that fails at a listing has told nothing', async () => {
  const { admin } = await adminOf({
    ...broker(['a'], {}),
    [`GET ${BASE}/partitioned`]: { status: 500, body: { reason: 'x' } },
  });
  await expect(readTopics(admin, 'platformq/acme', never)).rejects.toMatchObject({ class: 'Unavailable' });
});
