/** What of a cluster's answers is whose, in which state, and what of others stands in the way. */
import { isAbsent } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import {
  esError,
  esMark,
  indexTold,
  policyTold,
  templateTold,
  WITHOUT_POLICIES,
} from '@leasehold/testing/fakes/elasticsearch-canned';
import { hastyScope, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import {
  DAY_MS,
  logs,
  looked,
  marketplace,
  one,
  primaryTold,
  refOf,
  SERIES,
  searchCluster,
  series,
  single,
  WRITES,
} from '../../test/search-cluster.ts';
import type { IndexSeen } from './spec.ts';

test('O1 what is of a series by name or alias is of the resource, and nothing else', async () => {
  const found = {
    'acme_logs-000001': one(),
    'acme_logs-000002': one({ aliases: WRITES }),
    'acme_logs-1': one(),
    'acme_logs-0000003': one(),
    'restored-acme': one({ aliases: { acme_logs: {} } }),
  };
  expect(await series(found)).toMatchObject({
    mark: 'ours',
    indices: [{ index: 'acme_logs-000001' }, { index: 'acme_logs-000002' }, { index: 'restored-acme' }],
  });
});

test.each([
  ['marked by another tenant', { a: one({ meta: esMark({ tenant: 'other' }) }), b: one() }, 'foreign'],
  ['marked by nobody', { a: one({ meta: {} }), b: one({ meta: undefined }) }, 'none'],
  ['in part marked', { a: one(), b: one({ meta: {} }) }, 'ours'],
  ['half adopted', { a: one({ meta: esMark({ adopting: true }) }), b: one() }, 'none'],
  ['marked without a generation', { a: one({ meta: esMark({ generation: 'x' }) }) }, 'none'],
  ['marked without a tenant', { a: one({ meta: esMark({ tenant: 7 }) }) }, 'none'],
  ['marked with an odd tier', { a: one({ meta: esMark({ tier: 7 }) }) }, 'none'],
  ['marked without a tier', { a: one({ meta: esMark({ tier: undefined }) }) }, 'ours'],
])('O1 O2 a series that is %s', async (_how, { a, ...rest }, mark) => {
  const b = (rest as { readonly b?: object }).b;
  const found = { 'acme_logs-000001': a, ...(b === undefined ? {} : { 'acme_logs-000002': b }) };
  expect(await series(found)).toMatchObject({ mark });
});

test('the latest mark counts, and indices that nobody marked are told and left alone', async () => {
  const found = {
    'acme_logs-000001': one({ meta: esMark({ generation: 1, tier: 'free' }) }),
    'acme_logs-000002': one({ aliases: WRITES }),
    'acme_logs-000003': one({ meta: {} }),
  };
  const seen = await series(found);
  expect(seen).toMatchObject({ generation: 2, tier: 'starter', notes: ['UnmarkedIndices: left alone'] });
  expect(seen).toMatchObject({ indices: [{ index: 'acme_logs-000001' }, { index: 'acme_logs-000002' }] });
});

test('an index was rolled over when its successor was made, and the one that is written to was not', async () => {
  const found = {
    'acme_logs-000001': one({ createdAtMs: 0 }),
    'acme_logs-000002': one({ createdAtMs: 2 * DAY_MS, aliases: WRITES }),
    'acme_logs-000003': one({ createdAtMs: 6 * DAY_MS + 1 }),
  };
  const path = 'GET /acme_logs-000003/_stats/docs,store';
  expect(await series(found, { [path]: { body: {} } }, 9 * DAY_MS)).toMatchObject({
    indices: [{ rolledDays: 7 }, { rolledDays: null }, { rolledDays: null }],
    writeIndex: { ageDays: 7, documents: 0, bytes: 0 },
    aliases: ['acme_logs'],
  });
});

test('contents are counted from the second day on, and only where the mesh rolls over', async () => {
  const found = { 'acme_logs-000001': one({ aliases: WRITES, createdAtMs: 0 }) };
  const path = 'GET /acme_logs-000001/_stats/docs,store';
  const stats = { indices: { 'acme_logs-000001': { primaries: { docs: { count: 3 }, store: { size_in_bytes: 9 } } } } };
  const counted = { ...WITHOUT_POLICIES, [SERIES]: { body: found }, [path]: { body: stats } };
  const lines = async (routes: CannedRoutes, atMs: number) => {
    const { asked, provider } = searchCluster(routes);
    const seen = await provider.observe(logs, hastyScope(atMs));
    return [asked().some((line) => line.includes('/_stats')), (seen as IndexSeen).writeIndex.documents];
  };
  expect(await lines(counted, DAY_MS - 1)).toEqual([false, 0]);
  expect(await lines(counted, DAY_MS)).toEqual([true, 3]);
  expect(await lines({ [SERIES]: { body: found }, [path]: { body: stats } }, DAY_MS)).toEqual([false, 0]);
});

test.each([
  [{ refresh_interval: '30s' }, { refreshSeconds: 30 }],
  [{ refresh_interval: '-1' }, { refreshSeconds: null }],
  [{ refresh_interval: '500ms' }, { refreshSeconds: null }],
  [{ refresh_interval: undefined }, { refreshSeconds: null }],
  [{ auto_expand_replicas: 'false', number_of_replicas: '2' }, { replicas: '2' }],
  [{ auto_expand_replicas: undefined, number_of_replicas: '0' }, { replicas: '0' }],
  [{ auto_expand_replicas: '0-all' }, { replicas: '0-all' }],
  [{ verified_before_close: 'true' }, { blocks: { closed: ['acme_marketplace'] } }],
  [{ verified_before_close: true }, { blocks: { closed: ['acme_marketplace'] } }],
  [
    { blocks: { write: 'true', read: true, metadata: 'false' } },
    { blocks: { read: ['acme_marketplace'], write: ['acme_marketplace'] } },
  ],
  [{ analysis: undefined }, { indices: [expect.objectContaining({ isPlain: true })], notes: ['FoldingUnsupported'] }],
  [
    { analysis: { analyzer: { leasehold_text: { filter: 'asciifolding' } } } },
    { indices: [expect.not.objectContaining({ isPlain: true })], notes: ['FoldingUnsupported'] },
  ],
])('settings %o are seen as %o', async (settings, expected) => {
  expect(await single({ acme_marketplace: indexTold({ part: 'marketplace', settings }) })).toMatchObject(expected);
});

test.each([
  [{ dynamic: undefined }, { dynamic: 'true' }],
  [{ dynamic: 'strict' }, { dynamic: 'strict' }],
  [{ dynamic: false }, { dynamic: 'false' }],
  [
    { properties: { rating: { type: 'float' }, theirs: { type: 'keyword' }, tags: {} } },
    { fields: { rating: 'float', tags: 'object' } },
  ],
])('mappings %o are seen as %o', async (mappings, expected) => {
  const seen = await single({ acme_marketplace: indexTold({ part: 'marketplace', mappings }) });
  expect({ ...seen }).toMatchObject(expected);
  if ('fields' in expected) {
    expect((seen as IndexSeen).fields).toEqual(expected.fields);
    expect((seen as IndexSeen).notes?.map((note) => note.split(' which')[0])).toEqual([
      'FieldTypeDiffers: tags is object,',
      'FieldTypeDiffers: rating is float,',
    ]);
  }
});

test('a series without text fields needs no folding', async () => {
  const found = { 'acme_analytics-000001': indexTold({ part: 'analytics', settings: { analysis: undefined } }) };
  const seen = await looked(refOf('analytics'), {
    ...WITHOUT_POLICIES,
    'GET /acme_analytics,acme_analytics-*': { body: found },
  });
  expect(seen).toMatchObject({ notes: [] });
});

test('of what a series left behind, blocked writes keep nobody out, and blocked reads do', async () => {
  const blocks = { write: 'true', read: 'true', read_only_allow_delete: 'true' };
  const found = {
    'acme_logs-000001': one({ settings: { blocks } }),
    'acme_logs-000002': one({ aliases: WRITES, settings: { blocks: { write: 'true' } } }),
  };
  const seen = await series(found);
  expect((seen as IndexSeen).blocks).toEqual({ read: ['acme_logs-000001'], write: ['acme_logs-000002'] });
});

test('U2 primaries that no node holds are looked for while the cluster is red, and only then', async () => {
  const found = { acme_marketplace: indexTold({ part: 'marketplace' }) };
  const shard = { state: 'UNASSIGNED', unassigned_info: { allocation_status: 'no_valid_shard_copy' } };
  const told = (health: string) => primaryTold('acme_marketplace', shard, health);
  expect(await single(found, told('red'))).toMatchObject({ unassigned: ['acme_marketplace'] });
  expect((await single(found, told('yellow'))) as IndexSeen).not.toHaveProperty('unassigned');
});

test('O4 a cluster that brings a shard back is away for the resource: nothing of it is seen, nor differs', async () => {
  const found = { acme_marketplace: indexTold({ part: 'marketplace' }) };
  const shard = { state: 'UNASSIGNED', unassigned_info: { allocation_status: 'fetching_shard_data' } };
  await expect(single(found, primaryTold('acme_marketplace', shard))).rejects.toMatchObject({
    class: 'Unavailable',
    code: 'ShardsRecovering',
    backend: 'elasticsearch',
    away: true,
    message: 'elasticsearch is still bringing back acme_marketplace',
  });
  expect(isAbsent(await single({}, primaryTold('acme_marketplace', shard)))).toBe(true);
});

test.each([
  ['an index under an alias of ours', { acme_all_assets: one({ meta: undefined }) }, ['index acme_all_assets']],
  [
    'an alias of ours to an index of others',
    { theirs: one({ meta: undefined, aliases: { acme_searchable: {} } }) },
    ['alias acme_searchable of index theirs'],
  ],
  [
    'a data stream',
    { '.ds-x': one({ meta: undefined, dataStream: 'acme_all_assets' }) },
    ['data stream acme_all_assets'],
  ],
  ['our name as an alias', { theirs: one({ meta: undefined, aliases: { acme_marketplace: {} } }) }, undefined],
  ['the tenant’s other index', { acme_ml_models: one({ aliases: { acme_all_assets: {}, acme_searchable: {} } }) }, []],
])('what stands where an index belongs: %s', async (_what, found, inTheWay) => {
  const seen = await single(found);
  expect((seen as IndexSeen).inTheWay ?? []).toEqual(inTheWay ?? ['alias acme_marketplace of index theirs']);
});

const PHASES = { hot: { actions: { rollover: { max_age: '30d', max_primary_shard_size: '10gb' } } } };
const policyOf = async (phases: object) => {
  const found = { 'acme_logs-000001': one({ aliases: WRITES, settings: { lifecycle: { name: 'acme_logs' } } }) };
  const told = { 'GET /_ilm/policy/acme_logs': { body: policyTold(phases) } };
  const { provider } = searchCluster({
    [SERIES]: { body: found },
    ...told,
    'GET /_index_template/acme_logs': { body: templateTold() },
  });
  const seen = (await provider.observe(logs, scope())) as IndexSeen;
  const forEver = provider.spec.parse({ lifecycle: { deleteAfterDays: null } });
  return { policy: seen.policy, changes: provider.plan(logs, forEver, seen).map(({ path }) => path) };
};

test.each([
  ['90d', 90],
  ['2160h', 90],
  ['36h', 1.5],
  ['90m', 0.0625],
  ['0ms', 0],
  ['soon', 0],
  [undefined, 0],
])(
  'a policy that deletes after %j deletes after %j days, and is never taken for one that keeps',
  async (min_age, days) => {
    const { policy, changes } = await policyOf({ ...PHASES, delete: { min_age, actions: { delete: {} } } });
    expect(policy).toEqual({ rolloverAfterDays: 30, rolloverAfterGigabytes: 10, deleteAfterDays: days });
    expect(changes).toEqual(['/lifecycle/deleteAfterDays']);
  },
);

test.each([
  [{ max_age: '30d' }, 30, null],
  [{ max_age: '12h', max_primary_shard_size: '512mb' }, 0.5, 0.5],
  [{ max_primary_shard_size: '1tb' }, null, 1024],
  [{ max_primary_shard_size: 'large', max_age: 30 }, null, null],
  [{}, null, null],
])('a rollover by %o is one after %j days or %j GB', async (rollover, days, gigabytes) => {
  const { policy } = await policyOf({ hot: { actions: { rollover } } });
  expect(policy).toEqual({ rolloverAfterDays: days, rolloverAfterGigabytes: gigabytes, deleteAfterDays: null });
});

test('a policy that rolls nothing over keeps all of it: rolling over again waits for a word', async () => {
  const found = { 'acme_logs-000001': one({ aliases: WRITES, settings: { lifecycle: { name: 'acme_logs' } } }) };
  const phases = { delete: { min_age: '90d', actions: { delete: {} } } };
  const { provider } = searchCluster({
    [SERIES]: { body: found },
    'GET /_ilm/policy/acme_logs': { body: policyTold(phases) },
    'GET /_index_template/acme_logs': { body: templateTold() },
  });
  const changes = provider.plan(logs, provider.spec.parse({}), await provider.observe(logs, scope()));
  expect(changes.map(({ path, weakens }) => [path, weakens?.kind])).toEqual([
    ['/lifecycle/rolloverAfterDays', 'shorter-retention'],
    ['/lifecycle/rolloverAfterGigabytes', 'shorter-retention'],
  ]);
});

test('a series is managed where each of its indices is under its own policy and its template gives our mark', async () => {
  const found = {
    'acme_logs-000001': one({ settings: { lifecycle: { name: 'theirs' } } }),
    'acme_logs-000002': one({ aliases: WRITES, settings: { lifecycle: { name: 'acme_logs' } } }),
  };
  const template = templateTold(esMark(), esMark({ tenant: 'other' }));
  const seen = await looked(logs, {
    [SERIES]: { body: found },
    'GET /_index_template/acme_logs': { body: template },
  });
  expect(seen).toMatchObject({ managed: false, hasTemplate: false, policy: null, mark: 'ours' });
  const theirs = await looked(logs, {
    [SERIES]: { body: {} },
    'GET /_ilm/policy/acme_logs': { body: policyTold(PHASES, {}) },
  });
  expect(theirs).toMatchObject({ mark: 'none', inTheWay: ['lifecycle policy acme_logs'] });
  const foreign = await looked(logs, {
    'GET /_index_template/acme_logs': { body: templateTold(esMark({ tenant: 'x' })) },
  });
  expect(foreign).toMatchObject({ mark: 'foreign' });
});

test('an index of others that has not the form of ours says why', async () => {
  expect(await series({ acme_logs: one({ meta: undefined }) })).toMatchObject({
    mark: 'none',
    misfits: ['acme_logs is there, where acme_logs-000001 or a later number behind the alias acme_logs belongs'],
  });
  expect(await single({ acme_marketplace: indexTold({ part: 'marketplace', meta: {} }) })).toMatchObject({
    misfits: [],
  });
});

test('all of ours are seen in one listing: by their marks, whatever else is there', async () => {
  const body = {
    'acme_logs-000001': one({ meta: esMark({ generation: 1 }) }),
    'acme_logs-000002': one({ aliases: WRITES }),
    acme_marketplace: indexTold({ part: 'marketplace' }),
    'acme_marketplace-000001': one(),
    acme_analytics: one(),
    other_logs: one(),
    'zeta_logs-000001': one({ meta: esMark({ tenant: 'zeta', generation: 7 }) }),
    theirs: one({ meta: undefined }),
  };
  const { asked, provider } = searchCluster({
    ...WITHOUT_POLICIES,
    'GET /*': { body },
    'GET /*/_stats/docs,store': { body: {} },
  });
  const all = await listAll(provider);
  expect(all.map(([ref, seen]) => [ref, seen.indices.length])).toEqual([
    [{ ...logs, generation: 2, tier: 'starter' }, 2],
    [{ ...marketplace }, 1],
    [{ ...logs, name: 'zeta_logs', tenantId: 'zeta', generation: 7 }, 1],
  ]);
  expect(asked().filter((line) => line.startsWith('GET /*'))).toHaveLength(2);
});

test('names are those of series, single indices and aliases, whoever made them', async () => {
  const body = { 'acme_logs-000001': { aliases: { acme_logs: {}, mine: {} } }, theirs: { aliases: {} } };
  const { provider } = searchCluster({ 'GET /_alias': { body } });
  expect(await provider.listNames?.(scope())).toEqual(['acme_logs', 'mine', 'theirs']);
});

const BLOCKED = esError(403, 'cluster_block_exception', 'index [x] blocked by: [FORBIDDEN/9/index metadata (api)];');

test('where the metadata of some index are blocked, indices are read from the cluster’s state', async () => {
  const state = {
    metadata: {
      indices: {
        'acme_logs-000002': {
          aliases: ['acme_logs'],
          mappings: { _doc: { _meta: esMark(), dynamic: 'false' } },
          settings: { index: { blocks: { metadata: 'true' } } },
        },
        'acme_logs-000001': { aliases: ['acme_logs'], mappings: { _doc: { _meta: esMark() } } },
      },
    },
  };
  const seen = await series(
    {},
    {
      [SERIES]: BLOCKED,
      'GET /_cluster/state/metadata/acme_logs,acme_logs-*': { body: state },
    },
  );
  expect(seen).toMatchObject({
    mark: 'ours',
    aliases: ['acme_logs'],
    blocks: { metadata: ['acme_logs-000002'] },
    indices: [
      { index: 'acme_logs-000001', rolledDays: 0 },
      { index: 'acme_logs-000002', rolledDays: null },
    ],
  });
  const { provider } = searchCluster({ 'GET /_alias': BLOCKED, 'GET /_cluster/state/metadata/*': { body: state } });
  expect(await provider.listNames?.(scope())).toEqual(['acme_logs']);
  const nothing = await series(
    {},
    { [SERIES]: BLOCKED, 'GET /_cluster/state/metadata/acme_logs,acme_logs-*': { body: {} } },
  );
  expect(isAbsent(nothing)).toBe(true);
});

test('any other failure of a listing is a failure, and half of it proves nothing', async () => {
  await expect(series({}, { [SERIES]: esError(503, 'master_not_discovered_exception') })).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
  });
});
