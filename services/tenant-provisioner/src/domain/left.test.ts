/** What a deletion cannot take down is told, and ends it only on an operator's word: R5 of removal.ts, L1 of left.ts. */
import type { NodePatch } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, remove, type Scene } from './scene.ts';
import { summaryOf } from './summary.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';

const stuck = (code: string, away = false): NodePatch => ({
  id: BUCKET,
  status: 'failed',
  failure: { class: 'Conflict', code, message: `because of ${code}`, away, atMs: 1 },
  nextAttemptAtMs: 2_000_000,
});

/** Everything but the bucket is gone. */
function deleting(why = stuck('MarkLost')): Scene {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.rest(remove({ graceMs: 0 }));
  scene.patch([...scene.settledPatches().filter(({ id }) => id === KEYSPACE), why]);
  return scene;
}

const condition = (scene: Scene, wanted: string) => scene.state.conditions.find(({ type }) => type === wanted);
const told = (scene: Scene) => scene.topics().filter((topic) => topic === 'tenant-deprovisioned-events');

test.each(['MarkLost', 'BackendNotConfigured', 'AccessDenied', 'BackendFailed'])(
  'R5: what stays because of %s is named, and the tenant is not gone',
  (code) => {
    const scene = deleting(stuck(code));
    expect([scene.status(), told(scene)]).toEqual(['deleting', []]);
    expect(condition(scene, 'LeftBehind')).toMatchObject({ status: true, reason: code });
    expect(condition(scene, 'LeftBehind')?.message).toContain(`${BUCKET}-acme: because of ${code}`);
    expect(summaryOf(scene.state).left).toEqual({ [BUCKET]: 1 });
    // What another replica has no backend for is tried at once where there is one.
    expect(scene.last().workAtMs).toBe(code === 'BackendNotConfigured' ? 0 : 2_000_000);
  },
);

test('R5: when the mark is back, or the object is gone, the deletion ends by itself', () => {
  const scene = deleting();
  scene.settle();
  expect([scene.status(), condition(scene, 'LeftBehind'), told(scene).length]).toEqual(['deleted', undefined, 1]);
  expect(condition(scene, 'Ready')?.message).toBe('nothing of the tenant is left');
  expect(summaryOf(scene.state).left).toBeUndefined();
});

test('R5: with force an operator leaves it behind; the end names it wherever it is told', () => {
  const scene = deleting();
  expect(scene.rest(remove()).disposition.kind).toBe('repeat');
  expect(scene.event(remove()).disposition.kind).toBe('repeat');
  expect(scene.status()).toBe('deleting');
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('applied');
  expect(scene.status()).toBe('deleted');
  for (const type of ['Ready', 'LeftBehind']) {
    expect(condition(scene, type)?.message).toContain(`${BUCKET} ${BUCKET}-acme: because of MarkLost`);
    expect(condition(scene, type)?.message).not.toContain('nothing of the tenant is left');
  }
  expect(scene.outgoing.at(-1)).toMatchObject({
    body: { resources: { [KEYSPACE]: 'deleted', [BUCKET]: 'left-behind' } },
  });
  expect(
    scene
      .last()
      .reasons.map(({ message }) => message)
      .join(),
  ).not.toContain('nothing of the tenant is left');
  expect(summaryOf(scene.state)).toMatchObject({ status: 'deleted', left: { [BUCKET]: 1 } });
});

test('R5: force leaves behind what was tried and refused, not what waits for its backend or was not tried', () => {
  const scene = deleting({ ...stuck('Away', true), status: 'deleting' });
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('repeat');
  expect(scene.status()).toBe('deleting');
});

test("L1: what was never the tenant's own is told apart from what is left", () => {
  const scene = deleting({ id: BUCKET, status: 'deleted', fate: 'not-ours' });
  expect(scene.status()).toBe('deleted');
  expect(condition(scene, 'Ready')?.message).toBe(
    `nothing of the tenant is left; under its names is what was never its own: ${BUCKET} ${BUCKET}-acme`,
  );
  expect(condition(scene, 'LeftBehind')).toBeUndefined();
});

test('R5: what is left behind on a word is named in the record, object by object', () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.rest(remove({ graceMs: 0 }));
  scene.patch([stuck('MarkLost'), { ...stuck('MarkLost'), id: KEYSPACE }]);
  scene.rest(remove({ force: true }));
  expect(scene.last().reasons).toContainEqual({
    code: 'LeftBehind',
    message: `left where it is on an operator's word: ${KEYSPACE} ${KEYSPACE}-acme, ${BUCKET} ${BUCKET}-acme`,
  });
});
