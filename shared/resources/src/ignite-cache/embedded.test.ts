/** What an embedded cache's record says, what of it is made anew, and what others' records are taken to be. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, type Ref } from '@leasehold/engine';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { change, embeddedFolders, readRecord, writeRecord } from '../../test/embedded-folder.ts';
import { createEmbeddedIgniteBackend } from './embedded.ts';

const ref: Ref = { kind: 'ignite-cache', name: 'sessions_acme', tenantId: 'acme', generation: 2, tier: 'free' };
const fresh = embeddedFolders();

async function embedded(record?: object) {
  const dataDir = await fresh();
  const { backend, providers } = createEmbeddedIgniteBackend({ dataDir });
  const path = join(dataDir, 'ignite', 'sessions_acme.json');
  await mkdir(join(dataDir, 'ignite'));
  if (record) await writeRecord(path, record);
  const [provider] = providers;
  return {
    backend,
    provider,
    spec: provider.spec.parse({ backups: 1, expirySeconds: 60 }),
    record: () => readRecord(path),
  };
}
const marked = (state: object) => ({ tenantId: 'acme', generation: 1, tier: 'old', state });
const WANTED = { backups: 1, atomicity: 'atomic', expirySeconds: 60, group: 'tenants-b1' };
const OTHER = { backups: 2, atomicity: 'transactional', expirySeconds: 5, group: 'tenants-b2' };

test('a cache is made with its group and mark, and seen as it is', async () => {
  const { provider, spec, record } = await embedded();
  expect(await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope())).toEqual({
    cache: 'sessions_acme',
  });
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WANTED });
  expect(await provider.observe(ref, scope())).toEqual({
    mark: 'ours',
    generation: 2,
    mode: 'partitioned',
    backups: 1,
    atomicity: 'atomic',
    group: 'tenants-b1',
  });
});

test.each(['/backups', '/atomicity', '/group'])('a repair of %s makes the configuration anew, whole', async (path) => {
  const { provider, spec, record } = await embedded(marked(OTHER));
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(await record()).toEqual(marked(WANTED));
});

test('a repair of the mark leaves the configuration', async () => {
  const { provider, spec, record } = await embedded(marked(OTHER));
  await provider.ensure(ref, spec, [change('/generation')], scope());
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: OTHER });
});

test.each([
  [{}, { backups: 0, atomicity: 'atomic', group: null }],
  [
    { backups: 2, atomicity: 'transactional', group: 'g' },
    { backups: 2, atomicity: 'transactional', group: 'g' },
  ],
  [
    { backups: '2', atomicity: 'other', group: 7 },
    { backups: 0, atomicity: 'atomic', group: null },
  ],
])('a record of others, %j, is taken to be %j', async (theirs, taken) => {
  const { provider, spec, record } = await embedded(theirs);
  expect(await provider.observe(ref, scope())).toEqual({ mark: 'none', mode: 'partitioned', ...taken });
  await provider.adopt?.(ref, spec, scope());
  expect(await record()).toEqual({
    tenantId: 'acme',
    generation: 2,
    tier: 'free',
    adopted: true,
    state: { ...taken, expirySeconds: null },
  });
});

test('it is what it says of itself, and its backend says once that nothing expires', async () => {
  const { provider, backend } = await embedded();
  expect(provider).toMatchObject({
    kind: 'ignite-cache',
    backend: 'ignite',
    holdsData: false,
    hasAccess: false,
    embedded: true,
  });
  expect(backend).toMatchObject({ name: 'ignite', embedded: true, lacks: expect.stringContaining('nothing expires') });
  const other = { mark: 'none', mode: 'partitioned', backups: 9, atomicity: 'atomic', group: null } as const;
  expect(provider.unfit?.(ref, provider.spec.parse({ backups: 1 }), other)).not.toEqual([]);
  await expect(provider.observe({ ...ref, name: 'no name' }, scope())).rejects.toMatchObject({ code: 'InvalidName' });
});
