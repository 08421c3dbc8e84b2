/** What a cluster is sent, against files that were written by hand, and which difference is repaired by which call. */
import { ABSENT, type Change, type Ref } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import {
  createCannedElasticsearch,
  esError,
  esMark,
  indexTold,
  policyTold,
  templateTold,
  WITHOUT_POLICIES,
} from '@leasehold/testing/fakes/elasticsearch-canned';
import { goldenRequests, sentLike } from '@leasehold/testing/fakes/golden-requests';
import { hastyScope, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createElasticsearchBackend } from './backend.ts';

const DAY_MS = 86_400_000;
const refOf = (part: string): Ref => ({
  kind: 'elasticsearch-index',
  name: `acme_${part}`,
  tenantId: 'acme',
  generation: 2,
  tier: 'starter',
});
const [logs, analytics, marketplace] = [refOf('logs'), refOf('analytics'), refOf('marketplace')];
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function clusterOf(routes: CannedRoutes = {}, keys: object = { apiKey: 'the-key' }) {
  const server = await createCannedElasticsearch(routes);
  const { backend, providers } = createElasticsearchBackend({ url: server.url, around: labelled, ...keys });
  open.push(() => backend.close(), server.close);
  const effects = () => server.effects().filter(({ path }) => path !== '/_analyze');
  const lines = () => effects().map(({ method, path }) => `${method} ${path}`);
  return { server, backend, provider: providers[0], effects, lines };
}

const OK = { body: { acknowledged: true } };
const golden = (name: string) => goldenRequests(new URL(`./fixtures/${name}.http`, import.meta.url));
const change = (path: string, from: unknown = null): Change => ({ path, from, to: null, weight: 'settings' });

test('E2 a series is made by the calls of the file: policy, template, first index', async () => {
  const { provider, effects } = await clusterOf({
    'PUT /_ilm/policy/acme_logs': OK,
    'PUT /_index_template/acme_logs': OK,
    'PUT /acme_logs-000001': OK,
  });
  const spec = provider.spec.parse({ lifecycle: { deleteAfterDays: 30 } });
  const changes = provider.plan(logs, spec, await provider.observe(logs, scope()));
  expect(changes).toEqual([{ path: '', from: null, to: spec, weight: 'data' }]);
  expect(await provider.ensure(logs, spec, changes, scope())).toEqual({ index: 'acme_logs', aliases: ['acme_logs'] });
  expect(sentLike(golden('create-series'), effects())).toEqual(golden('create-series'));
});

test('E1 a single index is made by one call, with its aliases', async () => {
  const { provider, effects } = await clusterOf({
    'PUT /acme_marketplace': OK,
    'POST /_analyze': esError(400, 'illegal_argument_exception', 'failed to find filter [asciifolding]'),
  });
  const spec = provider.spec.parse({ refreshSeconds: 5 });
  expect(await provider.ensure(marketplace, spec, provider.plan(marketplace, spec, ABSENT), scope())).toEqual({
    index: 'acme_marketplace',
    aliases: ['acme_all_assets', 'acme_searchable'],
  });
  expect(sentLike(golden('create-index'), effects())).toEqual(golden('create-index'));
});

const AT = 100 * DAY_MS;
const series = {
  'acme_analytics-000007': indexTold({ part: 'analytics', createdAtMs: 0, aliases: { acme_analytics: {} } }),
  'acme_analytics-000008': indexTold({ part: 'analytics', createdAtMs: 5 * DAY_MS, aliases: { acme_analytics: {} } }),
  'acme_analytics-000009': indexTold({
    part: 'analytics',
    createdAtMs: 10 * DAY_MS,
    aliases: { acme_analytics: { is_write_index: true } },
  }),
};
const counted = (documents: number, bytes: number) => ({
  indices: {
    'acme_analytics-000009': { primaries: { docs: { count: documents }, store: { size_in_bytes: bytes } } },
  },
});
const due: CannedRoutes = {
  ...WITHOUT_POLICIES,
  'GET /acme_analytics,acme_analytics-*': { body: series },
  'GET /acme_analytics-000009/_stats/docs,store': { body: counted(5, 5) },
};

test('without policies a series is rolled over to a successor by name, and what is over goes', async () => {
  const { provider, effects } = await clusterOf({
    ...due,
    'POST /acme_analytics/_rollover/acme_analytics-000010': OK,
    'DELETE /acme_analytics-000007,acme_analytics-000008': OK,
  });
  const spec = provider.spec.parse({});
  const changes = provider.plan(analytics, spec, await provider.observe(analytics, hastyScope(AT)));
  expect(changes.map(({ path, from }) => [path, from])).toEqual([
    ['/lifecycle/due/rollover', '90 days'],
    ['/lifecycle/due/acme_analytics-000007', 'rolled over 95 days ago'],
    ['/lifecycle/due/acme_analytics-000008', 'rolled over 90 days ago'],
  ]);
  await provider.ensure(analytics, spec, changes, hastyScope(AT));
  expect(sentLike(golden('roll-over'), effects())).toEqual(golden('roll-over'));
});

test.each([
  ['young and small', 29, 10 * 1024 ** 3 - 1, 5, false],
  ['as old as it may be', 30, 1, 5, true],
  ['as large as it may be', 1, 10 * 1024 ** 3, 5, true],
  ['old and empty', 90, 0, 0, false],
])('an index that is %s: due is %5$j', async (_what, ageDays, bytes, documents, isDue) => {
  const { provider } = await clusterOf({
    ...due,
    'GET /acme_analytics-000009/_stats/docs,store': { body: counted(documents, bytes) },
  });
  const spec = provider.spec.parse({ lifecycle: { deleteAfterDays: null } });
  const seen = await provider.observe(analytics, hastyScope(10 * DAY_MS + ageDays * DAY_MS));
  const paths = provider.plan(analytics, spec, seen).map(({ path }) => path);
  expect(paths).toEqual(isDue ? ['/lifecycle/due/rollover'] : []);
});

test('of two that roll over at once one is told to look again', async () => {
  const { provider } = await clusterOf({
    ...due,
    'POST /acme_analytics/_rollover/acme_analytics-000010': esError(400, 'resource_already_exists_exception'),
  });
  const failing = provider.ensure(
    analytics,
    provider.spec.parse({}),
    [change('/lifecycle/due/rollover')],
    hastyScope(AT),
  );
  await expect(failing).rejects.toMatchObject({
    class: 'Conflict',
    code: 'AppearedMeanwhile',
    backend: 'elasticsearch',
  });
});

const LOGS = 'acme_logs-000001';
const PHASES = {
  hot: { min_age: '0ms', actions: { rollover: { max_age: '30d', max_primary_shard_size: '10gb', min_docs: 1 } } },
  delete: { min_age: '90d', actions: { delete: {} } },
};
const settled = (more: object = {}, policy: object = policyTold(PHASES)): CannedRoutes => ({
  'GET /acme_logs,acme_logs-*': {
    body: {
      [LOGS]: indexTold({
        part: 'logs',
        aliases: { acme_logs: { is_write_index: true } },
        settings: { lifecycle: { name: 'acme_logs' } },
        ...more,
      }),
    },
  },
  'GET /_ilm/policy/acme_logs': { body: policy },
  'GET /_index_template/acme_logs': { body: templateTold() },
  [`PUT /${LOGS}/_settings`]: OK,
  [`PUT /${LOGS}/_mapping`]: OK,
  'PUT /_ilm/policy/acme_logs': OK,
  'PUT /_index_template/acme_logs': OK,
  'POST /_aliases': OK,
});

test('a series that is as it should be differs in nothing', async () => {
  const { provider } = await clusterOf(settled());
  expect(provider.plan(logs, provider.spec.parse({}), await provider.observe(logs, scope()))).toEqual([]);
});

test.each([
  ['/refreshSeconds', [[`PUT /${LOGS}/_settings`, { index: { refresh_interval: '7s' } }]]],
  ['/replicas', [[`PUT /${LOGS}/_settings`, { index: { auto_expand_replicas: '0-1' } }]]],
  [
    '/managed',
    [[`PUT /${LOGS}/_settings`, { index: { lifecycle: { name: 'acme_logs', rollover_alias: 'acme_logs' } } }]],
  ],
  ['/dynamic', [[`PUT /${LOGS}/_mapping`, { dynamic: false }]]],
  ['/fields/span_id', [[`PUT /${LOGS}/_mapping`, { properties: { span_id: { type: 'keyword' } } }]]],
  [
    '/aliases/acme_logs',
    [['POST /_aliases', { actions: [{ add: { index: LOGS, alias: 'acme_logs', is_write_index: true } }] }]],
  ],
] as const)('%s is repaired by its own call and no other', async (path, expected) => {
  const { provider, effects } = await clusterOf(settled());
  await provider.ensure(logs, provider.spec.parse({ refreshSeconds: 7 }), [change(path)], scope());
  expect(effects().map((one) => [`${one.method} ${one.path}`, one.body])).toEqual(expected);
});

test('the mark is renewed with the policy and the template, beside what others say there', async () => {
  const { provider, effects } = await clusterOf(settled({ meta: { owner: 'ops', ...esMark({ generation: 1 }) } }));
  const spec = provider.spec.parse({});
  const changes = provider.plan(logs, spec, await provider.observe(logs, scope()));
  expect(changes.map(({ path, from, to }) => [path, from, to])).toEqual([['/generation', 1, 2]]);
  await provider.ensure(logs, spec, changes, scope());
  expect(effects().map(({ path }) => path)).toEqual([
    '/_ilm/policy/acme_logs',
    '/_index_template/acme_logs',
    `/${LOGS}/_mapping`,
  ]);
  expect(effects().at(-1)?.body).toEqual({ _meta: { owner: 'ops', ...esMark() } });
});

test('a policy whose times a plan leaves alone keeps them; one that was taken away stays away', async () => {
  const longer = { ...PHASES, delete: { min_age: '36h', actions: { delete: {} } } };
  const { provider, effects } = await clusterOf(settled({}, policyTold(longer)));
  await provider.ensure(logs, provider.spec.parse({}), [change('/generation')], scope());
  expect(effects()[0]?.body).toMatchObject({ policy: { phases: { delete: { min_age: '129600s' } } } });
  const gone = await clusterOf({
    ...settled(),
    'GET /_ilm/policy/acme_logs': esError(404, 'resource_not_found_exception'),
  });
  await gone.provider.ensure(logs, gone.provider.spec.parse({}), [change('/generation')], scope());
  expect(gone.lines()).toEqual([`PUT /${LOGS}/_mapping`]);
});

test('E2 others’ policy or template under the name is refused before anything is sent', async () => {
  for (const routes of [
    { 'GET /_ilm/policy/acme_logs': { body: policyTold(PHASES, {}) } },
    { 'GET /_ilm/policy/acme_logs': { body: policyTold(PHASES, esMark({ tenant: 'other' })) } },
    { 'GET /_index_template/acme_logs': { body: templateTold({}) } },
  ]) {
    const { provider, lines } = await clusterOf(routes);
    const spec = provider.spec.parse({});
    const failing = provider.ensure(logs, spec, provider.plan(logs, spec, ABSENT), scope());
    await expect(failing).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'elasticsearch' });
    expect(lines()).toEqual([]);
  }
});

test('E1 what has the name is refused by its name, and ours whose answer was lost is completed', async () => {
  const exists = esError(400, 'resource_already_exists_exception', 'index [acme_marketplace] already exists');
  const theirs = { acme_marketplace: indexTold({ part: 'marketplace', meta: undefined }) };
  const ours = { acme_marketplace: indexTold({ part: 'marketplace' }) };
  const path = 'GET /acme_marketplace,acme_all_assets,acme_searchable';
  const made = async (found: object) => {
    const cluster = await clusterOf({ 'PUT /acme_marketplace': exists, [path]: { body: found }, 'POST /_aliases': OK });
    const spec = cluster.provider.spec.parse({});
    return {
      cluster,
      ended: cluster.provider.ensure(marketplace, spec, cluster.provider.plan(marketplace, spec, ABSENT), scope()),
    };
  };
  await expect((await made(theirs)).ended).rejects.toMatchObject({ code: 'NameTaken', backend: 'elasticsearch' });
  const nothing = (await made({})).ended;
  await expect(nothing).rejects.toMatchObject({ code: 'NameTaken', backend: 'elasticsearch' });
  await expect(nothing, 'in the server’s words').rejects.toThrow('index [acme_marketplace] already exists');
  const { cluster, ended } = await made(ours);
  await ended;
  expect(cluster.effects().at(-1)?.body).toEqual({
    actions: [
      { add: { index: 'acme_marketplace', alias: 'acme_all_assets' } },
      { add: { index: 'acme_marketplace', alias: 'acme_searchable' } },
    ],
  });
});

test('an alias that an index of others has is taken, whoever is asked to repair it', async () => {
  const path = 'GET /acme_marketplace,acme_all_assets,acme_searchable';
  const { provider } = await clusterOf({
    [path]: { body: { acme_marketplace: indexTold({ part: 'marketplace' }) } },
    'POST /_aliases': esError(
      400,
      'invalid_alias_name_exception',
      'an index or data stream exists with the same name as the alias',
    ),
  });
  const repair = provider.ensure(marketplace, provider.spec.parse({}), [change('/aliases/acme_all_assets')], scope());
  await expect(repair).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'elasticsearch' });
});

test('an index that went meanwhile is looked for again', async () => {
  const { provider } = await clusterOf();
  await expect(
    provider.ensure(logs, provider.spec.parse({}), [change('/refreshSeconds')], scope()),
  ).rejects.toMatchObject({ class: 'Conflict', code: 'GoneMeanwhile', backend: 'elasticsearch' });
});

test('E2 E3 a series loses its template first, then its indices by name, then its policy', async () => {
  const more = { blocks: { read_only: 'true', write: 'true' } };
  const { provider, effects } = await clusterOf({
    ...settled({ settings: { lifecycle: { name: 'acme_logs' }, ...more } }),
    'DELETE /_index_template/acme_logs': OK,
    [`DELETE /${LOGS}`]: OK,
    'DELETE /_ilm/policy/acme_logs': esError(404, 'resource_not_found_exception'),
  });
  await provider.delete(logs, scope());
  expect(effects().map(({ method, path, body }) => [method, path, body])).toEqual([
    ['DELETE', '/_index_template/acme_logs', undefined],
    ['PUT', `/${LOGS}/_settings`, { index: { blocks: { read_only: null } } }],
    ['DELETE', `/${LOGS}?ignore_unavailable=true&expand_wildcards=none`, undefined],
    ['DELETE', '/_ilm/policy/acme_logs', undefined],
  ]);
});

test('E2 of a series whose indices are gone, policy and template of ours go; others’ stay', async () => {
  const left = { 'DELETE /_index_template/acme_logs': OK, 'DELETE /_ilm/policy/acme_logs': OK };
  const ours = await clusterOf({ ...settled(), 'GET /acme_logs,acme_logs-*': { body: {} }, ...left });
  await ours.provider.delete(logs, scope());
  expect(ours.lines()).toEqual(['DELETE /_index_template/acme_logs', 'DELETE /_ilm/policy/acme_logs']);
  const theirs = await clusterOf({
    ...settled({}, policyTold(PHASES, {})),
    'GET /acme_logs,acme_logs-*': { body: {} },
    'GET /_index_template/acme_logs': { body: templateTold({}) },
    ...left,
  });
  await theirs.provider.delete(logs, scope());
  const newer = await clusterOf(settled({ meta: esMark({ generation: 3 }) }));
  await expect(newer.provider.delete(logs, scope())).rejects.toMatchObject({
    code: 'NewerGeneration',
    backend: 'elasticsearch',
  });
  const unmarked = await clusterOf(settled({ meta: {} }));
  await unmarked.provider.delete(logs, scope());
  expect([...theirs.lines(), ...newer.lines(), ...unmarked.lines()]).toEqual([]);
});

test('keys go as they are set, and the probe asks for the cluster’s state alone', async () => {
  const { server, backend } = await clusterOf({}, { username: 'mesh', password: 'p:w' });
  await backend.probe(scope().signal);
  expect(server.lines()).toEqual(['GET /_cluster/health?filter_path=status']);
  const basic = `Basic ${Buffer.from('mesh:p:w').toString('base64')}`;
  expect(server.asked[0]?.headers['authorization']).toBe(basic);
  const nobody = await clusterOf({}, {});
  await nobody.backend.probe(scope().signal);
  expect(nobody.server.asked[0]?.headers['authorization']).toBeUndefined();
});

test('names that the contract does not give are refused before any call', async () => {
  const { server, provider } = await clusterOf();
  for (const name of ['acme_other', 'logs', 'acme', '_logs', 'Acme_logs', 'acme*_logs', 'acme,x_logs'])
    await expect(async () => provider.observe({ ...logs, name }, scope()), name).rejects.toMatchObject({
      code: 'InvalidName',
    });
  expect(server.asked).toEqual([]);
});
