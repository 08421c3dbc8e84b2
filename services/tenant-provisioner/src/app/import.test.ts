/** Which tenants an operator may import: I1 to I3, over a real ledger and backends in memory. */
import { silentLog } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, openScene } from '../domain/scene.ts';
import { importCandidates } from './import.ts';
import { openInventory } from './inventory.fixture.ts';
import { createTenants, type Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';

let world: TestLedger;
let tenants: Tenants;
let backend: MemoryBackend;

beforeEach(async () => {
  world = await openTestLedger();
  tenants = createTenants({
    ledger: world.ledger,
    clock: world.clock,
    context: () => ({ ...contextOf(openScene()), nowMs: world.nowMs }),
  });
  backend = createMemoryBackend();
});
afterEach(() => world.close());

const make = (kind: string, name: string, owner?: string) => backend.things.set(`${kind} ${name}`, { owner });

function candidates(query: { limit: number; after?: string }, paused: readonly string[] = []) {
  const providers = new Map([
    [BUCKET, backend.provider(BUCKET, { adopt: async () => undefined })],
    [CACHE, backend.provider(CACHE)],
  ]);
  const backends = Object.fromEntries(paused.map((name) => [name, 'paused']));
  return importCandidates(
    {
      control: { now: () => ({ backends }) } as never,
      tenants,
      inventory: openInventory(world.ledger),
      deps: {
        ledger: world.ledger,
        providers,
        guards: openGuards<Guard>(providers.keys()),
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
  make(BUCKET, 'tenant-legacy');
  make(CACHE, 'sessions_legacy');
  make(BUCKET, 'tenant-lost', 'lost');
  make(BUCKET, 'tenant-theirs', 'somebody');
  make(BUCKET, 'backups');
  const bucket = (id: string) => ({ kind: BUCKET, name: `tenant-${id}` });
  expect(await candidates({ limit: 50 })).toEqual({
    items: [
      {
        tenant_id: 'legacy',
        status: null,
        resources: [
          { ...bucket('legacy'), mark: 'none', generation: null, adoptable: true },
          { kind: CACHE, name: 'sessions_legacy', mark: 'none', generation: null, adoptable: false },
        ],
      },
      {
        tenant_id: 'lost',
        status: null,
        resources: [{ ...bucket('lost'), mark: 'ours', generation: null, adoptable: true }],
      },
      {
        tenant_id: 'theirs',
        status: null,
        resources: [{ ...bucket('theirs'), mark: 'other', generation: null, adoptable: false }],
      },
    ],
  });
});

test('I1: a page looks at its own tenants alone, and the next one goes on after it', async () => {
  for (const id of ['a', 'b', 'c']) make(BUCKET, `tenant-${id}`);
  const first = await candidates({ limit: 2 });
  expect([first.items.map(({ tenant_id }) => tenant_id), first.next, backend.asked('look')]).toEqual([
    ['a', 'b'],
    'b',
    2,
  ]);
  const second = await candidates({ limit: 2, after: 'b' });
  expect([second.items.map(({ tenant_id }) => tenant_id), second.next]).toEqual([['c'], undefined]);
});

test('I2: a backend that is away makes it fail; a paused one is left out', async () => {
  make(BUCKET, 'tenant-a');
  expect((await candidates({ limit: 2 }, [BUCKET])).items).toEqual([]);
  backend.away.add(BUCKET);
  await expect(candidates({ limit: 2 })).rejects.toMatchObject({ code: 'Away' });
});

test('I3: a tenant of the ledger is named only where it failed', async () => {
  for (const id of ['known', 'refused']) {
    make(BUCKET, `tenant-${id}`);
    await tenants.command(id, create(), source(), 'open');
  }
  await tenants.decide('refused', (rows, context) =>
    decideOutcomes(rows.state, rows.waiting, [{ id: BUCKET, status: 'failed' }], context),
  );
  expect((await candidates({ limit: 9 })).items.map(({ tenant_id, status }) => [tenant_id, status])).toEqual([
    ['refused', 'failed'],
  ]);
});

test('I4: a mark ahead of the ledger is told with its generation, and not as one that an import adopts by itself', async () => {
  const told = async (generation: number) => {
    backend.things.set(`${BUCKET} tenant-lost`, { owner: 'lost', told: { generation } });
    const [item] = (await candidates({ limit: 50 })).items;
    return item?.resources.map(({ generation: shown, adoptable }) => [shown, adoptable]);
  };
  expect(await told(1)).toEqual([[1, true]]);
  expect(await told(2)).toEqual([[2, false]]);
});
