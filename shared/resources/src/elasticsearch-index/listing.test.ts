/** What a cluster is asked for when it is only looked at, and answers in every order and with every gap. */
import {
  createElasticsearchTable,
  esError,
  esMark,
  indexTold,
  policyTold,
  templateTold,
} from '@leasehold/testing/fakes/elasticsearch-canned';
import { expect, test } from 'vitest';
import { clientOver } from '../../test/client-over.ts';
import { readBlocked } from './blocked-listing.ts';
import { policyBody } from './bodies.ts';
import { readContents, readIndices, readMakers, readNames } from './listing.ts';

const never = new AbortController().signal;
const over = (routes: Parameters<typeof createElasticsearchTable>[0]) => {
  const table = createElasticsearchTable(routes);
  const asked = () =>
    table.asked.map(({ path }) => {
      const [at, search] = path.split('?');
      const { filter_path, ...query } = Object.fromEntries(new URLSearchParams(search));
      return [at, query, filter_path?.split(',').sort()];
    });
  return { client: clientOver(table.ask), asked };
};
const one = (more: object = {}) => indexTold({ part: 'logs', ...more });

test('indices are asked for with all that tells whose they are and how they stand, hidden and closed ones too', async () => {
  const { client, asked } = over({ 'GET /a,b-*': { body: { z: one(), a: one(), m: one() } } });
  expect((await readIndices(client, 'a,b-*', never)).map(({ index }) => index)).toEqual(['a', 'm', 'z']);
  expect(asked()).toEqual([
    [
      '/a,b-*',
      { ignore_unavailable: 'true', allow_no_indices: 'true', expand_wildcards: 'all' },
      [
        '*.aliases',
        '*.data_stream',
        '*.mappings._meta',
        '*.mappings.dynamic',
        '*.mappings.properties.*.type',
        '*.settings.index.analysis.analyzer',
        '*.settings.index.auto_expand_replicas',
        '*.settings.index.blocks',
        '*.settings.index.creation_date',
        '*.settings.index.lifecycle.name',
        '*.settings.index.number_of_replicas',
        '*.settings.index.refresh_interval',
        '*.settings.index.verified_before_close',
      ],
    ],
  ]);
});

test('contents, names, blocked indices and shards are each asked for with what they need and no more', async () => {
  const { client, asked } = over({
    'GET /x/_stats/docs,store': { body: {} },
    'GET /_alias': { body: {} },
    'GET /_cluster/state/metadata/x': { body: {} },
    'GET /_cluster/health/x': { body: {} },
  });
  expect(await readContents(client, 'x', never)).toEqual(new Map());
  expect(await readNames(client, never)).toEqual([]);
  expect(await readBlocked(client, 'x', never)).toEqual({});
  const found = { ignore_unavailable: 'true', expand_wildcards: 'all' };
  expect(asked()).toEqual([
    ['/x/_stats/docs,store', found, ['indices.*.primaries.docs.count', 'indices.*.primaries.store.size_in_bytes']],
    ['/_alias', { expand_wildcards: 'all' }, undefined],
    [
      '/_cluster/state/metadata/x',
      found,
      ['metadata.indices.*.aliases', 'metadata.indices.*.mappings._doc', 'metadata.indices.*.settings.index'],
    ],
  ]);
});

test('a listing that fails is a failure, and only a block of one index is a way to the cluster’s state', async () => {
  const blocked = (reason: string) => esError(403, 'cluster_block_exception', reason);
  for (const reply of [blocked('blocked by: [SERVICE_UNAVAILABLE/2/no master];'), esError(500, 'x')]) {
    const { client, asked } = over({ 'GET /x': reply, 'GET /_alias': reply });
    await expect(readIndices(client, 'x', never)).rejects.toMatchObject({ class: 'Unavailable', away: true });
    await expect(readNames(client, never)).rejects.toMatchObject({ class: 'Unavailable' });
    expect(asked().map(([path]) => path)).toEqual(['/x', '/_alias']);
  }
});

test('where an index is blocked, an alias writes to the latest of its indices', async () => {
  const state = (aliases?: readonly string[]) => ({ ...(aliases ? { aliases } : {}), settings: { index: {} } });
  const { client } = over({
    'GET /_cluster/state/metadata/x': {
      body: { metadata: { indices: { c: state(['w']), a: state(['w', 'v']), b: state() } } },
    },
  });
  expect(await readBlocked(client, 'x', never)).toEqual({
    a: {
      aliases: { w: { is_write_index: false }, v: { is_write_index: true } },
      mappings: {},
      settings: { index: {} },
    },
    b: { aliases: {}, mappings: {}, settings: { index: {} } },
    c: { aliases: { w: { is_write_index: true } }, mappings: {}, settings: { index: {} } },
  });
});

test('documents and bytes are those that are told, gaps count as nothing', async () => {
  const indices = {
    a: { primaries: { docs: { count: 3 } } },
    b: { primaries: { store: { size_in_bytes: 4 } } },
    c: {},
  };
  const { client } = over({ 'GET /x/_stats/docs,store': { body: { indices } } });
  expect([...(await readContents(client, 'x', never))]).toEqual([
    ['a', { documents: 3, bytes: 0 }],
    ['b', { documents: 0, bytes: 4 }],
    ['c', { documents: 0, bytes: 0 }],
  ]);
});

test('policies and templates are read of one series or of all, and one that has none has none', async () => {
  const both = {
    'GET /_ilm/policy': { body: policyTold({}) },
    'GET /_index_template': {
      body: {
        index_templates: [
          { name: 'bare', index_template: {} },
          ...(templateTold() as { index_templates: object[] }).index_templates,
        ],
      },
    },
  };
  const { client, asked } = over(both);
  const all = await readMakers(client, undefined, never);
  expect(asked().map(([path]) => path)).toEqual(['/_ilm/policy', '/_index_template']);
  expect([...all.policies.keys(), ...all.templates.keys()]).toEqual(['acme_logs', 'bare', 'acme_logs']);
  const mark = { tenantId: 'acme', generation: 2, tier: 'starter' };
  expect(all.templates.get('acme_logs')).toMatchObject({ mark, gives: mark });
  expect(all.templates.get('bare')).toMatchObject({ mark: undefined, gives: undefined });
  const none = await readMakers(over({}).client, 'acme_logs', never);
  expect([none.policies.size, none.templates.size]).toEqual([0, 0]);
});

test('of a template that gives no mapping nothing is given', async () => {
  const template = (more: object) => ({ body: { index_templates: [{ name: 't', index_template: more }] } });
  for (const more of [{ template: {} }, { template: { mappings: {} } }, { _meta: esMark() }]) {
    const { client } = over({ 'GET /_ilm/policy/t': esError(404, 'x'), 'GET /_index_template/t': template(more) });
    expect((await readMakers(client, 't', never)).templates.get('t')?.gives).toBeUndefined();
  }
});

const ref = { kind: 'k', name: 'acme_logs', tenantId: 'acme', generation: 2, tier: 'starter' };
const phasesOf = async (min_age: string, rollover: object) => {
  const phases = { hot: { actions: { rollover } }, delete: { min_age, actions: { delete: {} } } };
  const { client } = over({ 'GET /_ilm/policy/acme_logs': { body: policyTold(phases) } });
  const found = (await readMakers(client, 'acme_logs', never)).policies.get('acme_logs')?.lifecycle;
  if (!found) throw new Error('it has a policy');
  return { found, written: (policyBody(ref, found)['policy'] as { readonly phases: object }).phases };
};

test.each([
  ['30d', {}, 30, { hot: { actions: {} }, delete: { min_age: '30d' } }],
  ['86400s', { max_age: '7d' }, 1, { hot: { actions: { rollover: { max_age: '7d', min_docs: 1 } } } }],
  [
    '43200000ms',
    { max_primary_shard_size: '5gb' },
    0.5,
    { hot: { actions: { rollover: { max_primary_shard_size: '5gb' } } } },
  ],
  [
    '86400000000micros',
    { max_primary_shard_size: '1pb' },
    1,
    { hot: { actions: { rollover: { max_primary_shard_size: '1048576gb' } } } },
  ],
  [
    '86400000000000nanos',
    { max_primary_shard_size: '512kb' },
    1,
    { hot: { actions: { rollover: { max_primary_shard_size: '524288b' } } } },
  ],
  ['1.5d', { max_primary_shard_size: '7b' }, 1.5, { delete: { min_age: '129600s' } }],
])(
  'a policy that says %s and %o is read, and written back as it was where it stays',
  async (age, rollover, days, phases) => {
    const { found, written } = await phasesOf(age, rollover);
    expect(found.deleteAfterDays).toBe(days);
    expect(written).toMatchObject(phases);
    if (!('max_age' in rollover)) expect(JSON.stringify(written)).not.toContain('max_age');
    if (Object.keys(rollover).length === 0) expect(written).toMatchObject({ hot: { actions: {} } });
  },
);

test.each(['x30d', '30d!', '30', 'd', '30 d', '30D', ''])('%j is no time', async (age) => {
  expect((await phasesOf('1d', { max_age: age })).found.rolloverAfterDays).toBeNull();
});
