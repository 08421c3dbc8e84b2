/** What would be done, told without doing it: F1 to F3, in the words of the contract. */
import type { LeftChange, Provider } from '@leasehold/engine';
import { bound, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Guard } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend, type MemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, create, LIMITS, openScene, remove } from '../domain/scene.ts';
import type { TenantState } from '../domain/state.ts';
import { driftOf, dryRun, type Foreseen, planOf, refusalsOf } from './dry-run.ts';
import { createTenants, type Tenants } from './tenants.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
let backend: MemoryBackend;
let over: Partial<Provider>;
let held: number;
const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });

beforeEach(async () => {
  world = await openTestLedger();
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
  backend = createMemoryBackend();
  [over, held] = [{}, 0];
});
afterEach(() => world.close());

function stage(): Foreseen {
  const providers = new Map([KEYSPACE, BUCKET].map((kind) => [kind, backend.provider(kind, over)]));
  return {
    tenants,
    context,
    inventory: { heldByOthers: () => held },
    deps: {
      ...{ ledger: world.ledger, providers, guards: openGuards<Guard>(providers.keys()), clock: world.clock },
      ...{ log: silentLog, metrics: silentMetrics },
    },
  };
}
const call = () => ({ principal: { sub: 'ops' }, requestId: 'r', clock: world.clock, signal }) as never;
const rest = () => ({ type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }) as const;
const stateNow = async () => (await tenants.read('acme')).state;
/** Complete, with its objects there. */
async function complete(more: Partial<TenantState> = {}): Promise<TenantState> {
  await tenants.command('acme', create(), rest(), 'open');
  const scene = openScene();
  scene.state = await stateNow();
  await tenants.decide('acme', (rows, now) =>
    decideOutcomes({ ...rows.state, ...more }, rows.waiting, scene.settledPatches(), now),
  );
  for (const kind of [KEYSPACE, BUCKET]) backend.things.set(`${kind} ${kind}-acme`, { owner: 'acme' });
  return stateNow();
}
const short = ({ actions }: { readonly actions: readonly { readonly id: string; readonly action: string }[] }) =>
  actions.map(({ id, action }) => `${id} ${action}`);

test('F1: a creation tells what would be made, in what order, for how much, and leaves nothing', async () => {
  const told = await dryRun(stage(), call(), 'acme', create());
  expect(told).toMatchObject({
    actions: [
      { id: KEYSPACE, kind: KEYSPACE, name: `${KEYSPACE}-acme`, action: 'create', depends_on: [] },
      { id: BUCKET, kind: BUCKET, name: `${BUCKET}-acme`, action: 'create', depends_on: [KEYSPACE] },
    ],
    estimated_monthly_cost: { amount: '0.00', currency: 'USD' },
  });
  expect(told.actions[0]).not.toHaveProperty('refused');
  expect(told.actions[0]).not.toHaveProperty('held');
  expect(told.actions[0]).not.toHaveProperty('differences');
  expect([(await stateNow()).generation, backend.things.size, backend.asked('make')]).toEqual([0, 0, 0]);
});

test('the cost is that of the limits that are asked for', async () => {
  const limits = { ...LIMITS, monthly_cost_usd: null };
  const told = await dryRun(stage(), call(), 'acme', create({ tier: 'custom', limits }));
  expect(told.estimated_monthly_cost.amount).toBe('103.20');
});

test('what is refused is refused with its code, and a repeat plans what is', async () => {
  await complete();
  await expect(dryRun(stage(), call(), 'acme', create({ name: 'Other' }))).rejects.toMatchObject({
    code: 'tenant-conflict',
  });
  expect(short(await dryRun(stage(), call(), 'acme', create()))).toEqual([`${KEYSPACE} keep`, `${BUCKET} keep`]);
});

test('F2: a backend that is away makes it fail, and of a drift it is told what could not be seen', async () => {
  const state = await complete();
  backend.away.add(BUCKET);
  await expect(dryRun(stage(), call(), 'acme', create())).rejects.toMatchObject({ code: 'Away' });
  const drift = await driftOf(stage(), state, signal);
  expect(drift).toEqual({
    tenant_id: 'acme',
    observed_at: new Date(world.nowMs).toISOString(),
    drift: [],
    unseen: [{ kind: BUCKET, name: `${BUCKET}-acme`, reason: 'away' }],
  });
});

test('F3: a name that is taken is kept, refused with its code, and the tenant would fail by it', async () => {
  backend.things.set(`${BUCKET} ${BUCKET}-acme`, { owner: 'somebody' });
  const [, bucket] = (await dryRun(stage(), call(), 'acme', create())).actions;
  expect(bucket).toMatchObject({ action: 'keep', refused: 'NameTaken' });
  expect(bucket?.reason).toMatch(/^NameTaken: .*; the tenant would fail by it$/);
  const refused = await refusalsOf(stage(), call(), 'acme', create());
  expect(refused.map(({ id, action }) => [id, action])).toEqual([[BUCKET, 'refuse']]);
});

test('F3: what would go over a ceiling is refused, to the last that fits', async () => {
  const bounds = (limit: number): Provider['bounds'] => ({
    timeoutMs: bound('t', 1_000),
    parallelism: bound('p', 8),
    ceiling: { name: 'tables', cost: 1, limit: bound('tables', limit) },
  });
  held = 4;
  over = { bounds: bounds(5) };
  expect(await refusalsOf(stage(), call(), 'acme', create())).toEqual([]);
  over = { bounds: bounds(4) };
  const refused = await refusalsOf(stage(), call(), 'acme', create());
  expect(refused[0]).toMatchObject({ action: 'refuse', changes: [], reason: { code: 'CeilingReached' } });
  const told = await dryRun(stage(), call(), 'acme', create());
  expect(told.actions[0]).toMatchObject({ action: 'keep', refused: 'CeilingReached' });
  // A removal makes nothing, so no ceiling is in its way.
  await complete();
  expect(short(await dryRun(stage(), call(), 'acme', remove({ graceMs: 0 })))).toEqual([
    `${KEYSPACE} delete`,
    `${BUCKET} delete`,
  ]);
});

test('what has left the blueprint is told after what stays, as taken down; what was kept says why it stays', async () => {
  await complete();
  const state = { ...(await stateNow()), blueprint: { digest: 'd', leaving: [BUCKET], kept: [KEYSPACE] } };
  const plan = await planOf(stage(), state, signal);
  expect(plan).toMatchObject([
    { id: KEYSPACE, action: 'keep', reason: 'the tier does not name it; it stays until the tenant leaves' },
    { id: BUCKET, action: 'delete', reason: 'the tier does not name it any more' },
  ]);
});

test('a loss is kept and says so; what is made anew on a word says that it will be empty', async () => {
  await complete();
  backend.things.delete(`${BUCKET} ${BUCKET}-acme`);
  const [, lost] = await planOf(stage(), await stateNow(), signal);
  expect(lost).toMatchObject({ action: 'keep' });
  expect(lost?.reason).toMatch(/it stays so, and the tenant is degraded, until an operator decides$/);
  expect(await driftOf(stage(), await stateNow(), signal)).toMatchObject({
    drift: [{ kind: BUCKET, name: `${BUCKET}-acme`, action: 'lost' }],
    unseen: [],
  });
});

const plansValue = (weakens?: LeftChange['weakens']): Partial<Provider> => ({
  plan: (_ref, _spec, seen) =>
    'absent' in seen
      ? [{ path: '', from: undefined, to: 'present', weight: 'data' }]
      : [{ path: '/size', from: 7, to: undefined, weight: 'settings', ...(weakens ? { weakens } : {}) }],
});

test('a drift is told with what differs, in words of JSON; what is as it should be is not', async () => {
  const state = await complete();
  over = plansValue();
  const { drift } = await driftOf(stage(), state, signal);
  expect(drift).toHaveLength(2);
  expect(drift[0]).toEqual({
    kind: KEYSPACE,
    name: `${KEYSPACE}-acme`,
    action: 'update',
    reason: expect.any(String),
    differences: [{ path: '/size', from: 7, to: null }],
  });
  over = {};
  expect((await driftOf(stage(), state, signal)).drift).toEqual([]);
});

test('what waits for a word is held, with what making it would destroy', async () => {
  const state = await complete();
  over = plansValue({ kind: 'fewer-replicas', would: 'keep 1 instead of 7' });
  const { drift } = await driftOf(stage(), state, signal);
  expect(drift[0]).toMatchObject({
    action: 'hold',
    differences: [{ path: '/size', from: 7, to: null }],
    held: [{ path: '/size', from: 7, to: null, would: 'keep 1 instead of 7' }],
  });
  const [first] = await planOf(stage(), state, signal);
  expect(first).toMatchObject({ action: 'keep', held: [{ path: '/size', would: 'keep 1 instead of 7' }] });
});

test('a tenant that is gone has no drift', async () => {
  const state = { ...(await complete()), phase: 'gone' as const };
  backend.calls.length = 0;
  expect([(await driftOf(stage(), state, signal)).drift, backend.calls]).toEqual([[], []]);
});
