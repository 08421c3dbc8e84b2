/** What is to be brought about, from the state alone: goal, graph, what is stale, and when work is due. */
import { goalDigest, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import {
  goalKey,
  goalOf,
  isLeaving,
  isRecheckDue,
  isTrimming,
  reopened,
  stageOf,
  wantedGraph,
  workDueAtMs,
} from './goal.ts';
import { contextOf, create, openScene, type Scene } from './scene.ts';
import type { Phase, TenantState } from './state.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};
const { kinds } = contextOf(openScene());
const state = (over: Partial<TenantState> = {}): TenantState => ({ ...complete().state, ...over });
const withRecord = (id: string, more: Partial<NodeRecord>, over: Partial<TenantState> = {}): TenantState => {
  const base = state(over);
  return { ...base, records: base.records.map((record) => (record.id === id ? { ...record, ...more } : record)) };
};

test.each<[Phase, string | undefined]>([
  ['none', undefined],
  ['active', 'converge'],
  ['suspended', 'access'],
  ['leaving', 'access'],
  ['deleting', 'remove'],
  ['gone', undefined],
])('the goal in the phase %s is %s', (phase, goal) => {
  expect(goalOf({ phase })).toBe(goal);
  const given = state({ phase });
  expect(stageOf(given, kinds)?.goal).toBe(goal);
  if (goal === undefined) expect([stageOf(given, kinds), workDueAtMs(given, kinds)]).toEqual([undefined, undefined]);
});

test('a graph has its access set by the phase, as the same nodes each time; other kinds make it anew', () => {
  const given = state();
  const accessOf = (phase: Phase) =>
    wantedGraph({ ...given, phase }, kinds).map(({ spec }) => (spec as { access: string }).access);
  expect(accessOf('active')).toEqual(['granted', 'granted']);
  for (const phase of ['suspended', 'leaving', 'deleting'] as const)
    expect(accessOf(phase)).toEqual(['withdrawn', 'withdrawn']);
  const first = wantedGraph(given, kinds);
  expect(wantedGraph(given, kinds)).toBe(first);
  expect(wantedGraph({ ...given, phase: 'suspended' }, kinds)).not.toBe(first);
  const plain = { ...given, graph: given.graph.map((node) => ({ ...node, spec: { tier: 'free' } })) };
  expect(wantedGraph(plain, kinds).map(({ spec }) => spec)).toEqual(Array(2).fill({ tier: 'free', access: 'granted' }));
  const none = new Map([
    [KEYSPACE, { hasAccess: false }],
    [BUCKET, { hasAccess: true }],
  ]);
  expect(wantedGraph(plain, none).map(({ spec }) => spec)).toEqual([
    { tier: 'free' },
    { tier: 'free', access: 'granted' },
  ]);
});

test('a kind that has learnt access since says nothing of it while it is granted: what was made before stays what it was', () => {
  const [node] = state().graph.filter(({ kind }) => kind === BUCKET);
  if (node === undefined) throw new Error('no bucket');
  const later: typeof kinds = new Map([[BUCKET, { hasAccess: true, isGrantUnsaid: true }]]);
  const specOf = (phase: Phase, spec: object) =>
    wantedGraph(state({ phase, graph: [{ ...node, spec }] }), later).map(({ spec: wanted }) => wanted);
  const silent = { ...node, spec: { tier: 'free' } };
  expect(wantedGraph(state({ graph: [silent] }), later)[0]).toBe(silent);
  expect(specOf('suspended', { tier: 'free' })).toEqual([{ tier: 'free', access: 'withdrawn' }]);
  expect(specOf('active', { access: 'withdrawn' })).toEqual([{ access: 'granted' }]);
});

test('what has left the blueprint is no part of what an active tenant should have, and of every other phase it is', () => {
  const blueprint = { digest: 'd', leaving: [BUCKET] };
  const ids = (phase: Phase) => wantedGraph(state({ phase, blueprint }), kinds).map(({ id }) => id);
  expect(ids('active')).toEqual([KEYSPACE]);
  expect(ids('suspended')).toEqual([KEYSPACE, BUCKET]);
  expect([isLeaving({ blueprint }, BUCKET), isLeaving({ blueprint }, KEYSPACE), isLeaving({}, BUCKET)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(isLeaving({ blueprint: { digest: 'd' } }, BUCKET)).toBe(false);
});

test('what leaves is taken down when all that stays is settled, and no look is due', () => {
  const blueprint = { digest: 'd', leaving: [BUCKET] };
  const table: readonly (readonly [TenantState, boolean])[] = [
    [state({ blueprint }), true],
    [withRecord(KEYSPACE, { status: 'skipped' }, { blueprint }), true],
    [withRecord(BUCKET, { status: 'deleting' }, { blueprint }), true],
    [withRecord(KEYSPACE, { status: 'pending' }, { blueprint }), false],
    [withRecord(KEYSPACE, { status: 'failed' }, { blueprint }), false],
    [state({ blueprint, recheck: { acceptLoss: false } }), false],
    [state({ blueprint, phase: 'suspended' }), false],
    [state({ blueprint: { digest: 'd' } }), false],
    [state({ blueprint: undefined as never }), false],
  ];
  for (const [given, trims] of table) {
    expect(isTrimming(given)).toBe(trims);
    const stage = stageOf(given, kinds);
    if (trims) expect([stage?.goal, stage?.graph.map(({ id }) => id)]).toEqual(['remove', [BUCKET]]);
    else expect(stage?.graph).toEqual(wantedGraph(given, kinds));
  }
});

test('ready is said of the present goal alone; what is not known here, or not wanted, is left as it is', () => {
  const given = complete().state;
  expect(reopened(given, kinds)).toBe(given.records);
  const changed = { ...given, tier: 'starter' as const };
  expect(reopened(changed, kinds).map(({ status }) => status)).toEqual(['pending', 'pending']);
  expect(reopened({ ...changed, phase: 'suspended' }, kinds)).toBe(given.records);
  const one = new Map([[BUCKET, { hasAccess: true }]]);
  expect(reopened(changed, one).map(({ status }) => status)).toEqual(['ready', 'pending']);
  expect(
    reopened(withRecord(BUCKET, { status: 'failed' }, { tier: 'starter' }), kinds).map(({ status }) => status),
  ).toEqual(['pending', 'failed']);
  const left = { ...changed, blueprint: { digest: 'd', leaving: [BUCKET] } };
  expect(reopened(left, kinds).map(({ status }) => status)).toEqual(['pending', 'ready']);
});

test('a goal is told apart by generation, phase, tier and operation', () => {
  const given = state({ operation: { ...complete().state.operation, id: 'op-7' } as never });
  expect(goalKey(given)).toBe('1/active/free/op-7');
  expect(goalKey({ ...given, operation: undefined as never })).toBe('1/active/free/');
});

test('work is due at once for a look without a time, at its time for one with, and never for a look alone while it is taken down', () => {
  const due = (over: Partial<TenantState>) => workDueAtMs(state(over), kinds);
  expect(due({})).toBeUndefined();
  expect(due({ recheck: { acceptLoss: false } })).toBe(0);
  expect(due({ recheck: { acceptLoss: false, notBeforeMs: 0 } })).toBe(0);
  expect(due({ recheck: { acceptLoss: false, notBeforeMs: 5_000 } })).toBe(5_000);
  const deleting = (more: Partial<NodeRecord>, recheck?: TenantState['recheck']) => {
    const given = withRecord(BUCKET, { status: 'failed', ...more }, { phase: 'deleting' });
    const records = given.records.map((record) =>
      record.id === KEYSPACE ? { ...record, status: 'deleted' as const } : record,
    );
    return workDueAtMs({ ...given, records, ...(recheck ? { recheck } : {}) }, kinds);
  };
  expect(deleting({ nextAttemptAtMs: 9_000 })).toBe(9_000);
  expect(deleting({ nextAttemptAtMs: 9_000 }, { acceptLoss: false, notBeforeMs: 5_000 })).toBe(9_000);
});

test('of a look and a node the earlier is due', () => {
  const due = (notBeforeMs: number, nextAttemptAtMs: number) =>
    workDueAtMs(
      withRecord(
        BUCKET,
        { status: 'creating', converged: undefined as never, nextAttemptAtMs },
        { recheck: { acceptLoss: false, notBeforeMs } },
      ),
      kinds,
    );
  expect([due(5_000, 9_000), due(9_000, 5_000)]).toEqual([5_000, 5_000]);
});

test('a look is due with its time, and at once without one', () => {
  expect(isRecheckDue({}, 5)).toBe(false);
  expect(isRecheckDue({ recheck: { acceptLoss: false } }, 0)).toBe(true);
  const recheck = { acceptLoss: false, notBeforeMs: 5 };
  expect([isRecheckDue({ recheck }, 4), isRecheckDue({ recheck }, 5), isRecheckDue({ recheck }, 6)]).toEqual([
    false,
    true,
    true,
  ]);
});

test('a digest is of the node and of whom it is for', () => {
  const [node] = wantedGraph(state(), kinds) as [ReturnType<typeof wantedGraph>[number]];
  const given = state();
  expect(goalDigest(node, given)).toBe(goalDigest(node, { ...given }));
  expect(goalDigest(node, { ...given, generation: 2 })).not.toBe(goalDigest(node, given));
});
