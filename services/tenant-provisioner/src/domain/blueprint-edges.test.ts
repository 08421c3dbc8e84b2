/** A tenant between two blueprints, at the edges: who may be changed (B1), what counts as different (B3), and what becomes of the rest (B2). */
import { freshRecord, type GraphNode, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { type BlueprintChange, dropTrimmed, isRolloutRest, isRolloutWork, succeed } from './blueprint.ts';
import { decideBlueprint } from './decide.ts';
import { openDraft } from './draft.ts';
import { contextOf, create, LIMITS, openScene, type Scene } from './scene.ts';
import { emptyState, type TenantState } from './state.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const CACHE = 'ignite-cache';

const nodeOf = (id: string, spec: unknown = { size: 1 }, kind = id): GraphNode => ({
  ...{ id, kind, part: 'main', name: `${id}-acme`, spec, dependsOn: [], remakeWhenLost: false },
});
const KINDS = new Map([
  [KEYSPACE, { hasAccess: true, holdsData: true }],
  [BUCKET, { hasAccess: true, holdsData: true }],
  [CACHE, { hasAccess: false, holdsData: false }],
]);
const recordOf = (node: GraphNode, more: Partial<NodeRecord> = {}): NodeRecord => ({
  ...freshRecord(node),
  status: 'ready',
  born: true,
  ...more,
});
const stateOf = (nodes: readonly GraphNode[], over: Partial<TenantState> = {}): TenantState => ({
  ...emptyState('acme'),
  phase: 'active',
  generation: 1,
  limits: LIMITS,
  graph: nodes,
  records: nodes.map((node) => recordOf(node)),
  ...over,
});
const [keyspace, bucket, cache] = [KEYSPACE, BUCKET, CACHE].map((id) => nodeOf(id)) as [
  GraphNode,
  GraphNode,
  GraphNode,
];
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

test.each([
  ['keep', [BUCKET, CACHE, 'redis'], undefined],
  ['without_data', [BUCKET, 'redis'], [CACHE]],
  ['all', ['foreign-book'], [BUCKET, CACHE]],
] as const)('B2: with the word %s what is not named stays or goes by what it holds', (removals, kept, leaving) => {
  // A kind without a backend here counts as holding data; one that only another release knows stays whatever the word.
  const odd = removals === 'all' ? nodeOf('foreign-book') : nodeOf('redis', {}, 'elasticsearch-index');
  const { mark, graph } = succeed(stateOf([keyspace, bucket, cache, odd]), [keyspace], removals, KINDS);
  expect([mark.kept, mark.leaving]).toEqual([kept, leaving]);
  expect(ids(graph)).toEqual([KEYSPACE, BUCKET, CACHE, odd.id]);
});

test('B2: what goes is deleting, what stays is as it was, and what is on its way out goes on whatever the word', () => {
  const state = stateOf([keyspace, bucket, cache], { blueprint: { digest: 'd', leaving: [BUCKET] } });
  const { records, mark } = succeed(state, [keyspace], 'keep', KINDS);
  expect(records.map(({ id, status }) => [id, status])).toEqual([
    [KEYSPACE, 'ready'],
    [BUCKET, 'deleting'],
    [CACHE, 'ready'],
  ]);
  expect(mark).toEqual({ kept: [CACHE], leaving: [BUCKET] });
  expect(records[0]).toBe(state.records[0]);
});

test('B2: what was on its way out and is named again begins anew: its absence is no loss', () => {
  const state = stateOf([keyspace, bucket], { blueprint: { digest: 'd', leaving: [BUCKET] } });
  const records = [recordOf(keyspace), recordOf(bucket, { status: 'deleting', lost: true })];
  const next = succeed({ ...state, records }, [keyspace, bucket], 'all', KINDS);
  expect(next.records[1]).toMatchObject({ status: 'pending', born: false, lost: false });
  expect(next.mark).toEqual({});
});

test('the visit of a rollout stays with the mark, and a tenant without a mark has none', () => {
  const rollout = { serial: 3, attempt: 2, changed: true };
  expect(succeed(stateOf([keyspace], { blueprint: { digest: 'd', rollout } }), [keyspace], 'keep', KINDS).mark).toEqual(
    { rollout },
  );
  expect(succeed(stateOf([keyspace]), [keyspace], 'keep', KINDS).mark).toEqual({});
});

test('what a node was to be before is remembered, four times at most, and repairs of it count no more', () => {
  const repairs = [{ path: '/size', times: 3, lastAtMs: 1 }];
  const former = [{ size: -3 }, { size: -2 }, { size: -1 }, { size: 0 }];
  const state = { ...stateOf([keyspace]), records: [recordOf(keyspace, { former, repairs })] };
  const [same] = succeed(state, [nodeOf(KEYSPACE, { size: 1 })], 'keep', KINDS).records;
  expect(same).toBe(state.records[0]);
  const [changed] = succeed(state, [nodeOf(KEYSPACE, { size: 2 })], 'keep', KINDS).records;
  expect(changed?.former).toEqual([{ size: -2 }, { size: -1 }, { size: 0 }, { size: 1 }]);
  expect(changed).not.toHaveProperty('repairs');
  const [first] = succeed(stateOf([keyspace]), [nodeOf(KEYSPACE, { size: 2 })], 'keep', KINDS).records;
  expect(first?.former).toEqual([{ size: 1 }]);
  const [, fresh] = succeed(stateOf([keyspace]), [keyspace, cache], 'keep', KINDS).records;
  expect(fresh).toEqual(freshRecord(cache));
});

const ended = {
  id: 'op',
  serial: 1,
  kind: 'provision',
  generation: 1,
  startedAtMs: 0,
  deadlineMs: 1,
  finishedAtMs: 5,
} as const;
const { finishedAtMs: _, ...open } = ended;
const failed = [recordOf(keyspace, { status: 'failed' })];
const claim = { holder: 'r', fence: 1, untilMs: 9 };

test.each<[string, Partial<TenantState>, boolean]>([
  ['is complete', { operation: ended }, true],
  ['is complete and never had an operation', {}, true],
  ['is complete with an operation under way', { operation: open }, false],
  ['is complete and worked at', { claim }, false],
  ['lost data', { records: [recordOf(keyspace, { lost: true, status: 'failed' })] }, true],
  ['failed', { records: failed, operation: ended }, true],
  ['failed with an operation under way', { records: failed, operation: open }, false],
  ['failed and has no operation', { records: failed }, false],
  ['failed and is worked at', { records: failed, operation: ended, claim }, false],
  ['is at work', { records: [recordOf(keyspace, { status: 'creating' })], operation: ended }, false],
  ['is suspended', { phase: 'suspended', operation: ended }, false],
])('B1: whether a rollout may begin with a tenant that %s', (_name, over, rests) => {
  expect(isRolloutRest(stateOf([keyspace], over))).toBe(rests);
});

test('work of a rollout is its operation, while that is under way', () => {
  const operation = { ...open, kind: 'blueprint-change' } as const;
  expect(isRolloutWork({ operation })).toBe(true);
  expect(isRolloutWork({ operation: { ...operation, finishedAtMs: 5 } })).toBe(false);
  expect(isRolloutWork({ operation: open })).toBe(false);
  expect(isRolloutWork({})).toBe(false);
});

const change = (nodes: readonly GraphNode[], over: Partial<BlueprintChange> = {}): BlueprintChange => ({
  rollout: { id: 'ro-1', serial: 2, attempt: 1 },
  tier: 'free',
  digest: 'new',
  limits: LIMITS,
  graph: () => nodes,
  removals: 'keep',
  ...over,
});
const bring = (state: TenantState, wanted: BlueprintChange) =>
  decideBlueprint(state, [], wanted, { ...contextOf(openScene()), kinds: KINDS });

test.each<[string, Partial<TenantState>, Partial<BlueprintChange>, string]>([
  ['is suspended', { phase: 'suspended' }, {}, 'the tenant is suspended'],
  ['has another tier', { tier: 'starter' }, {}, 'the tenant has the tier starter by now'],
  [
    'saw a later rollout',
    { blueprint: { digest: 'd', rollout: { serial: 3, attempt: 1, changed: true } } },
    {},
    'a later rollout has been here',
  ],
  ['is busy', { operation: open }, {}, 'other work of the tenant is under way'],
  ['has no limits', { limits: null }, { limits: null }, 'the tenant has no limits'],
])('B1: a tenant that %s is refused with that reason, and stays as it is', (_name, over, wanted, message) => {
  const state = stateOf([keyspace], over);
  const decision = bring(state, change([keyspace, cache], wanted));
  expect(decision.disposition).toEqual({ kind: 'refused', code: 'conflict', message });
  expect([decision.state.graph, decision.state.blueprint]).toEqual([state.graph, state.blueprint]);
});

test.each([
  ['an earlier attempt of the same rollout', { serial: 2, attempt: 0 }, 'applied'],
  ['the same attempt', { serial: 2, attempt: 1 }, 'repeat'],
  ['a later attempt', { serial: 2, attempt: 2 }, 'repeat'],
  ['an earlier rollout, however often it tried', { serial: 1, attempt: 9 }, 'applied'],
])('B1: after a visit by %s', (_name, visit, kind) => {
  const state = stateOf([keyspace], { blueprint: { digest: 'd', rollout: { ...visit, changed: false } } });
  expect(bring(state, change([keyspace])).disposition.kind).toBe(kind);
});

test.each<[string, Partial<TenantState>, BlueprintChange, boolean]>([
  ['nothing', {}, change([keyspace]), false],
  [
    'the same, said in another order',
    { graph: [nodeOf(KEYSPACE, { a: 1, b: 2 })] },
    change([nodeOf(KEYSPACE, { b: 2, a: 1 })]),
    false,
  ],
  ['settings', {}, change([nodeOf(KEYSPACE, { size: 2 })]), true],
  ['a kind that is new', {}, change([keyspace, cache]), true],
  ['a kind that goes', {}, change([], { removals: 'all' }), true],
  ['limits', {}, change([keyspace], { limits: { ...LIMITS, max_pods: 9 } }), true],
  ['no limits of its own', {}, change([keyspace], { limits: null }), false],
  ['that it had failed', { records: failed, operation: ended }, change([keyspace]), true],
])('B3: what differs is %s', (_name, over, wanted, differs) => {
  const decision = bring(stateOf([keyspace], over), wanted);
  const { operation, blueprint } = decision.state;
  expect(decision.disposition.kind).toBe('applied');
  expect(blueprint).toMatchObject({ digest: 'new', rollout: { serial: 2, attempt: 1, changed: differs } });
  expect(decision.state.serials.operation).toBe(differs ? 1 : 0);
  if (differs) expect(operation).toMatchObject({ kind: 'blueprint-change', requestedBy: 'ro-1' });
  expect(decision.reasons[0]).toEqual({
    code: differs ? 'BlueprintChanges' : 'BlueprintNamed',
    message: 'the tenant goes from an unnamed blueprint to new',
    data: { rollout: 'ro-1' },
  });
});

test('the tenant’s own limits stay where the blueprint has none, and make its graph', () => {
  const own = { ...LIMITS, max_pods: 77 };
  const seen: unknown[] = [];
  const graph: BlueprintChange['graph'] = (limits, tenantId) => {
    seen.push([limits.max_pods, tenantId]);
    return [keyspace, cache];
  };
  expect(bring(stateOf([keyspace], { limits: own }), change([], { limits: null, graph })).state.limits).toEqual(own);
  expect(bring(stateOf([keyspace], { limits: own }), change([], { graph })).state.limits).toEqual(LIMITS);
  expect(seen).toEqual([
    [77, 'acme'],
    [LIMITS.max_pods, 'acme'],
  ]);
});

test('that it was changed is remembered over further attempts of the same rollout, and of no other', () => {
  const visited = (serial: number, changed: boolean) =>
    stateOf([keyspace], { blueprint: { digest: 'new', rollout: { serial, attempt: 0, changed } } });
  const changed = (state: TenantState) => bring(state, change([keyspace])).state.blueprint?.rollout?.changed;
  expect([changed(visited(2, true)), changed(visited(2, false)), changed(visited(1, true))]).toEqual([
    true,
    false,
    false,
  ]);
  expect(bring(visited(2, true), change([keyspace])).reasons[0]?.message).toBe('the tenant is tried again under new');
  const from = stateOf([keyspace], { blueprint: { digest: 'old' } });
  expect(bring(from, change([keyspace])).reasons[0]?.message).toBe('the tenant goes from old to new');
});

test('what was on its way out and is named again is work, where nothing else differs', () => {
  const records = [recordOf(keyspace, { status: 'failed', lost: true }), recordOf(bucket, { status: 'deleting' })];
  const state = stateOf([keyspace, bucket], {
    records,
    blueprint: { digest: 'old', leaving: [BUCKET] },
    operation: ended,
  });
  const decision = bring(state, change([keyspace, bucket]));
  expect(decision.disposition.kind).toBe('applied');
  expect(decision.state.blueprint).toEqual({ digest: 'new', rollout: { serial: 2, attempt: 1, changed: true } });
  expect(decision.state.records[1]).toMatchObject({ status: 'pending', born: false });
});

test('a fault of ours in a blueprint is thrown, and limits that no backend takes are refused', () => {
  const graph = () => {
    throw new TypeError('a bug of ours');
  };
  expect(() => bring(stateOf([keyspace]), change([], { graph }))).toThrow('a bug of ours');
});

const trimmed = (records: readonly NodeRecord[], over: Partial<TenantState> = {}) => {
  const blueprint = { digest: 'd', kept: ['x'], leaving: [BUCKET, CACHE] };
  const draft = openDraft(stateOf([keyspace, bucket, cache], { records, blueprint, ...over }), []);
  dropTrimmed(draft);
  return draft;
};

test('B2: what was taken down of an active tenant is known no longer; what is on its way still is', () => {
  const gone = (node: GraphNode, fate?: NodeRecord['fate']) =>
    recordOf(node, { status: 'deleted', ...(fate ? { fate } : {}) });
  const one = trimmed([recordOf(keyspace), gone(bucket), recordOf(cache, { status: 'deleting' })]);
  expect([ids(one.state.graph), ids(one.state.records)]).toEqual([
    [KEYSPACE, CACHE],
    [KEYSPACE, CACHE],
  ]);
  expect(one.state.blueprint).toEqual({ digest: 'd', kept: ['x'], leaving: [CACHE] });
  const all = trimmed([recordOf(keyspace), gone(bucket, 'not-ours'), gone(cache)]);
  expect(all.state.blueprint).toEqual({ digest: 'd', kept: ['x'] });
  expect(all.reasons).toEqual([
    {
      code: 'LeftBlueprint',
      message:
        'the blueprint does not name it any more and it is gone: minio-bucket minio-bucket-acme (not-ours), ignite-cache ignite-cache-acme (deleted)',
    },
  ]);
});

test('B2: nothing is forgotten of a tenant that is not active, of what does not leave, or where nothing is gone', () => {
  const gone = recordOf(bucket, { status: 'deleted' });
  const same = (draft: ReturnType<typeof trimmed>) =>
    expect([ids(draft.state.graph), draft.reasons]).toEqual([[KEYSPACE, BUCKET, CACHE], []]);
  same(trimmed([recordOf(keyspace), gone, recordOf(cache)], { phase: 'deleting' }));
  same(trimmed([recordOf(keyspace), recordOf(bucket), recordOf(cache)]));
  same(trimmed([recordOf(keyspace, { status: 'deleted' }), recordOf(bucket), recordOf(cache)]));
  same(trimmed([recordOf(keyspace), gone, recordOf(cache)], { blueprint: { digest: 'd' } }));
  same(trimmed([recordOf(keyspace), gone, recordOf(cache)], { blueprint: undefined as never }));
});

test('a tenant that was brought over is complete under the new blueprint with the next run', () => {
  const scene: Scene = openScene();
  scene.rest(create());
  scene.settle();
  const graph = () => scene.state.graph.map((node) => ({ ...node, spec: { ...(node.spec as object), size: 2 } }));
  const decision = decideBlueprint(scene.state, [], change([], { graph }), contextOf(scene));
  scene.state = decision.state;
  expect(scene.status()).toBe('provisioning');
  scene.settle();
  expect([scene.status(), scene.topics().length]).toEqual(['completed', 1]);
});
