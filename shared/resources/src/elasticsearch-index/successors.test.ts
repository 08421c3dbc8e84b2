/** What somebody rolled a series of ours over to by hand. */
import { esMark } from '@leasehold/testing/fakes/elasticsearch-canned';
import { expect, test } from 'vitest';
import { DAY_MS, logs, one, searchCluster, series, WRITES } from '../../test/search-cluster.ts';

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
  const { provider } = searchCluster();
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

test('O1 those of a series stay in their order, also where a later one has its mark already', async () => {
  const seen = await series(
    {
      'acme_logs-000001': one({ aliases: ROLLED }),
      'acme_logs-000002': one({ meta: {}, aliases: ROLLED, createdAtMs: DAY_MS }),
      'acme_logs-000003': one({ aliases: WRITES, createdAtMs: 3 * DAY_MS }),
    },
    { 'GET /acme_logs-000003/_stats/docs,store': { body: {} } },
    9 * DAY_MS,
  );
  expect(seen).toMatchObject({
    mark: 'ours',
    tier: '',
    indices: [
      { index: 'acme_logs-000001', rolledDays: 8 },
      { index: 'acme_logs-000002', rolledDays: 6 },
      { index: 'acme_logs-000003', rolledDays: null },
    ],
  });
});

test('O1 the tier of a series is that of the index that is written to, where each of ours has its mark', async () => {
  const found = (first: object) => ({
    'acme_logs-000001': one({ aliases: ROLLED, ...first }),
    'acme_logs-000002': one({ aliases: WRITES, meta: esMark({ tier: 'free' }) }),
  });
  expect(await series(found({}))).toMatchObject({ tier: 'free' });
  expect(await series(found({ meta: esMark({ tier: 'professional' }) }))).toMatchObject({ tier: 'free' });
});
