/** What a node is given for a tenant, against a file written by hand, read back from the bytes of the protocol. */
import { readFileSync } from 'node:fs';
import { isAbsent, type Ref } from '@leasehold/engine';
import { createIgniteServer, type IgniteServerOptions } from '@leasehold/testing/fakes/ignite-server';
import { converge, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { labelled } from '../../test/labelled.ts';
import { createIgniteBackend } from './backend.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function nodeOf(options: IgniteServerOptions = {}) {
  const server = await createIgniteServer(options);
  const { backend, providers } = createIgniteBackend({ host: '127.0.0.1', port: server.port, around: labelled });
  open.push(() => backend.close(), server.close);
  return { server, provider: providers[0] };
}

const refOf = (part: string, more: Partial<Ref> = {}): Ref => ({
  kind: 'ignite-cache',
  name: `${part}_acme`,
  tenantId: 'acme',
  generation: 2,
  tier: 'free',
  ...more,
});

/** What the tiers' files say of each part. */
const SPECS: Readonly<Record<string, object>> = {
  sessions: { backups: 1, atomicity: 'atomic', expirySeconds: 3600 },
  marketplace: { backups: 2, atomicity: 'transactional' },
  ml_models: { backups: 1, atomicity: 'atomic' },
  feature_store: { backups: 1, atomicity: 'atomic' },
  analytics: { backups: 0, atomicity: 'atomic', expirySeconds: 300 },
  graph_cache: { backups: 1, atomicity: 'transactional' },
};

test('I1 each cache of a tenant is as the file has it, mark included', async () => {
  const { server, provider } = await nodeOf();
  for (const [part, spec] of Object.entries(SPECS)) await converge(provider, refOf(part), provider.spec.parse(spec));
  const made = [...server.caches].map(([name, { mode, backups, atomicity, group, keys }]) => {
    const [[type, mark] = []] = keys;
    expect([type, keys.length], name).toEqual(['leasehold', 1]);
    const told = {
      mode: ['local', 'replicated', 'partitioned'][mode],
      atomicity: ['transactional', 'atomic'][atomicity],
    };
    return [name, { ...told, backups, group, mark }];
  });
  const golden = parse(readFileSync(new URL('./fixtures/caches.yaml', import.meta.url), 'utf8'));
  expect(Object.fromEntries(made)).toEqual(golden);
  const all = await listAll(provider);
  expect(all.map(([{ name, tenantId, generation }, { mark }]) => [name, tenantId, generation, mark]).sort()).toEqual(
    Object.keys(golden)
      .sort()
      .map((name) => [name, 'acme', 2, 'ours']),
  );
});

test('a later generation is marked in the mesh’s own cache, which every node holds, and the earlier is late', async () => {
  const { server, provider } = await nodeOf();
  const spec = provider.spec.parse({});
  await converge(provider, refOf('sessions'), spec);
  const later = refOf('sessions', { generation: 3 });
  expect((await converge(provider, later, spec)).map(({ path, from, to }) => [path, from, to])).toEqual([
    ['/generation', 2, 3],
  ]);
  expect(server.caches.get('leasehold_marks')).toMatchObject({ mode: 1, atomicity: 1 });
  expect(await provider.observe(later, scope())).toMatchObject({ mark: 'ours', generation: 3 });
  expect(provider.plan(later, spec, await provider.observe(later, scope()))).toEqual([]);
  await expect(provider.delete(refOf('sessions'), scope())).rejects.toMatchObject({
    code: 'NewerGeneration',
    backend: 'ignite',
  });
  await provider.delete(later, scope());
  expect(isAbsent(await provider.observe(later, scope()))).toBe(true);
  expect(server.caches.get('leasehold_marks')?.entries.size).toBe(0);
});

test('names that the contract does not give are refused before any call', async () => {
  const { server, provider } = await nodeOf();
  for (const name of ['other_acme', 'sessions_', 'sessions_Acme', 'xsessions_acme', 'sessions_acme*', 'sessions'])
    await expect(async () => provider.observe(refOf('x', { name }), scope()), name).rejects.toMatchObject({
      code: 'InvalidName',
    });
  expect(server.accepted).toBe(0);
});
