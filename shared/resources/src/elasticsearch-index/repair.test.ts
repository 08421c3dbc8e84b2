/** What a repair of a series does beside the one call of each difference: what it names, what it leaves, where it fails. */
import { ABSENT, type Change } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import {
  esError,
  indexTold,
  policyTold,
  templateTold,
  WITHOUT_POLICIES,
} from '@leasehold/testing/fakes/elasticsearch-canned';
import { hastyScope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { DAY_MS, logs, marketplace, OK, SERIES, searchCluster } from '../../test/search-cluster.ts';

const NAMES = ['acme_logs-000001', 'acme_logs-000002', 'acme_logs-000003'];
const FOUND = Object.fromEntries(
  NAMES.map((name, place) => [
    name,
    indexTold({
      part: 'logs',
      createdAtMs: place * DAY_MS,
      aliases: { acme_logs: { is_write_index: place === 2 } },
      settings: { lifecycle: { name: 'acme_logs' } },
    }),
  ]),
);

function clusterOf(routes: CannedRoutes) {
  const cluster = searchCluster({
    [SERIES]: { body: FOUND },
    'GET /acme_logs-000003/_stats/docs,store': { body: {} },
    ...routes,
  });
  return { ...cluster, spec: cluster.provider.spec.parse({ lifecycle: { deleteAfterDays: 1 } }) };
}

const change = (path: string): Change => ({ path, from: null, to: null, weight: 'settings' });
const within = () => hastyScope(3 * DAY_MS);

test('of indices whose time is over only those go that the plan names', async () => {
  const { provider, lines, spec } = clusterOf({ ...WITHOUT_POLICIES, [`DELETE /${NAMES[1]}`]: OK });
  await provider.ensure(logs, spec, [change(`/lifecycle/due/${NAMES[1]}`)], within());
  expect(lines()).toEqual([`DELETE /${NAMES[1]}`]);
});

test('an index whose time is not over stays, also where a plan of an earlier file names it', async () => {
  const { provider, lines } = clusterOf(WITHOUT_POLICIES);
  const keeps = provider.spec.parse({ lifecycle: { deleteAfterDays: 9 } });
  await provider.ensure(logs, keeps, [change(`/lifecycle/due/${NAMES[0]}`)], within());
  expect(lines()).toEqual([]);
});

test('a plan without a change asks nothing at all', async () => {
  const { table, provider, spec } = clusterOf({});
  expect(await provider.ensure(logs, spec, [], within())).toEqual({ index: 'acme_logs', aliases: ['acme_logs'] });
  expect(table.asked).toEqual([]);
});

const MAKERS: CannedRoutes = {
  'GET /_ilm/policy/acme_logs': {
    body: policyTold({ hot: { actions: { rollover: { max_age: '30d' } } }, delete: { min_age: '1d' } }),
  },
  'GET /_index_template/acme_logs': { body: templateTold() },
  'PUT /_ilm/policy/acme_logs': OK,
  'PUT /_index_template/acme_logs': OK,
};

test.each(['/template', '/lifecycle', '/lifecycle/deleteAfterDays'])(
  '%s is repaired by policy and template',
  async (path) => {
    const { provider, lines, spec } = clusterOf(MAKERS);
    await provider.ensure(logs, spec, [change(path)], within());
    expect(lines()).toEqual(['PUT /_ilm/policy/acme_logs', 'PUT /_index_template/acme_logs']);
  },
);

test('without policies none is made, whatever is marked anew', async () => {
  const { provider, lines, spec } = clusterOf({ ...WITHOUT_POLICIES, [`PUT /${NAMES.join(',')}/_mapping`]: OK });
  await provider.ensure(logs, spec, [change('/tier')], within());
  expect(lines()).toEqual([`PUT /${NAMES.join(',')}/_mapping`]);
});

test('settings and fields are set on all indices of a series, its alias writes to the last alone', async () => {
  const all = NAMES.join(',');
  const { provider, effects, lines, spec } = clusterOf({
    ...WITHOUT_POLICIES,
    [`PUT /${all}/_settings`]: OK,
    [`PUT /${all}/_mapping`]: OK,
    'POST /_aliases': OK,
  });
  const changes = ['/refreshSeconds', '/replicas', '/dynamic', '/fields/level', '/aliases/acme_logs'].map(change);
  await provider.ensure(logs, spec, changes, within());
  expect(lines()).toEqual([`PUT /${all}/_settings`, `PUT /${all}/_mapping`, 'POST /_aliases']);
  expect(effects().map(({ body }) => body)).toEqual([
    { index: { refresh_interval: '1s', auto_expand_replicas: '0-1' } },
    { dynamic: false, properties: { level: { type: 'keyword' } } },
    {
      actions: NAMES.map((index, place) => ({ add: { index, alias: 'acme_logs', is_write_index: place === 2 } })),
    },
  ]);
});

test('E1 an alias of ours that leads to others’ is refused before an index is made, by what stands there', async () => {
  const theirs = indexTold({ part: 'logs', meta: undefined, aliases: { acme_searchable: {}, acme_all_assets: {} } });
  const { provider, lines } = clusterOf({
    'GET /acme_marketplace,acme_all_assets,acme_searchable': { body: { theirs } },
  });
  const spec = provider.spec.parse({});
  const failing = provider.ensure(marketplace, spec, provider.plan(marketplace, spec, ABSENT), within());
  await expect(failing).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'elasticsearch' });
  await expect(failing).rejects.toThrow('alias acme_searchable of index theirs, alias acme_all_assets of index theirs');
  expect(lines()).toEqual([]);
});

test('a failure of a call is that failure, and no race', async () => {
  const busy = esError(503, 'process_cluster_event_timeout_exception');
  const away = { class: 'Unavailable', away: true };
  const rolled = clusterOf({
    ...WITHOUT_POLICIES,
    'POST /_aliases': busy,
    'POST /acme_logs/_rollover/acme_logs-000004': busy,
    'PUT /acme_logs-000001': busy,
  });
  for (const path of ['/aliases/acme_logs', '/lifecycle/due/rollover'])
    await expect(rolled.provider.ensure(logs, rolled.spec, [change(path)], within())).rejects.toMatchObject(away);
  await expect(rolled.provider.ensure(logs, rolled.spec, [change('')], within())).rejects.toMatchObject(away);
});
