/** What a rollout would do, told without doing it: who is behind, in which waves, what becomes of each object, and of the first a look. */
import type { Limits, Tier } from '@leasehold/contracts';
import type { GraphNode } from '@leasehold/engine';
import { silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Guard } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { createMemoryBackend } from '@leasehold/testing/fakes/memory-backend';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decideOutcomes, decideRunEnd } from '../../domain/decide.ts';
import { OPTIONS } from '../../domain/rollout/rollout.fixture.ts';
import { contextOf, create, LIMITS, openScene, remove } from '../../domain/scene.ts';
import type { Blueprint } from '../catalog.ts';
import { createTenants, type Tenants } from '../tenants.ts';
import { type PlannedRollout, type PlanSource, planRollout, selectBehind } from './plan.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';
const KINDS = [KEYSPACE, BUCKET, CACHE];
const signal = new AbortController().signal;
let world: TestLedger;
let tenants: Tenants;
const context = () => ({
  ...contextOf(openScene()),
  nowMs: world.nowMs,
  kinds: new Map(KINDS.map((kind) => [kind, { hasAccess: false, holdsData: kind !== CACHE }])),
});

beforeEach(async () => {
  world = await openTestLedger();
  tenants = createTenants({ ledger: world.ledger, clock: world.clock, context });
});
afterEach(() => world.close());

const nodeOf = (kind: string, tenantId: string, spec: object): GraphNode => ({
  ...{ id: kind, kind, part: 'main', name: `${kind}-${tenantId}`, spec, dependsOn: [], remakeWhenLost: false },
});
type Specs = Readonly<Record<string, object>>;
/** As the stage makes a tenant. */
const SAME: Specs = { [KEYSPACE]: { tier: 'free', access: 'granted' }, [BUCKET]: { tier: 'free', access: 'granted' } };
const wanted = (
  specs: Specs,
  over: Partial<PlannedRollout['options']> = {},
  limits: Limits | null = LIMITS,
): PlannedRollout => {
  const blueprint = (tier: Tier): Blueprint => ({
    ...{ tier, digest: `new-${tier}`, limits, file: {} as never },
    graph: (_limits, tenantId) => Object.entries(specs).map(([kind, spec]) => nodeOf(kind, tenantId, spec)),
  });
  return { blueprints: new Map([['free', blueprint('free')]]), options: { ...OPTIONS, ...over } };
};
function stage(): PlanSource {
  const providers = createMemoryBackend().providers(...KINDS);
  return {
    tenants,
    context,
    inventory: { heldByOthers: () => 0 },
    deps: {
      ...{ ledger: world.ledger, providers, guards: openGuards<Guard>(providers.keys()), clock: world.clock },
      ...{ log: silentLog, metrics: silentMetrics },
    },
  };
}
const rest = () => ({ type: 'rest', subject: 'ops', requestId: 'r', atMs: world.nowMs }) as const;
async function make(tenantId: string, tier: Tier = 'free'): Promise<void> {
  await tenants.command(tenantId, create({ tier }), rest(), 'open');
  const scene = openScene();
  scene.state = (await tenants.read(tenantId)).state;
  // Nodes of the stage depend on each other; those of this blueprint do not.
  const graph = scene.state.graph.map((node) => ({ ...node, dependsOn: [] }));
  const patches = scene.settledPatches();
  await tenants.decide(tenantId, (rows, now) => decideOutcomes({ ...rows.state, graph }, rows.waiting, patches, now));
  await tenants.decide(tenantId, (rows, now) => decideRunEnd(rows.state, rows.waiting, 'whole', now));
}
const ids = (count: number) => Array.from({ length: count }, (_, at) => `t${at}`);

test('behind is who has another blueprint of a tier that is rolled out, and stays', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await make(id);
  await make('other', 'starter');
  await tenants.command('c', remove({ graceMs: 0 }), rest(), 'open');
  await tenants.command('d', { kind: 'suspend' }, rest(), 'open');
  expect(await selectBehind(stage(), wanted(SAME), signal)).toEqual({ behind: 3, tenantIds: ['a', 'b', 'd'] });
});

test('equal plans are one group, with a few examples; kinds are counted, and the waves are told', async () => {
  for (const id of ids(8)) await make(id);
  const specs = {
    [KEYSPACE]: { tier: 'free', access: 'granted', size: 2 },
    [BUCKET]: SAME[BUCKET] as object,
    [CACHE]: {},
  };
  const plan = await planRollout(stage(), wanted(specs, { waves: [1, 3] }), signal);
  expect(plan).toMatchObject({
    targets: [{ tier: 'free', digest: 'new-free' }],
    tenants: { behind: 8, planned: 8, skipped: 0, unplanned: 0 },
    waves: [1, 3, 3, 1],
    counts: [
      { kind: KEYSPACE, create: 0, update: 8, keep: 0, delete: 0 },
      { kind: CACHE, create: 8, update: 0, keep: 0, delete: 0 },
      { kind: BUCKET, create: 0, update: 0, keep: 8, delete: 0 },
    ],
    data_loss: [],
    skipped: [],
  });
  expect(plan.groups).toEqual([
    {
      tenants: 8,
      examples: ids(5),
      actions: [
        {
          id: KEYSPACE,
          kind: KEYSPACE,
          holds_data: true,
          changes: ['/size'],
          action: 'update',
          reason: 'other settings',
        },
        { id: CACHE, kind: CACHE, holds_data: false, changes: [], action: 'create', reason: 'new in the blueprint' },
      ],
    },
  ]);
  expect(plan.canary).toMatchObject({ tenant_id: 't0' });
  expect(plan.canary?.actions.map(({ id }) => id)).toEqual([KEYSPACE, BUCKET, CACHE]);
});

test.each([
  ['keep', 'keep', 'the blueprint does not name it; it stays until the tenant leaves', []],
  ['all', 'delete', 'the blueprint does not name it any more', [{ kind: BUCKET, objects: 2 }]],
] as const)('what the blueprint does not name, with the word %s', async (removals, action, reason, losses) => {
  for (const id of ids(2)) await make(id);
  const plan = await planRollout(stage(), wanted({ [KEYSPACE]: SAME[KEYSPACE] as object }, { removals }), signal);
  expect(plan.groups).toEqual([
    {
      tenants: 2,
      examples: ids(2),
      actions: [{ id: BUCKET, kind: BUCKET, holds_data: true, changes: [], action, reason }],
    },
  ]);
  expect(plan.data_loss).toEqual(losses);
});

test('where settings differ is told as pointers, two levels deep', async () => {
  await make('a');
  const spec = { tier: 'free', access: 'granted', lists: [1], deep: { x: { y: 1 }, z: 1 } };
  const changed = { tier: 'gold', access: 'granted', lists: [2], deep: { x: { y: 2 }, z: 1 }, more: null };
  await tenants.decide('a', (rows, now) => {
    const graph = rows.state.graph.map((node) => (node.id === KEYSPACE ? { ...node, spec } : node));
    return decideOutcomes({ ...rows.state, graph }, rows.waiting, [], now);
  });
  const scene = openScene();
  scene.state = (await tenants.read('a')).state;
  await tenants.decide('a', (rows, now) => decideOutcomes(rows.state, rows.waiting, scene.settledPatches(), now));
  const plan = await planRollout(stage(), wanted({ ...SAME, [KEYSPACE]: changed }), signal);
  expect(plan.groups[0]?.actions).toMatchObject([{ id: KEYSPACE, changes: ['/deep/x', '/lists', '/tier'] }]);
});

test('who would be left out is counted by the reason, with a few examples, and makes no part of the waves', async () => {
  for (const id of ids(8)) await make(id);
  for (const id of ids(7)) await tenants.command(id, { kind: 'suspend' }, rest(), 'open');
  const plan = await planRollout(stage(), wanted(SAME), signal);
  expect(plan.tenants).toEqual({ behind: 8, planned: 1, skipped: 7, unplanned: 0 });
  expect(plan.skipped).toEqual([
    {
      code: 'Suspended',
      tenants: 7,
      message: 'the tenant is suspended: nothing is changed meanwhile',
      examples: ids(5),
    },
  ]);
  expect([plan.waves, plan.groups]).toEqual([[1], [{ tenants: 1, examples: ['t7'], actions: [] }]]);
});

test('with nobody behind there is no canary, and with limits that no backend takes there is a refusal', async () => {
  expect(await planRollout(stage(), wanted(SAME), signal)).toMatchObject({ waves: [], groups: [], canary: null });
  await make('a');
  await tenants.decide('a', (rows, now) => decideOutcomes({ ...rows.state, limits: null }, rows.waiting, [], now));
  const plan = await planRollout(stage(), wanted(SAME, {}, null), signal);
  expect(plan).toMatchObject({
    tenants: { behind: 1, planned: 0, skipped: 1 },
    skipped: [{ code: 'Refused', tenants: 1, message: 'the tenant has no limits', examples: ['a'] }],
  });
});
