/** What a repair of an embedded index changes in its record, and what it leaves as somebody set it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, type Ref } from '@leasehold/engine';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { change, embeddedFolders, readRecord, writeRecord } from '../../test/embedded-folder.ts';
import { createEmbeddedElasticsearchBackend } from './embedded.ts';

const refOf = (part: string): Ref => ({
  kind: 'elasticsearch-index',
  name: `acme_${part}`,
  tenantId: 'acme',
  generation: 2,
  tier: 'free',
});
const logs = refOf('logs');
const FIELDS = {
  '@timestamp': 'date',
  level: 'keyword',
  service: 'keyword',
  message: 'text',
  trace_id: 'keyword',
  span_id: 'keyword',
  details: 'object',
};
const LIFECYCLE = { rolloverAfterDays: 30, rolloverAfterGigabytes: 10, deleteAfterDays: 90 };
const WANTED = {
  index: 'acme_logs-000001',
  refreshSeconds: 1,
  lifecycle: LIFECYCLE,
  aliases: ['acme_logs'],
  fields: FIELDS,
};
const { level: _level, ...OTHER_FIELDS } = FIELDS;
const WRONG = {
  index: 'acme_logs-000001',
  refreshSeconds: 9,
  lifecycle: { rolloverAfterDays: 1, rolloverAfterGigabytes: 2, deleteAfterDays: null },
  aliases: [],
  fields: OTHER_FIELDS,
};
const fresh = embeddedFolders();

async function embedded(record?: object, ref = logs) {
  const dataDir = await fresh();
  const { backend, providers } = createEmbeddedElasticsearchBackend({ dataDir });
  const path = join(dataDir, 'elasticsearch', `${ref.name}.json`);
  await mkdir(join(dataDir, 'elasticsearch'));
  if (record) await writeRecord(path, record);
  const [provider] = providers;
  return { backend, provider, spec: provider.spec.parse({}), record: () => readRecord(path) };
}
const marked = (state: object) => ({ tenantId: 'acme', generation: 1, tier: 'old', state });

test('a series is made whole, with its mark, and is seen as one that is never due', async () => {
  const { provider, spec, record } = await embedded();
  expect(await provider.ensure(logs, spec, provider.plan(logs, spec, ABSENT), scope())).toEqual({
    index: 'acme_logs',
    aliases: ['acme_logs'],
  });
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WANTED });
  const seen = await provider.observe(logs, scope());
  expect(seen).toEqual({
    mark: 'ours',
    generation: 2,
    tier: 'free',
    refreshSeconds: 1,
    replicas: '0-1',
    aliases: ['acme_logs'],
    fields: FIELDS,
    dynamic: 'false',
    managed: true,
    indices: [{ index: 'acme_logs-000001', rolledDays: null }],
    writeIndex: { ageDays: 0, documents: 0, bytes: 0 },
    policy: LIFECYCLE,
    hasTemplate: true,
  });
  expect(provider.plan(logs, spec, seen)).toEqual([]);
});

test('a single index has its own name and the aliases of the contract', async () => {
  const marketplace = refOf('marketplace');
  const { provider, spec, record } = await embedded(undefined, marketplace);
  expect(await provider.ensure(marketplace, spec, provider.plan(marketplace, spec, ABSENT), scope())).toEqual({
    index: 'acme_marketplace',
    aliases: ['acme_all_assets', 'acme_searchable'],
  });
  expect(await record()).toMatchObject({
    state: { index: 'acme_marketplace', aliases: ['acme_all_assets', 'acme_searchable'] },
  });
});

test.each([
  ['/refreshSeconds', { ...WRONG, refreshSeconds: 1 }],
  ['/lifecycle/deleteAfterDays', { ...WRONG, lifecycle: { ...WRONG.lifecycle, deleteAfterDays: 90 } }],
  ['/lifecycle', { ...WRONG, lifecycle: LIFECYCLE }],
  ['/aliases/acme_logs', { ...WRONG, aliases: ['acme_logs'] }],
  ['/fields/level', { ...WRONG, fields: FIELDS }],
  ['/generation', WRONG],
])('a repair of %s changes that alone', async (path, state) => {
  const { provider, spec, record } = await embedded(marked(WRONG));
  await provider.ensure(logs, spec, [change(path)], scope());
  const mark = path === '/generation' ? { generation: 2, tier: 'free' } : { generation: 1, tier: 'old' };
  expect(await record()).toEqual({ tenantId: 'acme', ...mark, state });
});

test('what others made has no fields and no aliases, and keeps what it is when it is marked', async () => {
  const { provider, spec, record } = await embedded({ theirs: true });
  expect(await provider.observe(logs, scope())).toMatchObject({
    mark: 'none',
    tier: '',
    aliases: [],
    fields: {},
    policy: { rolloverAfterDays: 0, rolloverAfterGigabytes: 0, deleteAfterDays: null },
  });
  await provider.adopt?.(logs, spec, scope());
  expect(await record()).toMatchObject({
    tenantId: 'acme',
    generation: 2,
    adopted: true,
    state: { index: '', aliases: [] },
  });
});

test.each(['Acme_logs', '_acme_logs', 'acme logs', 'a'.repeat(256)])('the name %j is refused', async (name) => {
  const { provider } = await embedded();
  await expect(provider.observe({ ...logs, name }, scope())).rejects.toMatchObject({
    class: 'Invalid',
    code: 'InvalidName',
  });
});

test('it is what it says of itself, by which the mesh treats it', async () => {
  const { provider, backend } = await embedded();
  expect(provider).toMatchObject({
    kind: 'elasticsearch-index',
    backend: 'elasticsearch',
    holdsData: true,
    hasAccess: false,
    embedded: true,
  });
  expect(backend).toMatchObject({ name: 'elasticsearch', embedded: true });
});
