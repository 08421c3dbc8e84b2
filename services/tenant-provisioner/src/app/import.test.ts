/** Which tenants an operator may import: I1 to I3, over a real ledger and backends in memory. */
import { ABSENT, type Provider, type SeenBase } from '@leasehold/engine';
import { bound, silentLog, unavailable } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { importCandidates } from './import.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';

let world: TestLedger;
let tenants: Tenants;
let things: Map<string, string | undefined>;
let looks: string[];
let away: boolean;

beforeEach(async () => {
  world = await openTestLedger();
  tenants = createTenants({
    ledger: world.ledger,
    clock: world.clock,
    context: () => ({ ...contextOf(openScene()), nowMs: world.nowMs }),
  });
  [things, looks, away] = [new Map(), [], false];
});
afterEach(() => world.close());

const providerOf = (kind: string, adoptable: boolean): Provider => ({
  kind,
  backend: kind,
  holdsData: true,
  hasAccess: false,
  embedded: false,
  spec: z.unknown(),
  bounds: { timeoutMs: bound('t', 1_000), parallelism: bound('p', 8), ceiling: undefined },
  listNames: async () => {
    if (away) throw unavailable('away', { code: 'Away', away: true });
    return [...things.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1));
  },
  observe: async ({ name, tenantId }) => {
    looks.push(name);
    const key = `${kind} ${name}`;
    if (!things.has(key)) return ABSENT;
    const owner = things.get(key);
    return { mark: owner === undefined ? 'none' : owner === tenantId ? 'ours' : 'foreign' } as SeenBase;
  },
  observeAll: async function* () {
    yield* [];
  },
  plan: () => [],
  ensure: async () => ({}),
  delete: async () => undefined,
  ...(adoptable ? { adopt: async () => undefined } : {}),
});

const guard = { run: (_label: string, _bounds: unknown, fn: (within: AbortSignal) => unknown) => fn(signal) };

function candidates(query: { limit: number; after?: string }, paused: readonly string[] = []) {
  const providers = new Map([
    [BUCKET, providerOf(BUCKET, true)],
    [CACHE, providerOf(CACHE, false)],
  ]);
  const backends = Object.fromEntries(paused.map((name) => [name, 'paused']));
  return importCandidates(
    {
      control: { now: () => ({ backends }) } as never,
      deps: {
        ledger: world.ledger,
        providers,
        guards: new Map([...providers.keys()].map((kind) => [kind, guard as unknown as Guard])),
        clock: world.clock,
        log: silentLog,
        pulsarTenant: 'platformq',
      },
    },
    query,
    signal,
  );
}

const source = () => ({ type: 'rest' as const, subject: 'ops', requestId: 'r', atMs: world.nowMs });

test('each tenant that the ledger does not know is named with its objects and what becomes of them', async () => {
  things.set(`${BUCKET} tenant-legacy`, undefined);
  things.set(`${CACHE} sessions_legacy`, undefined);
  things.set(`${BUCKET} tenant-lost`, 'lost');
  things.set(`${BUCKET} tenant-theirs`, 'somebody');
  things.set(`${BUCKET} backups`, undefined);
  const bucket = (id: string) => ({ kind: BUCKET, name: `tenant-${id}` });
  expect(await candidates({ limit: 50 })).toEqual({
    items: [
      {
        tenant_id: 'legacy',
        status: null,
        resources: [
          { ...bucket('legacy'), mark: 'none', adoptable: true },
          { kind: CACHE, name: 'sessions_legacy', mark: 'none', adoptable: false },
        ],
      },
      { tenant_id: 'lost', status: null, resources: [{ ...bucket('lost'), mark: 'ours', adoptable: true }] },
      { tenant_id: 'theirs', status: null, resources: [{ ...bucket('theirs'), mark: 'other', adoptable: false }] },
    ],
  });
});

test('I1: a page looks at its own tenants alone, and the next one goes on after it', async () => {
  for (const id of ['a', 'b', 'c']) things.set(`${BUCKET} tenant-${id}`, undefined);
  const first = await candidates({ limit: 2 });
  expect([first.items.map(({ tenant_id }) => tenant_id), first.next, looks.length]).toEqual([['a', 'b'], 'b', 2]);
  const second = await candidates({ limit: 2, after: 'b' });
  expect([second.items.map(({ tenant_id }) => tenant_id), second.next]).toEqual([['c'], undefined]);
});

test('I2: a backend that is away makes it fail; a paused one is left out', async () => {
  things.set(`${BUCKET} tenant-a`, undefined);
  expect((await candidates({ limit: 2 }, [BUCKET])).items).toEqual([]);
  away = true;
  await expect(candidates({ limit: 2 })).rejects.toMatchObject({ code: 'Away' });
});

test('I3: a tenant of the ledger is named only where it failed', async () => {
  for (const id of ['known', 'refused']) {
    things.set(`${BUCKET} tenant-${id}`, undefined);
    await tenants.command(id, create(), source(), 'open');
  }
  await tenants.decide('refused', (rows, context) =>
    decideOutcomes(rows.state, rows.waiting, [{ id: BUCKET, status: 'failed' }], context),
  );
  expect((await candidates({ limit: 9 })).items.map(({ tenant_id, status }) => [tenant_id, status])).toEqual([
    ['refused', 'failed'],
  ]);
});
