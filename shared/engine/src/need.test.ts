/** What is due here, what is due elsewhere, and what a lack of a provider leaves alone. */
import { expect, test } from 'vitest';
import { node, openStage } from '../test/stage.ts';
import { dueAtMs, isConcerned, isDone, nextDueAtMs, type Situation } from './need.ts';
import { freshRecord, type NodeRecord } from './record.ts';

const PROVIDER = { hasAccess: true };
const record = (more: Partial<NodeRecord>): NodeRecord => ({ ...freshRecord(node('a')), ...more });
const due = (more: Partial<NodeRecord>, over: Partial<Parameters<typeof dueAtMs>[0]> = {}) =>
  dueAtMs({ record: record(more), provider: PROVIDER, goal: 'converge', digest: () => 'now', ...over });

test('W2: a kind of another release is due for it, and this one begins nothing of it', async () => {
  const foreign = { provider: undefined, isForeign: true };
  expect(due({}, foreign)).toBe(0);
  expect(due({ status: 'creating', nextAttemptAtMs: 7 }, foreign)).toBe(7);
  for (const status of ['ready', 'skipped', 'failed'] as const) expect(due({ status }, foreign)).toBeUndefined();
  expect(due({ status: 'ready' }, { ...foreign, goal: 'remove' })).toBe(0);
  expect(due({ status: 'deleted' }, { ...foreign, goal: 'remove' })).toBeUndefined();
  const stage = openStage([node('a'), node('b'), node('c', ['b'])]);
  await stage.once('converge', { isForeign: (kind) => kind === 'b' });
  expect([stage.effects, stage.records.get('b')?.status]).toEqual([['create a'], 'pending']);
});

test('W3: without a provider what is ready stays ready, and what was never begun is skipped', () => {
  expect(due({ status: 'ready', converged: 'then' }, { provider: undefined })).toBeUndefined();
  expect(due({}, { provider: undefined })).toBe(0);
  expect(due({ status: 'skipped' }, { provider: undefined })).toBeUndefined();
  expect(due({ status: 'skipped' })).toBe(0);
});

test('what nobody could take down for want of a backend is due at once where there is one', () => {
  const failure = { class: 'Unavailable', code: 'BackendNotConfigured', message: '', away: false, atMs: 1 } as const;
  const stuck = { status: 'failed', failure, nextAttemptAtMs: 600_000 } as const;
  expect([due(stuck, { goal: 'remove' }), due(stuck, { goal: 'remove', provider: undefined })]).toEqual([0, 600_000]);
});

const digest = () => 'now';
const INTENT = { action: 'create', atMs: 1, fence: 1 } as const;

test.each([
  ['what nobody has begun', {}, 0],
  ['what is to be tried again', { status: 'creating', nextAttemptAtMs: 7 }, 7],
  ['what is ready under this very goal', { status: 'ready', converged: 'now' }, undefined],
  ['what is ready under another', { status: 'ready', converged: 'then' }, 0],
  ['what is on its way, though it was seen so', { status: 'creating', converged: 'now', nextAttemptAtMs: 7 }, 7],
  ['what failed for good', { status: 'failed', nextAttemptAtMs: 7 }, undefined],
] as const)('to converge, there is something to do for %s, or not', (_what, more, at) => {
  expect(due(more)).toBe(at);
});

test.each([
  ['what is complete', { born: true, nextAttemptAtMs: 7 }, 7],
  ['what has begun', { intent: INTENT }, 0],
  ['what never was begun', {}, undefined],
  ['what was seen so already', { born: true, converged: 'now' }, undefined],
] as const)('access is looked at for %s, or not', (_what, more, at) => {
  expect(due(more, { goal: 'access' })).toBe(at);
  // Whoever knows no access has none to lose.
  expect(due(more, { goal: 'access', provider: { hasAccess: false } })).toBeUndefined();
  expect(due(more, { goal: 'access', provider: undefined })).toBeUndefined();
});

test('every node is concerned, but by access only what may have some', () => {
  const concerned = (goal: 'converge' | 'access' | 'remove', more: Partial<NodeRecord>, hasAccess = true) =>
    isConcerned({ record: record(more), provider: { hasAccess }, goal });
  expect([concerned('converge', {}, false), concerned('remove', {}, false)]).toEqual([true, true]);
  expect([
    concerned('access', {}),
    concerned('access', { born: true }),
    concerned('access', { born: true }, false),
  ]).toEqual([false, true, false]);
});

test.each([
  ['ready', true, false],
  ['skipped', true, false],
  ['deleted', false, true],
  ['pending', false, false],
  ['failed', false, false],
] as const)('what is %s holds up those that wait for it, or not', (status, built, removed) => {
  expect([isDone(record({ status }), 'converge'), isDone(record({ status }), 'remove')]).toEqual([built, removed]);
});

test('what the ledger does not know holds up everything', () => {
  expect([isDone(undefined, 'converge'), isDone(undefined, 'remove')]).toEqual([false, false]);
});

const GRAPH = [node('a'), node('b', ['a']), node('c')];
const next = (all: Readonly<Record<string, Partial<NodeRecord>>>, more: Partial<Situation> = {}) =>
  nextDueAtMs({
    graph: GRAPH,
    records: new Map(
      GRAPH.flatMap((each) => (all[each.id] ? [[each.id, { ...freshRecord(each), ...all[each.id] }]] : [])),
    ),
    goal: 'converge',
    providers: new Map(GRAPH.map(({ kind }) => [kind, PROVIDER])),
    digestOf: digest,
    ...more,
  });
const READY = { status: 'ready', converged: 'now' } as const;

test('W1: a graph is due when the earliest of those is that can begin', () => {
  expect(next({ a: { nextAttemptAtMs: 9 }, b: { nextAttemptAtMs: 1 }, c: { nextAttemptAtMs: 5 } })).toBe(5);
  expect(next({ a: { nextAttemptAtMs: 4 }, b: { nextAttemptAtMs: 1 }, c: { nextAttemptAtMs: 5 } })).toBe(4);
  expect(next({ a: READY, b: { nextAttemptAtMs: 1 }, c: { nextAttemptAtMs: 5 } })).toBe(1);
  expect(next({ a: READY, b: READY, c: { nextAttemptAtMs: 5 } })).toBe(5);
  expect(next({ a: { nextAttemptAtMs: 5 }, c: READY })).toBe(5);
  expect(next({ a: READY, b: READY, c: READY })).toBeUndefined();
});

test('W1: taking down waits for the dependants, and what the ledger does not know is due at once', () => {
  const later = { a: { nextAttemptAtMs: 1 }, b: { nextAttemptAtMs: 9 }, c: { status: 'deleted' } } as const;
  expect(next(later, { goal: 'remove' })).toBe(9);
  expect(next({ a: READY, c: READY })).toBe(0);
});

test('W2: what only another release knows is due only while it is on its way', () => {
  const isForeign = (kind: string) => kind === 'c';
  const foreign = (status: NodeRecord['status']) =>
    next({ a: READY, b: READY, c: { status, converged: 'then' } }, { isForeign });
  expect([foreign('ready'), foreign('pending')]).toEqual([undefined, 0]);
});

test('W2: of a kind of another release nothing is due to withdraw here, whatever its status', () => {
  const foreign = { provider: undefined, isForeign: true, goal: 'access' } as const;
  for (const status of ['pending', 'creating', 'ready', 'failed'] as const)
    expect(due({ status, born: true }, foreign), status).toBeUndefined();
});
