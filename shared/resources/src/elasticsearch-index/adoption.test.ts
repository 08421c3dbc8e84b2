/** Marks on what others made, and blocks that keep clients out: which calls, in which order. */
import type { Change } from '@leasehold/engine';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { esMark, policyTold, templateTold, WITHOUT_POLICIES } from '@leasehold/testing/fakes/elasticsearch-canned';
import { hastyScope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { logs, OK, one, primaryTold, SERIES, searchCluster, WRITES } from '../../test/search-cluster.ts';

const scope = () => hastyScope();
const [FIRST, SECOND] = ['acme_logs-000001', 'acme_logs-000002'];

const clusterOf = (found: object, routes: CannedRoutes = WITHOUT_POLICIES) =>
  searchCluster({
    [SERIES]: { body: found },
    ...Object.fromEntries(
      [FIRST, SECOND, `${FIRST},${SECOND}`].flatMap((target) => [
        [`PUT /${target}/_mapping`, OK],
        [`PUT /${target}/_settings`, OK],
        [`POST /${target}/_open`, OK],
        [`DELETE /${target}`, OK],
      ]),
    ),
    'PUT /_index_template/acme_logs': OK,
    'PUT /_ilm/policy/acme_logs': OK,
    'POST /_aliases': OK,
    ...routes,
  });

test('A1 A2 indices that say the same are marked by one call, beside what they say', async () => {
  const found = {
    [FIRST]: one({ meta: { owner: 'ops' } }),
    [SECOND]: one({ meta: { owner: 'ops' }, aliases: WRITES }),
  };
  const { provider, effects, spec } = clusterOf(found);
  await provider.adopt?.(logs, spec, scope());
  expect(effects().map(({ path, body }) => [path, body])).toEqual([
    [`/${FIRST},${SECOND}/_mapping`, { _meta: { owner: 'ops', ...esMark() } }],
  ]);
});

test('A2 of indices that say different things the first is held back until all are marked', async () => {
  const found = { [FIRST]: one({ meta: { a: 1 } }), [SECOND]: one({ meta: undefined, aliases: WRITES }) };
  const { provider, effects, spec } = clusterOf(found);
  await provider.adopt?.(logs, spec, scope());
  expect(effects().map(({ path, body }) => [path, body])).toEqual([
    [`/${FIRST}/_mapping`, { _meta: { a: 1, ...esMark({ adopting: true }) } }],
    [`/${SECOND}/_mapping`, { _meta: esMark() }],
    [`/${FIRST}/_mapping`, { _meta: { a: 1, ...esMark() } }],
  ]);
});

test('A2 of more indices than go into one call the first is held back until all are marked', async () => {
  const names = Array.from({ length: 150 }, (_, at) => `acme_logs-${String(at + 1).padStart(6, '0')}`);
  const [head, ...others] = names;
  const targets = [head, others.slice(0, 120).join(','), others.slice(120).join(',')];
  const { provider, effects, spec } = clusterOf(Object.fromEntries(names.map((name) => [name, one({ meta: {} })])), {
    ...WITHOUT_POLICIES,
    ...Object.fromEntries(targets.map((target) => [`PUT /${target}/_mapping`, OK])),
  });
  await provider.adopt?.(logs, spec, scope());
  expect(effects().map(({ path, body }) => [path, body])).toEqual([
    [`/${head}/_mapping`, { _meta: esMark({ adopting: true }) }],
    ...targets.slice(1).map((target) => [`/${target}/_mapping`, { _meta: esMark() }]),
    [`/${head}/_mapping`, { _meta: esMark() }],
  ]);
});

test('A2 what a crash left half adopted is adopted again', async () => {
  const found = { [FIRST]: one({ meta: esMark({ adopting: true }) }), [SECOND]: one({ aliases: WRITES }) };
  const { provider, effects, spec } = clusterOf(found);
  expect(await provider.observe(logs, scope())).toMatchObject({ mark: 'none' });
  await provider.adopt?.(logs, spec, scope());
  expect(effects().at(-1)?.body).toEqual({ _meta: esMark() });
});

test('a series is adopted after its template and its policy, each marked as it is', async () => {
  const phases = { hot: { actions: {} } };
  const { provider, effects, spec } = clusterOf(
    { [FIRST]: one({ meta: {} }) },
    {
      'GET /_ilm/policy/acme_logs': { body: policyTold(phases, { by: 'ops' }) },
      'GET /_index_template/acme_logs': { body: templateTold({ by: 'ops' }, {}) },
    },
  );
  await provider.adopt?.(logs, spec, scope());
  expect(effects().map(({ path, body }) => [path, body])).toEqual([
    [
      '/_index_template/acme_logs',
      { index_patterns: ['acme_logs-*'], _meta: { by: 'ops', ...esMark() }, template: { mappings: { _meta: {} } } },
    ],
    ['/_ilm/policy/acme_logs', { policy: { _meta: { by: 'ops', ...esMark() }, phases } }],
    [`/${FIRST}/_mapping`, { _meta: esMark() }],
  ]);
});

test('what is ours already is left, another tenant’s refused, and what is gone told', async () => {
  const ours = clusterOf({ [FIRST]: one({ aliases: WRITES }) });
  await ours.provider.adopt?.(logs, ours.spec, scope());
  const theirs = clusterOf({ [FIRST]: one({ meta: esMark({ tenant: 'other' }) }) });
  await expect(theirs.provider.adopt?.(logs, theirs.spec, scope())).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'elasticsearch',
  });
  const policy = clusterOf(
    { [FIRST]: one({ meta: {} }) },
    { 'GET /_ilm/policy/acme_logs': { body: policyTold({}, esMark({ tenant: 'other' })) } },
  );
  await expect(policy.provider.adopt?.(logs, policy.spec, scope())).rejects.toMatchObject({
    code: 'NameTaken',
    backend: 'elasticsearch',
  });
  const nothing = clusterOf({});
  await expect(nothing.provider.adopt?.(logs, nothing.spec, scope())).rejects.toMatchObject({
    code: 'GoneMeanwhile',
    backend: 'elasticsearch',
  });
  expect([...ours.effects(), ...theirs.effects(), ...policy.effects(), ...nothing.effects()]).toEqual([]);
});

test('a policy of others alone is marked, and without an index there is nothing more to mark', async () => {
  const { provider, effects, spec } = clusterOf({}, { 'GET /_ilm/policy/acme_logs': { body: policyTold({}, {}) } });
  await provider.adopt?.(logs, spec, scope());
  expect(effects().map(({ path }) => path)).toEqual(['/_ilm/policy/acme_logs']);
});

test('marks of several indices are renewed together where they say the same', async () => {
  const older = esMark({ generation: 1 });
  const found = {
    [FIRST]: one({ meta: older }),
    [SECOND]: one({ meta: older, aliases: WRITES }),
    theirs: one({ meta: {}, aliases: { acme_logs: {} } }),
  };
  const { provider, effects, spec } = clusterOf(found);
  const changes: Change[] = [{ path: '/generation', from: 1, to: 2, weight: 'settings' }];
  await provider.ensure(logs, spec, changes, scope());
  expect(effects().map(({ path, body }) => [path, body])).toEqual([
    [`/${FIRST},${SECOND}/_mapping`, { _meta: esMark() }],
  ]);
});

const blocked = (blocks: Readonly<Record<string, string>>, more: object = {}) =>
  one({ aliases: WRITES, settings: { blocks, ...more } });

test('U1 U3 blocks are lifted one at a time, metadata first, and a closed index is opened after that', async () => {
  const all = { read: 'true', write: 'true', read_only: 'true', metadata: 'true' };
  const { provider, effects, spec } = clusterOf({ [SECOND]: blocked(all, { verified_before_close: 'true' }) });
  const changes = provider.plan(logs, spec, await provider.observe(logs, scope()));
  await provider.ensure(logs, spec, changes, scope());
  expect(effects().map(({ method, path, body }) => [`${method} ${path}`, body])).toEqual([
    ...['metadata', 'read_only', 'read', 'write'].map((block) => [
      `PUT /${SECOND}/_settings`,
      { index: { blocks: { [block]: null } } },
    ]),
    [`POST /${SECOND}/_open`, undefined],
  ]);
});

test('U1 a block that a plan does not name stays', async () => {
  const { provider, effects, spec } = clusterOf({ [SECOND]: blocked({ write: 'true', read: 'true' }) });
  const changes: Change[] = [{ path: '/blocks/read', from: [SECOND], to: null, weight: 'settings' }];
  await provider.ensure(logs, spec, changes, scope());
  expect(effects().map(({ body }) => body)).toEqual([{ index: { blocks: { read: null } } }]);
});

test('U2 a full disk is waited for after all else is done, and told with the index', async () => {
  const found = blocked({ read_only_allow_delete: 'true', read: 'true' });
  const { provider, effects, spec } = clusterOf({ [SECOND]: found });
  const changes = provider.plan(logs, spec, await provider.observe(logs, scope()));
  const failing = provider.ensure(logs, spec, changes, scope());
  await expect(failing).rejects.toMatchObject({ class: 'Unavailable', away: true, code: 'DiskFull' });
  await expect(failing).rejects.toThrow(SECOND);
  expect(effects().map(({ body }) => body)).toEqual([{ index: { blocks: { read: null } } }]);
});

test('U2 a primary that no node holds is waited for', async () => {
  const shard = { state: 'UNASSIGNED', unassigned_info: { allocation_status: 'no_valid_shard_copy' } };
  const { provider, spec } = clusterOf(
    { [SECOND]: one({ aliases: WRITES }) },
    { ...WITHOUT_POLICIES, ...primaryTold('acme_logs-000002', shard) },
  );
  const seen = await provider.observe(logs, scope());
  expect(seen).toMatchObject({ unassigned: [SECOND] });
  await expect(provider.ensure(logs, spec, provider.plan(logs, spec, seen), scope())).rejects.toMatchObject({
    class: 'Unavailable',
    away: true,
    code: 'ShardsUnassigned',
  });
});

test('blocks that would keep an index from being deleted are lifted first, others are not', async () => {
  const { provider, effects } = clusterOf({
    [SECOND]: blocked({ read_only: 'true', metadata: 'true', write: 'true' }),
  });
  await provider.delete(logs, scope());
  expect(effects().map(({ method, body }) => [method, body])).toEqual([
    ['PUT', { index: { blocks: { metadata: null } } }],
    ['PUT', { index: { blocks: { read_only: null } } }],
    ['DELETE', undefined],
  ]);
});
