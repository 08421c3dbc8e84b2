/** A tenant goes over to another blueprint: B1 to B3, and what becomes of what the blueprint does not name any more. */
import type { GraphNode } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { BlueprintChange } from './blueprint.ts';
import { decideBlueprint } from './decide.ts';
import { stageOf, workDueAtMs } from './goal.ts';
import { contextOf, create, LIMITS, openScene, type Scene } from './scene.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';

const nodeOf = (kind: string, spec: object): GraphNode => ({
  id: kind,
  kind,
  part: 'main',
  name: `${kind}-acme`,
  spec,
  dependsOn: [],
  remakeWhenLost: false,
});

const change = (kinds: Readonly<Record<string, object>>, over: Partial<BlueprintChange> = {}): BlueprintChange => ({
  rollout: { id: 'ro-1', serial: 1, attempt: 1 },
  tier: 'free',
  digest: 'new',
  limits: LIMITS,
  graph: () => Object.entries(kinds).map(([kind, spec]) => nodeOf(kind, spec)),
  removals: 'keep',
  ...over,
});

const SAME = { tier: 'free', access: 'granted' };

function settled(): Scene {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  // The stage's own nodes depend on each other; a blueprint of this test does not.
  scene.state = { ...scene.state, graph: scene.state.graph.map((node) => ({ ...node, dependsOn: [] })) };
  return scene;
}

/** The stage knows two kinds; here there is a third, which holds no data. */
const contextIn = (scene: Scene) => ({
  ...contextOf(scene),
  kinds: new Map([
    [KEYSPACE, { hasAccess: true, holdsData: true }],
    [BUCKET, { hasAccess: true, holdsData: true }],
    [CACHE, { hasAccess: false, holdsData: false }],
  ]),
});

function bring(scene: Scene, wanted: BlueprintChange) {
  const decision = decideBlueprint(scene.state, scene.waiting, wanted, contextIn(scene));
  scene.state = decision.state;
  return decision.disposition.kind;
}

const statuses = (scene: Scene) => Object.fromEntries(scene.state.records.map(({ id, status }) => [id, status]));

test('B3: a kind that is new makes the tenant provisioning again with the others ready', () => {
  const scene = settled();
  expect(bring(scene, change({ [KEYSPACE]: SAME, [BUCKET]: SAME, [CACHE]: {} }))).toBe('applied');
  expect(statuses(scene)).toEqual({ [KEYSPACE]: 'ready', [BUCKET]: 'ready', [CACHE]: 'pending' });
  expect(scene.status()).toBe('provisioning');
  expect(scene.state.operation).toMatchObject({ kind: 'blueprint-change', requestedBy: 'ro-1' });
});

test('B3: other settings of a kind have only that kind looked at again', () => {
  const scene = settled();
  bring(scene, change({ [KEYSPACE]: { tier: 'free', more: 1 }, [BUCKET]: SAME }));
  expect(statuses(scene)).toEqual({ [KEYSPACE]: 'pending', [BUCKET]: 'ready' });
});

test('a blueprint that makes what the tenant has already is only noted', () => {
  const scene = settled();
  const { operation } = scene.state;
  expect(bring(scene, change({ [KEYSPACE]: SAME, [BUCKET]: SAME }))).toBe('applied');
  expect(scene.state.operation).toBe(operation);
  expect(scene.state.blueprint).toMatchObject({ digest: 'new', rollout: { serial: 1, changed: false } });
  expect(scene.status()).toBe('completed');
});

test('B1: asked again by the same rollout nothing changes, an earlier one comes too late', () => {
  const scene = settled();
  const wanted = change({ [KEYSPACE]: SAME, [BUCKET]: SAME, [CACHE]: {} });
  bring(scene, wanted);
  const { state } = scene;
  expect(bring(scene, wanted)).toBe('repeat');
  expect(scene.state.serials.operation).toBe(state.serials.operation);
  const later = settled();
  bring(later, change({ [KEYSPACE]: SAME }, { rollout: { id: 'ro-2', serial: 2, attempt: 1 } }));
  expect(bring(later, wanted)).toBe('refused');
});

test('B1: a tenant that is suspended, leaves, or is busy is left as it is', () => {
  const wanted = change({ [KEYSPACE]: SAME, [CACHE]: {} });
  const suspended = settled();
  suspended.rest({ kind: 'suspend' });
  const leaving = settled();
  leaving.rest({ kind: 'delete', force: true });
  const busy = openScene();
  busy.rest(create());
  const elsewhere = settled();
  elsewhere.rest({ kind: 'tier', tier: 'starter' });
  elsewhere.settle();
  for (const scene of [suspended, leaving, busy, elsewhere]) {
    const { graph } = scene.state;
    expect(bring(scene, wanted)).toBe('refused');
    expect(scene.state.graph).toBe(graph);
  }
});

test('B2: what the blueprint does not name stays; without data it goes on the one word, with data on the other', () => {
  const beginning = () => {
    const scene = settled();
    bring(scene, change({ [KEYSPACE]: SAME, [BUCKET]: SAME, [CACHE]: {} }, { digest: 'wide' }));
    scene.state = {
      ...scene.state,
      operation: undefined as never,
      records: scene.state.records.map((record) => ({ ...record, status: 'ready' as const, born: true })),
    };
    return scene;
  };
  const narrow = (removals: BlueprintChange['removals']) =>
    change({ [KEYSPACE]: SAME }, { rollout: { id: 'ro-2', serial: 2, attempt: 1 }, removals });
  const kept = beginning();
  bring(kept, narrow('keep'));
  expect(kept.state.blueprint).toMatchObject({ kept: [BUCKET, CACHE] });
  expect(kept.state.blueprint?.leaving).toBeUndefined();
  const careful = beginning();
  bring(careful, narrow('without_data'));
  expect(careful.state.blueprint).toMatchObject({ kept: [BUCKET], leaving: [CACHE] });
  const all = beginning();
  bring(all, narrow('all'));
  expect(all.state.blueprint).toMatchObject({ leaving: [BUCKET, CACHE] });
  expect(all.state.blueprint?.kept).toBeUndefined();
});

test('B2: what leaves is taken down when all that stays is ready, and is then known no longer', () => {
  const scene = settled();
  const context = contextIn(scene);
  bring(scene, change({ [KEYSPACE]: { tier: 'free', more: 1 } }, { removals: 'all' }));
  expect(statuses(scene)).toEqual({ [KEYSPACE]: 'pending', [BUCKET]: 'deleting' });
  const stage = () => stageOf(scene.state, context.kinds);
  expect([stage()?.goal, stage()?.graph.map(({ id }) => id)]).toEqual(['converge', [KEYSPACE]]);
  const [keyspace] = scene.settledPatches();
  scene.patch([keyspace as never]);
  expect(scene.status()).toBe('provisioning');
  expect([stage()?.goal, stage()?.graph.map(({ id }) => id)]).toEqual(['remove', [BUCKET]]);
  expect(workDueAtMs(scene.state, context.kinds)).toBe(0);
  scene.patch([{ id: BUCKET, status: 'deleted', fate: 'deleted' }]);
  expect(statuses(scene)).toEqual({ [KEYSPACE]: 'ready' });
  expect(scene.state.graph.map(({ id }) => id)).toEqual([KEYSPACE]);
  expect([scene.status(), scene.state.operation?.outcome]).toEqual(['completed', 'completed']);
});

test('a tenant that leaves while something of it is taken down has all of it taken down', () => {
  const scene = settled();
  bring(scene, change({ [KEYSPACE]: SAME }, { removals: 'all' }));
  scene.rest({ kind: 'delete', force: true, graceMs: 0 });
  const stage = stageOf(scene.state, contextIn(scene).kinds);
  expect([stage?.goal, stage?.graph.map(({ id }) => id)]).toEqual(['remove', [KEYSPACE, BUCKET]]);
});

test('a tier change tells what the new tier does not name, and keeps it', () => {
  const scene = settled();
  bring(scene, change({ [KEYSPACE]: SAME, [BUCKET]: SAME, [CACHE]: {} }));
  scene.patch(scene.state.records.map(({ id }) => ({ id, status: 'ready', born: true })));
  scene.settle();
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(scene.state.blueprint).toMatchObject({ digest: 'blueprint-starter', kept: [CACHE] });
});
