/** What a cluster can do and how full it is, from its own answers. */
import { unavailable } from '@leasehold/kernel';
import { hastyScope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { createCluster } from './abilities.ts';
import type { ElasticsearchClient, IndexAnswer, IndexCall } from './client.ts';

const never = new AbortController().signal;

function clientOf(answers: Readonly<Record<string, IndexAnswer | Error>>) {
  const asked: IndexCall[] = [];
  const client: ElasticsearchClient = {
    call: async (request) => {
      asked.push(request);
      const answer = answers[request.path] ?? new Error(`nobody foresaw ${request.path}`);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    close: async () => undefined,
  };
  return { client, asked };
}

const told = (status: number, json: unknown = {}): IndexAnswer => ({ status, json });
const HEALTH = {
  status: 'green',
  number_of_data_nodes: 3,
  active_shards: 10,
  initializing_shards: 2,
  unassigned_shards: 3,
  relocating_shards: 50,
};
const limits = (levels: object) => told(200, levels);
const level = (max: unknown) => ({ cluster: { max_shards_per_node: max } });

test.each([
  [200, 200, { policies: true, folding: true }],
  [299, 200, { policies: true, folding: true }],
  [400, 200, { policies: false, folding: true }],
  [200, 400, { policies: true, folding: false }],
  [403, 404, { policies: false, folding: false }],
])('A1 status %i of policies and %i of folding', async (policies, folding, expected) => {
  const { client, asked } = clientOf({ '/_ilm/status': told(policies), '/_analyze': told(folding) });
  const cluster = createCluster(client);
  expect(await cluster.abilities(never)).toEqual(expected);
  await cluster.abilities(never);
  expect(asked.map(({ method, path, kind, body, expect: allowed }) => [method, path, kind, body, allowed])).toEqual([
    ['GET', '/_ilm/status', undefined, undefined, [400, 401, 403, 404, 405]],
    [
      'POST',
      '/_analyze',
      'read',
      { tokenizer: 'standard', filter: ['asciifolding'], text: 'é' },
      [400, 401, 403, 404, 405],
    ],
  ]);
});

test('A1 a cluster that was away is asked again', async () => {
  const answers: Record<string, IndexAnswer | Error> = {
    '/_ilm/status': unavailable('away', { code: 'X', backend: 'elasticsearch' }),
    '/_analyze': told(200),
  };
  const cluster = createCluster(clientOf(answers).client);
  await expect(cluster.abilities(never)).rejects.toMatchObject({ code: 'X' });
  answers['/_ilm/status'] = told(200);
  expect(await cluster.abilities(never)).toEqual({ policies: true, folding: true });
});

const roomOf = async (health: IndexAnswer, settings: IndexAnswer) => {
  const { client } = clientOf({ '/_cluster/health': health, '/_cluster/settings': settings });
  const cluster = createCluster(client);
  expect([cluster.ceiling(), cluster.isRed()], 'nothing is known before the first look').toEqual([undefined, false]);
  await cluster.look(hastyScope());
  const { name, cost, limit, used } = cluster.ceiling() ?? {};
  return cluster.ceiling() === undefined ? undefined : { name, cost, limit: limit?.value, used };
};

test('A2 room is the shards that all data nodes bear, and what is there, once each', async () => {
  const room = { name: 'elasticsearch-shards', cost: 2, limit: 3000, used: 15 };
  expect(await roomOf(told(200, HEALTH), limits({ defaults: level('1000') }))).toEqual(room);
  const alone = { ...HEALTH, number_of_data_nodes: 1 };
  expect(await roomOf(told(200, alone), limits({ defaults: level('1000') }))).toEqual({
    ...room,
    cost: 1,
    limit: 1000,
  });
  const bare = { number_of_data_nodes: 2 };
  expect(await roomOf(told(200, bare), limits({ defaults: level('7') }))).toEqual({ ...room, limit: 14, used: 0 });
});

test('A2 what was set last counts: transient, then persistent, then the shipped', async () => {
  const [transient, persistent, defaults] = [level('1'), level('2'), level('3')];
  const each = async (levels: object) => (await roomOf(told(200, HEALTH), limits(levels)))?.limit;
  expect(await each({ transient, persistent, defaults })).toBe(3);
  expect(await each({ persistent, defaults })).toBe(6);
  expect(await each({ transient: {}, defaults })).toBe(9);
});

test.each([
  ['no nodes', told(200, { ...HEALTH, number_of_data_nodes: 0 }), limits({ defaults: level('1000') })],
  ['no number of nodes', told(200, {}), limits({ defaults: level('1000') })],
  ['no limit', told(200, HEALTH), limits({})],
  ['a limit that is none', told(200, HEALTH), limits({ defaults: level('many') })],
  ['a limit of nothing', told(200, HEALTH), limits({ defaults: level('0') })],
  ['a limit without an end', told(200, HEALTH), limits({ defaults: level('-1') })],
  ['a health that is hidden', told(403, HEALTH), limits({ defaults: level('1000') })],
  ['limits that are hidden', told(200, HEALTH), told(401, { defaults: level('1000') })],
])('A2 a cluster that tells %s has no ceiling here', async (_what, health, settings) => {
  expect(await roomOf(health, settings)).toBeUndefined();
});

test('A2 the room is looked at again after two seconds, or where the clock was set back', async () => {
  const { client, asked } = clientOf({ '/_cluster/health': told(200, HEALTH), '/_cluster/settings': limits({}) });
  const cluster = createCluster(client);
  const lookAt = async (atMs: number) => {
    asked.length = 0;
    await cluster.look(hastyScope(atMs));
    return asked.length;
  };
  expect(await lookAt(10_000)).toBe(2);
  expect(await lookAt(11_999)).toBe(0);
  expect(await lookAt(12_000)).toBe(2);
  expect(await lookAt(13_999)).toBe(0);
  expect(await lookAt(11_999), 'set back').toBe(2);
});

test('a cluster is red as it says, and one that hides its health is not', async () => {
  const redOf = async (health: IndexAnswer) => {
    const cluster = createCluster(clientOf({ '/_cluster/health': health, '/_cluster/settings': limits({}) }).client);
    await cluster.look(hastyScope());
    return cluster.isRed();
  };
  expect(await redOf(told(200, { status: 'red' }))).toBe(true);
  expect(await redOf(told(200, { status: 'yellow' }))).toBe(false);
  expect(await redOf(told(403, { status: 'red' }))).toBe(false);
});
