/** A tenant that a newer release made, in the hands of this one: left, kept, visible, and never passed off as done. */
import type { GraphNode, NodeRecord } from '@leasehold/engine';
import { freshRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { decideWake } from './decide.ts';
import { workDueAtMs } from './goal.ts';
import { contextOf, create, openScene, remove, type Scene } from './scene.ts';
import type { TenantState } from './state.ts';

const LEDGER: GraphNode = {
  id: 'ledger-book',
  kind: 'ledger-book',
  part: 'main',
  name: 'book-acme',
  spec: { pages: 7 },
  dependsOn: ['minio-bucket'],
  remakeWhenLost: false,
};

/** As a newer release created it: one kind more, and fields that nobody here knows. */
function newer(record: Partial<NodeRecord> = {}): Scene {
  const scene = openScene();
  scene.event(create());
  const { state } = scene;
  const added = { ...freshRecord(LEDGER), ...record, edition: 3 } as NodeRecord;
  scene.state = {
    ...state,
    graph: [...state.graph, LEDGER],
    records: [...state.records, added],
    residency: 'eu',
  } as TenantState;
  return scene;
}

const settleOwn = (scene: Scene) => {
  const own = scene.state.records.filter(({ id }) => id !== LEDGER.id).map(({ id }) => id);
  scene.patch(scene.settledPatches().filter(({ id }) => own.includes(id)));
};
const due = (scene: Scene) => workDueAtMs(scene.state, contextOf(scene).kinds);
const book = ({ state }: Scene) => state.records.find(({ id }) => id === LEDGER.id);
const condition = ({ state }: Scene) => state.conditions.find(({ type }) => type === 'OtherRelease');

test('F1, F2: what a newer release adds is neither skipped nor done: the tenant is not complete, and stays due for who knows it', () => {
  const scene = newer();
  settleOwn(scene);
  expect([scene.status(), due(scene), scene.topics()]).toEqual(['provisioning', 0, []]);
  expect(book(scene)).toMatchObject({ status: 'pending', edition: 3 });
  expect(condition(scene)?.message).toBe('left to replicas of the release that knows it: ledger-book');
  scene.patch([{ id: LEDGER.id, status: 'ready', born: true, converged: 'theirs' }]);
  expect([scene.status(), due(scene)]).toEqual(['completed', undefined]);
});

test('F1: a tier change puts nothing of it aside, and what nobody here knows is written back as it was', () => {
  const scene = newer({ status: 'ready', born: true, converged: 'theirs' });
  settleOwn(scene);
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(scene.state.graph.map(({ id }) => id)).toContain(LEDGER.id);
  expect(book(scene)).toMatchObject({ status: 'ready', converged: 'theirs', edition: 3 });
  expect(scene.state).toMatchObject({ residency: 'eu', tier: 'starter' });
});

test('F2: a removal ends when whoever knows it has taken it down', () => {
  const scene = newer({ status: 'ready', born: true, converged: 'theirs' });
  settleOwn(scene);
  scene.rest(remove({ graceMs: 0 }));
  settleOwn(scene);
  expect([scene.status(), due(scene)]).toEqual(['deleting', 0]);
  scene.patch([{ id: LEDGER.id, status: 'deleted', fate: 'deleted' }]);
  expect(scene.status()).toBe('deleted');
});

test('F3: whoever changes its access here asks for a look by one who knows all, and does not call it done', () => {
  const scene = newer({ status: 'ready', born: true, converged: 'theirs' });
  settleOwn(scene);
  scene.rest({ kind: 'suspend' });
  expect(scene.state.recheck).toEqual({ acceptLoss: false, byWhoKnowsAll: true });
  scene.endRun('whole');
  expect([scene.state.recheck, scene.state.operation?.finishedAtMs]).toEqual([
    { acceptLoss: false, byWhoKnowsAll: true, notBeforeMs: scene.nowMs + 2_000 },
    undefined,
  ]);
});

test('W5: a waiting message that only a newer release understands is kept beyond its time', () => {
  const scene = openScene();
  scene.event(create());
  const source = { type: 'rest', subject: 'ops', requestId: 'r', atMs: 1 } as const;
  const message = { serial: 1, command: { kind: 'move' } as unknown as Command, source, sinceMs: 1, untilMs: 2 };
  const waiting = [{ ...message, code: 'stale' as const }];
  const decision = decideWake(scene.state, waiting, contextOf(scene));
  expect([decision.waiting, decision.outgoing]).toEqual([waiting, []]);
});

test('F3: only a wish for one who knows all, of a tenant that has such a kind, outlives the run of one who does not', () => {
  const wish = (scene: Scene, recheck: NonNullable<TenantState['recheck']>) => {
    scene.state = { ...scene.state, recheck };
    scene.endRun('whole');
    return scene.state.recheck !== undefined;
  };
  const own = openScene();
  own.event(create());
  expect(wish(own, { acceptLoss: false, byWhoKnowsAll: true })).toBe(false);
  expect(wish(newer(), { acceptLoss: false })).toBe(false);
  expect(wish(newer(), { acceptLoss: false, byWhoKnowsAll: true })).toBe(true);
});
