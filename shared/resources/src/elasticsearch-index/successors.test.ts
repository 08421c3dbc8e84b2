/** What somebody rolled a series of ours over to by hand. */
import type { Absent, Ref } from '@leasehold/engine';
import { bound } from '@leasehold/kernel';
import type { CannedRoutes } from '@leasehold/testing/fakes/canned-server';
import { createElasticsearchTable, indexTold, WITHOUT_POLICIES } from '@leasehold/testing/fakes/elasticsearch-canned';
import { hastyScope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { createCluster } from './abilities.ts';
import { clientOver } from './fixtures/client-over.ts';
import { createIndexProvider } from './provider.ts';
import type { IndexSeen } from './spec.ts';

const _DAY_MS = 86_400_000;
const refOf = (part: string): Ref => ({
  kind: 'elasticsearch-index',
  name: `acme_${part}`,
  tenantId: 'acme',
  generation: 2,
  tier: 'starter',
});
const [logs, marketplace] = [refOf('logs'), refOf('marketplace')];
function providerOf(routes: CannedRoutes) {
  const table = createElasticsearchTable(routes);
  const client = clientOver(table.ask);
  const [timeoutMs, parallelism] = [bound('t', 1), bound('p', 1)];
  const provider = createIndexProvider({ client, cluster: createCluster(client), timeoutMs, parallelism });
  return { lines: () => table.asked.map(({ method, path }) => `${method} ${path}`), provider };
}

const SERIES = 'GET /acme_logs,acme_logs-*';
const SINGLE = 'GET /acme_marketplace,acme_all_assets,acme_searchable';
const looked = async (ref: Ref, routes: CannedRoutes, atMs = 0): Promise<IndexSeen | Absent> =>
  providerOf(routes).provider.observe(ref, hastyScope(atMs));
const series = (found: object, more: CannedRoutes = {}, atMs = 0) =>
  looked(logs, { ...WITHOUT_POLICIES, [SERIES]: { body: found }, ...more }, atMs);
const _single = (found: object, more: CannedRoutes = {}) => looked(marketplace, { [SINGLE]: { body: found }, ...more });
const one = (more: object = {}) => indexTold({ part: 'logs', ...more });
const WRITES = { acme_logs: { is_write_index: true } };

const ROLLED = { acme_logs: { is_write_index: false } };

test('O1 what somebody rolled a series of ours over to is ours though it has no mark, and gets it', async () => {
  const bare = { meta: {}, aliases: ROLLED };
  const seen = await series({
    'acme_logs-000001': one({ aliases: ROLLED }),
    'acme_logs-000002': one(bare),
    'acme_logs-000003': one({ meta: {}, aliases: WRITES }),
  });
  expect(seen).toMatchObject({
    mark: 'ours',
    tier: '',
    indices: ['acme_logs-000001', 'acme_logs-000002', 'acme_logs-000003'].map((index) => ({ index })),
  });
  expect(seen).not.toHaveProperty('inTheWay');
  const { provider } = providerOf({});
  expect(provider.plan(logs, provider.spec.parse({}), seen).map(({ path }) => path)).toContain('/tier');
});

test.each([
  ['a later name', 'acme_logs-000003', { meta: {}, aliases: WRITES }, { aliases: ROLLED }],
  ['another name', 'acme_logs-9', { meta: {}, aliases: WRITES }, { aliases: ROLLED }],
  ['the alias from somebody who never had it', 'acme_logs-000002', { meta: {}, aliases: WRITES }, { aliases: {} }],
])('O1 what has %s stands in the way', async (_what, name, other, first) => {
  expect(await series({ 'acme_logs-000001': one(first), [name]: one(other) })).toMatchObject({
    inTheWay: [`alias acme_logs of index ${name}`],
  });
});
