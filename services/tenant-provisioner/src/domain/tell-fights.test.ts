/** What of drifts is told where a repair was undone, waits for a word, or is fought over: P3 for each kind of it. */
import type { Change, LeftChange, NodePatch, NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, remove, type Scene } from './scene.ts';
import { fatesByKind } from './tell.ts';

const BUCKET = 'minio-bucket';
const at = (path: string): Change => ({ path, from: 7, to: 1, weight: 'settings' });
const left = (path: string, why: LeftChange['why']): LeftChange => ({ ...at(path), why });

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};
/** Paths of each drift that a patch makes known, and whether they are told as repaired. */
function told(scene: Scene, patch: Partial<NodePatch>): (readonly [readonly string[], boolean])[] {
  const { outgoing } = scene.patch([{ id: BUCKET, ...patch }]);
  return outgoing.flatMap((out) => {
    if (out.kind !== 'event' || out.topic !== 'resource-drift-events') return [];
    const { difference, repaired } = out.body as unknown as { difference: readonly Change[]; repaired: boolean };
    return [[difference.map(({ path }) => path), repaired] as const];
  });
}
const begun = (scene: Scene, ...paths: readonly string[]) => told(scene, { status: 'creating', drift: paths.map(at) });
const ended = (scene: Scene, over: Partial<NodePatch> = {}) =>
  told(scene, { status: 'ready', drift: undefined, ...over });

test('a repair is told when it ends, and not while it is under way', () => {
  const scene = complete();
  expect(begun(scene, '/a', '/b')).toEqual([]);
  expect(begun(scene, '/a', '/b')).toEqual([]);
  expect(ended(scene)).toEqual([[['/a', '/b'], true]]);
  expect(ended(scene)).toEqual([]);
});

test('a repair that was undone before it could be seen is told as the drift that it was, and not again as a fight', () => {
  const scene = complete();
  begun(scene, '/a');
  expect(ended(scene, { left: [left('/a', 'fight')] })).toEqual([[['/a'], false]]);
  const other = complete();
  begun(other, '/a');
  // Another path is fought over: the repair of this one holds.
  expect(ended(other, { left: [left('/b', 'fight')] })).toEqual([[['/a'], true]]);
  const both = complete();
  begun(both, '/a');
  expect(ended(both, { left: [left('/b', 'fight'), left('/a', 'fight')] })).toEqual([[['/a'], false]]);
  const consent = complete();
  begun(consent, '/a');
  expect(ended(consent, { left: [left('/a', 'consent')] })).toEqual([
    [['/a'], true],
    [['/a'], false],
  ]);
});

test('what is left as it is is told when it is first found, by its path and its reason', () => {
  const scene = complete();
  expect(ended(scene, { left: [left('/a', 'consent')] })).toEqual([[['/a'], false]]);
  expect(ended(scene, { left: [left('/a', 'consent')] })).toEqual([]);
  expect(ended(scene, { left: [left('/a', 'consent'), left('/b', 'consent')] })).toEqual([[['/b'], false]]);
  expect(ended(scene, { left: [left('/a', 'fight'), left('/b', 'consent')] })).toEqual([[['/a'], false]]);
  expect(ended(scene, { left: undefined })).toEqual([]);
  expect(ended(scene, { left: [left('/a', 'consent')] })).toEqual([[['/a'], false]]);
});

test('completion is noted at its first time, and at its next after a tier change', () => {
  const scene = openScene();
  scene.event(create());
  scene.nowMs += 700;
  scene.settle();
  const firstMs = scene.nowMs;
  expect(scene.state.completedAtMs).toBe(firstMs);
  scene.nowMs += 700;
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  scene.settle();
  expect(scene.state.completedAtMs).toBe(firstMs);
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(scene.state).not.toHaveProperty('completedAtMs');
  scene.settle();
  expect(scene.state.completedAtMs).toBe(scene.nowMs);
});

test('the fate that a person must know of first goes before, of each kind', () => {
  const [record] = complete().state.records as [NodeRecord];
  const of = (...fates: readonly NodeRecord['fate'][]) =>
    fatesByKind(fates.map((fate) => ({ ...record, kind: 'k', status: 'deleted', ...(fate ? { fate } : {}) })))['k'];
  expect(of('absent', 'deleted')).toBe('deleted');
  expect(of('deleted', 'not-ours')).toBe('not-ours');
  expect(of('not-ours', 'left-behind', 'absent')).toBe('left-behind');
  expect([of('absent'), of(undefined), of(undefined, 'absent')]).toEqual(['absent', 'deleted', 'deleted']);
  expect(of('moved' as never)).toBe('deleted');
  expect(fatesByKind([{ ...record, status: 'skipped' }])).toEqual({});
});

test('P4: a suspension before a deletion is told in the decision in which it is seen', () => {
  const scene = complete();
  scene.rest(remove());
  expect(scene.state.deletion?.untold).toBe(true);
  scene.patch(scene.settledPatches());
  expect(scene.last().outgoing).toMatchObject([
    { topic: 'tenant-deleting-events', body: { phase: 'suspended', generation: 1 } },
  ]);
  expect(scene.state.deletion).not.toHaveProperty('untold');
});
