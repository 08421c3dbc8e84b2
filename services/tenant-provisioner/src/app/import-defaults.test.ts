/** What an import means where it does not say: told by the ledger, else by what is found; nothing found is nothing to import. */
import type { MemoryBackend, Thing } from '@leasehold/testing/fakes/memory-backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTenantsOnBackends, type TenantsOnBackends } from '../../test/tenants-on-backends.ts';
import { create, LIMITS, remove } from '../domain/scene.ts';
import { type ImportAsked, importDefaults } from './import-defaults.ts';
import type { Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const KINDS = ['minio-bucket', 'kubernetes-namespace'] as const;

let stage: TenantsOnBackends;
let tenants: Tenants;
let backend: MemoryBackend;

beforeEach(async () => {
  stage = await openTenantsOnBackends({ graph: () => [] });
  ({ tenants, backend } = stage);
});
afterEach(() => stage.close());

/** Under the tenant's name of the kind. */
const make = (kind: (typeof KINDS)[number], told: Thing['told'] = {}, owner?: string) =>
  backend.things.set(`${kind} tenant-legacy`, { owner, told });
const awayAll = () => {
  for (const kind of KINDS) backend.away.add(kind);
};

const meant = (asked: Partial<ImportAsked> = {}) =>
  importDefaults(
    { control: stage.control, tenants, deps: stage.looking(backend.providers(...KINDS)) },
    { tenant_id: 'legacy', ...asked },
    signal,
  );

const ask = (command: Parameters<Tenants['command']>[1]) =>
  tenants.command('legacy', command, stage.operator(), 'open');

test('a tenant that the ledger knows is meant as the ledger has it, whatever its name, and no backend is looked at', async () => {
  await ask(create({ name: 'Legacy Ltd', tier: 'custom', limits: LIMITS }));
  awayAll();
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'custom', limits: LIMITS });
});

test('of one that it does not know the objects tell name and tier; what is said goes before', async () => {
  make('minio-bucket', { tier: 'Starter' });
  make('kubernetes-namespace', { tier: '', tenantName: 'Legacy Ltd' }, 'legacy');
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'starter' });
  expect(await meant({ tenant_name: 'Other', tier: 'free' })).toEqual({ name: 'Other', tier: 'free' });
});

test('objects that tell nothing leave the id and the smallest tier; another owner’s tell nothing of this tenant', async () => {
  make('minio-bucket', { tier: 'gold' });
  make('kubernetes-namespace', { tier: 'enterprise', tenantName: 'Somebody' }, 'somebody');
  expect(await meant()).toEqual({ name: 'legacy', tier: 'free' });
});

test('objects that tell different tiers are refused with both, until the operator says which', async () => {
  make('minio-bucket', { tier: 'starter' });
  make('kubernetes-namespace', { tier: 'professional' });
  await expect(meant()).rejects.toThrow(/starter \(minio-bucket tenant-legacy\) and professional/);
  expect(await meant({ tier: 'professional' })).toMatchObject({ tier: 'professional' });
});

test('where nothing exists under the names there is nothing to import, for a deleted tenant too, which else is meant as it was', async () => {
  await expect(meant()).rejects.toThrow(/nothing exists under the names of legacy/);
  await ask(create({ name: 'Legacy Ltd', tier: 'starter' }));
  await ask(remove({ graceMs: 0 }));
  await expect(meant()).rejects.toThrow(/nothing to import/);
  make('minio-bucket');
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'starter' });
});

test('what is paused is not looked at; a backend that is away makes it fail', async () => {
  make('minio-bucket', { tier: 'starter' });
  make('kubernetes-namespace', { tier: 'free' });
  stage.paused.add('kubernetes-namespace');
  expect(await meant()).toMatchObject({ tier: 'starter' });
  awayAll();
  await expect(meant()).rejects.toMatchObject({ code: 'Away' });
});
