/** Which shards no node holds and which are on their way, as a cluster's routing table tells them. */
import { createElasticsearchTable, esError } from '@leasehold/testing/fakes/elasticsearch-canned';
import { expect, test } from 'vitest';
import { clientOver } from '../../test/client-over.ts';
import { readPrimaries } from './primaries.ts';

const never = new AbortController().signal;
const unassigned = (allocation_status?: string) => ({
  primary: true,
  state: 'UNASSIGNED',
  unassigned_info: { reason: 'CLUSTER_RECOVERED', ...(allocation_status ? { allocation_status } : {}) },
});

async function told(indices: Readonly<Record<string, object>>) {
  const table = createElasticsearchTable({
    'GET /_cluster/state/routing_table/x': { body: { routing_table: { indices } } },
  });
  const { lost, recovering } = await readPrimaries(clientOver(table.ask), ['x'], never);
  return { lost: [...lost], recovering: [...recovering], asked: table.asked };
}
const shards = (...primaries: readonly object[]) => ({
  shards: Object.fromEntries(primaries.map((one, number) => [number, [one]])),
});

test.each([
  ['no copy was found anywhere', unassigned('no_valid_shard_copy'), 'lost'],
  ['it may be placed nowhere', unassigned('deciders_no'), 'lost'],
  ['what nodes have is being read', unassigned('fetching_shard_data'), 'recovering'],
  ['others come first', unassigned('deciders_throttled'), 'recovering'],
  ['its node is waited for', unassigned('delayed_allocation'), 'recovering'],
  ['nothing was tried yet', unassigned('no_attempt'), 'recovering'],
  ['no reason is told', unassigned(), 'recovering'],
  ['nothing of it is told', { primary: true }, 'recovering'],
  ['a node begins to hold it', { primary: true, state: 'INITIALIZING', unassigned_info: {} }, 'recovering'],
  [
    'a node begins to hold it, of which no copy was found before',
    { ...unassigned('no_valid_shard_copy'), state: 'INITIALIZING' },
    'recovering',
  ],
  [
    'a node begins to hold it, which might be placed nowhere before',
    { ...unassigned('deciders_no'), state: 'INITIALIZING' },
    'recovering',
  ],
  ['a node holds it', { primary: true, state: 'STARTED' }, 'held'],
  ['a node hands it to another', { primary: true, state: 'RELOCATING' }, 'held'],
  ['a copy of it is lost', { ...unassigned('no_valid_shard_copy'), primary: false }, 'held'],
])('1 a shard of which %s is %j: %s', async (_what, shard, where) => {
  const { lost, recovering } = await told({ a: shards(shard), b: shards({ primary: true, state: 'STARTED' }) });
  expect({ lost, recovering }).toEqual({ lost: [], recovering: [], ...(where === 'held' ? {} : { [where]: ['a'] }) });
});

test('an index is named for any of its shards, and by each that tells another thing', async () => {
  const started = { primary: true, state: 'STARTED' };
  const { lost, recovering } = await told({
    a: { shards: { 0: [{ primary: false, state: 'STARTED' }, unassigned('no_valid_shard_copy')] } },
    b: shards(started, unassigned('no_attempt'), unassigned('deciders_no')),
    c: {},
  });
  expect([lost, recovering]).toEqual([['a', 'b'], ['b']]);
});

test('the routing table alone is asked for, of hidden and closed indices too', async () => {
  const { asked } = await told({});
  const [path, search] = asked[0]?.path.split('?') ?? [];
  const { filter_path, ...query } = Object.fromEntries(new URLSearchParams(search));
  expect([path, query]).toEqual([
    '/_cluster/state/routing_table/x',
    { ignore_unavailable: 'true', expand_wildcards: 'all' },
  ]);
  expect(filter_path?.split(',').sort()).toEqual([
    'routing_table.indices.*.shards.*.primary',
    'routing_table.indices.*.shards.*.state',
    'routing_table.indices.*.shards.*.unassigned_info.allocation_status',
  ]);
});

test.each([
  ['403', esError(403, 'security_exception')],
  ['404', esError(404, 'index_not_found_exception')],
  ['an empty answer', { body: {} }],
  ['no answer’s body', { body: undefined }],
])('2 nothing is missing where %s is all that is told', async (_what, reply) => {
  const { ask } = createElasticsearchTable({ 'GET /_cluster/state/routing_table/x': reply });
  const { lost, recovering } = await readPrimaries(clientOver(ask), ['x'], never);
  expect([lost.size, recovering.size]).toEqual([0, 0]);
});

test('a routing table that cannot be read is no table', async () => {
  const { ask } = createElasticsearchTable({ 'GET /_cluster/state/routing_table/x': esError(503, 'x') });
  await expect(readPrimaries(clientOver(ask), ['x'], never)).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
  });
});
