/** What an import means where it does not say: told by the ledger, else by what is found; nothing found is nothing to import. */
import { ABSENT, type Provider, type SeenBase } from '@leasehold/engine';
import { bound, silentLog, unavailable } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { contextOf, create, LIMITS, openScene, remove } from '../domain/scene.ts';
import { type ImportAsked, importDefaults } from './import-defaults.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const KINDS = ['minio-bucket', 'kubernetes-namespace'] as const;

let world: TestLedger;
let tenants: Tenants;
let things: Map<string, SeenBase>;
let paused: readonly string[];
let away: boolean;

beforeEach(async () => {
  world = await openTestLedger();
  const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs, graph: () => [] });
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  [things, paused, away] = [new Map(), [], false];
});
afterEach(() => world.close());

const providerOf = (kind: string): Provider => ({
  kind,
  backend: kind,
  holdsData: true,
  hasAccess: false,
  embedded: false,
  spec: z.unknown(),
  bounds: { timeoutMs: bound('t', 1_000), parallelism: bound('p', 8), ceiling: undefined },
  observe: async () => {
    if (away) throw unavailable('away', { code: 'Away', away: true });
    return things.get(kind) ?? ABSENT;
  },
  observeAll: async function* () {
    yield* [];
  },
  plan: () => [],
  ensure: async () => ({}),
  delete: async () => undefined,
});

const guard = { run: (_label: string, _bounds: unknown, fn: (within: AbortSignal) => unknown) => fn(signal) };

const meant = (asked: Partial<ImportAsked> = {}) =>
  importDefaults(
    {
      control: { now: () => ({ backends: Object.fromEntries(paused.map((name) => [name, 'paused'])) }) } as never,
      tenants,
      deps: {
        ledger: world.ledger,
        providers: new Map(KINDS.map((kind) => [kind, providerOf(kind)])),
        guards: new Map(KINDS.map((kind) => [kind, guard as never])),
        clock: world.clock,
        log: silentLog,
        pulsarTenant: 'platformq',
      },
    },
    { tenant_id: 'legacy', ...asked },
    signal,
  );

const ask = (command: Parameters<Tenants['command']>[1]) =>
  tenants.command('legacy', command, { type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }, 'open');

test('a tenant that the ledger knows is meant as the ledger has it, whatever its name, and no backend is looked at', async () => {
  await ask(create({ name: 'Legacy Ltd', tier: 'custom', limits: LIMITS }));
  away = true;
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'custom', limits: LIMITS });
});

test('of one that it does not know the objects tell name and tier; what is said goes before', async () => {
  things.set('minio-bucket', { mark: 'none', tier: 'Starter' });
  things.set('kubernetes-namespace', { mark: 'ours', tier: '', tenantName: 'Legacy Ltd' });
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'starter' });
  expect(await meant({ tenant_name: 'Other', tier: 'free' })).toEqual({ name: 'Other', tier: 'free' });
});

test('objects that tell nothing leave the id and the smallest tier; another owner’s tell nothing of this tenant', async () => {
  things.set('minio-bucket', { mark: 'none', tier: 'gold' });
  things.set('kubernetes-namespace', { mark: 'foreign', tier: 'enterprise', tenantName: 'Somebody' });
  expect(await meant()).toEqual({ name: 'legacy', tier: 'free' });
});

test('objects that tell different tiers are refused with both, until the operator says which', async () => {
  things.set('minio-bucket', { mark: 'none', tier: 'starter' });
  things.set('kubernetes-namespace', { mark: 'none', tier: 'professional' });
  await expect(meant()).rejects.toThrow(/starter \(minio-bucket tenant-legacy\) and professional/);
  expect(await meant({ tier: 'professional' })).toMatchObject({ tier: 'professional' });
});

test('where nothing exists under the names there is nothing to import, for a deleted tenant too, which else is meant as it was', async () => {
  await expect(meant()).rejects.toThrow(/nothing exists under the names of legacy/);
  await ask(create({ name: 'Legacy Ltd', tier: 'starter' }));
  await ask(remove({ graceMs: 0 }));
  await expect(meant()).rejects.toThrow(/nothing to import/);
  things.set('minio-bucket', { mark: 'none' });
  expect(await meant()).toEqual({ name: 'Legacy Ltd', tier: 'starter' });
});

test('what is paused is not looked at; a backend that is away makes it fail', async () => {
  things.set('minio-bucket', { mark: 'none', tier: 'starter' });
  things.set('kubernetes-namespace', { mark: 'none', tier: 'free' });
  paused = ['kubernetes-namespace'];
  expect(await meant()).toMatchObject({ tier: 'starter' });
  away = true;
  await expect(meant()).rejects.toMatchObject({ code: 'Away' });
});
