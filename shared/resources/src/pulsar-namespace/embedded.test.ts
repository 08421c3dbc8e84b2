/** What a repair of an embedded namespace changes in its record, and what it leaves as somebody set it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ABSENT, type Ref } from '@leasehold/engine';
import { scope } from '@leasehold/testing/suites/provider-steps';
import { expect, test } from 'vitest';
import { change, embeddedFolders, readRecord, writeRecord } from '../../test/embedded-folder.ts';
import { createEmbeddedPulsarBackend } from './embedded.ts';

const ref: Ref = { kind: 'pulsar-namespace', name: 'platformq/acme', tenantId: 'acme', generation: 2, tier: 'free' };
const SPEC = {
  retentionMinutes: 60,
  retentionMegabytes: 100,
  messageTtlSeconds: 30,
  backlogQuotaBytes: 1000,
  publishRate: { messagesPerSecond: 1, bytesPerSecond: 2 },
  dispatchRate: { messagesPerSecond: 3, bytesPerSecond: 4 },
  roles: { svc: ['produce'] },
  topics: { a: ['s', 't'], b: [] },
};
const WANTED = {
  retentionMinutes: 60,
  retentionMegabytes: 100,
  messageTtlSeconds: 30,
  backlogQuotaBytes: 1000,
  backlogPolicy: 'producer_request_hold',
  evictsByAge: false,
  publishRate: { messagesPerSecond: 1, bytesPerSecond: 2 },
  dispatchRate: { messagesPerSecond: 3, bytesPerSecond: 4 },
  permissions: { svc: ['produce'] },
  topics: { a: ['s', 't'], b: [] },
};
const WRONG = {
  retentionMinutes: 1,
  retentionMegabytes: 2,
  messageTtlSeconds: 3,
  backlogQuotaBytes: 4,
  backlogPolicy: 'consumer_backlog_eviction',
  evictsByAge: true,
  subscriptionExpirationMinutes: 5,
  publishRate: null,
  dispatchRate: null,
  permissions: { eve: ['consume'] },
  topics: { a: ['s', 'own'], theirs: ['x'] },
};
const fresh = embeddedFolders();

async function embedded(state?: object) {
  const dataDir = await fresh();
  const { backend, providers } = createEmbeddedPulsarBackend({ dataDir });
  const path = join(dataDir, 'pulsar', 'platformq%2Facme.json');
  await mkdir(join(dataDir, 'pulsar'));
  if (state) await writeRecord(path, { tenantId: 'acme', generation: 1, tier: 'old', state });
  const [provider] = providers;
  return { backend, provider, spec: provider.spec.parse(SPEC), record: () => readRecord(path) };
}

test('a namespace is made whole, with its mark, and told as it was made', async () => {
  const { provider, spec, record } = await embedded();
  const outputs = await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  expect(outputs).toEqual({
    namespace: 'platformq/acme',
    topics: ['persistent://platformq/acme/a', 'persistent://platformq/acme/b'],
  });
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WANTED });
  expect(await provider.observe(ref, scope())).toEqual({ mark: 'ours', generation: 2, tier: 'free', ...WANTED });
});

const { subscriptionExpirationMinutes: _minutes, ...NEVER_EXPIRES } = WRONG;
test.each([
  ['/retentionMinutes', { ...WRONG, retentionMinutes: 60 }],
  ['/retentionMegabytes', { ...WRONG, retentionMegabytes: 100 }],
  ['/messageTtlSeconds', { ...WRONG, messageTtlSeconds: 30 }],
  ['/backlogQuotaBytes', { ...WRONG, backlogQuotaBytes: 1000, backlogPolicy: 'producer_request_hold' }],
  ['/evictsByAge', { ...WRONG, evictsByAge: false }],
  ['/subscriptionExpirationMinutes', NEVER_EXPIRES],
  ['/publishRate', { ...WRONG, publishRate: WANTED.publishRate }],
  ['/dispatchRate/messagesPerSecond', { ...WRONG, dispatchRate: WANTED.dispatchRate }],
  ['/access/svc', { ...WRONG, permissions: { eve: ['consume'], svc: ['produce'] } }],
  ['/access', { ...WRONG, permissions: { svc: ['produce'] } }],
  ['/topics/a/t', { ...WRONG, topics: { a: ['own', 's', 't'], b: [], theirs: ['x'] } }],
])('a repair of %s changes that alone, and the mark stays as it is', async (path, state) => {
  const { provider, spec, record } = await embedded(WRONG);
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(await record()).toEqual({ tenantId: 'acme', generation: 1, tier: 'old', state });
});

test.each(['/tier', '/generation'])('a repair of %s writes the mark anew and nothing else', async (path) => {
  const { provider, spec, record } = await embedded(WRONG);
  await provider.ensure(ref, spec, [change(path)], scope());
  expect(await record()).toEqual({ tenantId: 'acme', generation: 2, tier: 'free', state: WRONG });
});

test('a backlog quota that the tier has no more takes its policy along', async () => {
  const { provider, record } = await embedded(WRONG);
  const spec = provider.spec.parse({ ...SPEC, backlogQuotaBytes: null });
  await provider.ensure(ref, spec, [change('/backlogQuotaBytes')], scope());
  expect(await record()).toMatchObject({ state: { backlogQuotaBytes: null, backlogPolicy: null } });
});

test('what others made is seen as the server’s own settings, and marked beside what it says', async () => {
  const { provider, spec, record } = await embedded();
  const dataDir = await fresh();
  const theirs = createEmbeddedPulsarBackend({ dataDir }).providers[0];
  await mkdir(join(dataDir, 'pulsar'));
  await writeRecord(join(dataDir, 'pulsar', 'platformq%2Facme.json'), { any: 1 });
  expect(await theirs.observe(ref, scope())).toMatchObject({
    mark: 'none',
    tier: '',
    retentionMinutes: 0,
    permissions: {},
    topics: {},
  });
  await theirs.adopt?.(ref, spec, scope());
  expect(await readRecord(join(dataDir, 'pulsar', 'platformq%2Facme.json'))).toMatchObject({
    tenantId: 'acme',
    generation: 2,
    tier: 'free',
    adopted: true,
    state: { retentionMinutes: 0, evictsByAge: false },
  });
  await provider.ensure(ref, spec, provider.plan(ref, spec, ABSENT), scope());
  expect(await record()).not.toHaveProperty('adopted');
});

test.each(['platformq', 'a/b/c', 'a/', 'a b/c'])(
  'a name that is no tenant and namespace, %j, is refused',
  async (name) => {
    const { provider, spec } = await embedded();
    const bad = { ...ref, name };
    await expect(provider.observe(bad, scope())).rejects.toMatchObject({ class: 'Invalid', code: 'InvalidName' });
    await expect(provider.ensure(bad, spec, [], scope())).rejects.toMatchObject({ code: 'InvalidName' });
    await expect((async () => provider.adopt?.(bad, spec, scope()))()).rejects.toMatchObject({ code: 'InvalidName' });
  },
);

test('it is what it says of itself, by which the mesh treats it', async () => {
  const { provider, backend } = await embedded();
  expect(provider).toMatchObject({
    kind: 'pulsar-namespace',
    backend: 'pulsar',
    holdsData: false,
    hasAccess: true,
    embedded: true,
    bounds: { ceiling: undefined },
  });
  expect([provider.isGrantUnsaid, provider.unfit]).toEqual([undefined, undefined]);
  expect(backend).toMatchObject({ name: 'pulsar', embedded: true });
});
