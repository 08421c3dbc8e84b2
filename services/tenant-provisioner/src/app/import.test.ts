/** Which tenants an operator may import: I1 to I5, over a real ledger and backends in memory. */
import type { MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTenantsOnBackends, type TenantsOnBackends } from '../../test/tenants-on-backends.ts';
import { decideOutcomes } from '../domain/decide.ts';
import { create } from '../domain/scene.ts';
import { importCandidates } from './import.ts';
import { TENANT_DIRECTORY, tenantPartition } from './partition.ts';
import type { Tenants } from './tenants.ts';

const signal = new AbortController().signal;
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';

let stage: TenantsOnBackends;
let tenants: Tenants;
let backend: MemoryBackend;

beforeEach(async () => {
  stage = await openTenantsOnBackends();
  ({ tenants, backend } = stage);
});
afterEach(() => stage.close());

const make = (kind: string, name: string, owner?: string) => backend.things.set(`${kind} ${name}`, { owner });

function candidates(query: { limit: number; after?: string }) {
  const providers = new Map([
    [BUCKET, backend.provider(BUCKET, { adopt: async () => undefined })],
    [CACHE, backend.provider(CACHE)],
  ]);
  const { control, inventory } = stage;
  return importCandidates({ control, tenants, inventory, deps: stage.looking(providers) }, query, signal);
}

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
  stage.paused.add(BUCKET);
  expect((await candidates({ limit: 2 })).items).toEqual([]);
  stage.paused.clear();
  backend.away.add(BUCKET);
  await expect(candidates({ limit: 2 })).rejects.toMatchObject({ code: 'Away' });
});

test('I3: a tenant of the ledger is named only where it failed', async () => {
  for (const id of ['known', 'refused']) {
    make(BUCKET, `tenant-${id}`);
    await tenants.command(id, create(), stage.operator(), 'open');
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

test.each([
  ['in another version', { state: JSON.stringify({ v: 2 }) }],
  ['in no form that is known here', { state: '<state/>' }],
  ['with messages in no such form', { 'waiting/0001': '<message/>' }],
])(
  'I5: a tenant that a newer release wrote %s is told as such, and the others stand beside it',
  async (_what, rows) => {
    for (const id of ['a', 'newer', 'z']) make(BUCKET, `tenant-${id}`, id);
    const summary = JSON.stringify({ tier: 'free', status: 'failed' });
    await stage.world.ledger.update(tenantPartition('newer'), () => ({
      put: Object.entries(rows).map(([key, value]) => ({ key, value })),
      entries: [{ directory: TENANT_DIRECTORY, name: 'newer', summary }],
      result: undefined,
    }));
    const { items } = await candidates({ limit: 50 });
    expect(items.map(({ tenant_id, status, newer_release }) => [tenant_id, status, newer_release])).toEqual([
      ['a', null, undefined],
      ['newer', 'failed', true],
      ['z', null, undefined],
    ]);
    expect(items.map(({ resources }) => resources.map(({ adoptable }) => adoptable))).toEqual([
      [true],
      [false],
      [true],
    ]);
  },
);
