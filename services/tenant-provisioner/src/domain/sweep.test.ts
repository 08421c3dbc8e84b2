import { expect, test } from 'vitest';
import { decideSweep } from './decide.ts';
import { contextOf, create, openScene, remove, type Scene } from './scene.ts';
import { isAtRest, isShutOff, isSweepWork } from './sweep.ts';

function finished(): Scene {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.nowMs += 60_000;
  return scene;
}

const sweep = (scene: Scene, ids: readonly string[], lookedAtMs = scene.nowMs) => {
  const decision = decideSweep(scene.state, scene.waiting, { ids, lookedAtMs }, contextOf(scene));
  scene.state = decision.state;
  return decision;
};

test('V1: a finished tenant is looked at again, once, as an operation of the sweep with time and tries of its own', () => {
  const scene = finished();
  expect(isAtRest(scene.state)).toBe(true);
  const decision = sweep(scene, ['minio-bucket']);
  expect([decision.disposition.kind, decision.workAtMs]).toEqual(['applied', 0]);
  expect(decision.reasons.map(({ code }) => code)).toContain('SweepFound');
  expect(scene.state).toMatchObject({
    recheck: { acceptLoss: false },
    operation: { kind: 'reconcile', requestedBy: 'sweep', deadlineMs: scene.nowMs + 24 * 3_600_000 },
  });
  expect([isSweepWork(scene.state), isAtRest(scene.state)]).toEqual([true, false]);
  expect(sweep(scene, ['minio-bucket']).disposition.kind).toBe('repeat');
  scene.settle();
  expect([scene.status(), isSweepWork(scene.state)]).toEqual(['completed', false]);
  expect(scene.topics().filter((topic) => topic === 'tenant-provisioned-events')).toHaveLength(1);
});

test('V1: what is under way, suspended or leaving is left alone', () => {
  const scene = openScene();
  scene.event(create());
  expect(sweep(scene, ['minio-bucket']).disposition.kind).toBe('repeat');
  scene.settle();
  scene.rest({ kind: 'suspend' });
  scene.nowMs += 60_000;
  expect(sweep(scene, ['minio-bucket']).disposition.kind).toBe('repeat');
});

test('V2: what was seen after the look of the sweep is no finding', () => {
  const scene = finished();
  scene.patch([{ id: 'minio-bucket', observedAtMs: scene.nowMs }]);
  expect(sweep(scene, ['minio-bucket'], scene.nowMs - 1_000).disposition.kind).toBe('repeat');
  expect(sweep(scene, ['minio-bucket'], scene.nowMs + 1_000).disposition.kind).toBe('applied');
});

test('V3: a loss that is told is no finding, while another resource of the same tenant is one', () => {
  const scene = finished();
  scene.patch([{ id: 'cassandra-keyspace', status: 'failed', lost: true }]);
  expect(scene.status()).toBe('degraded');
  expect(sweep(scene, ['cassandra-keyspace']).disposition.kind).toBe('repeat');
  expect(sweep(scene, ['minio-bucket']).disposition.kind).toBe('applied');
  expect(scene.state.records.find(({ id }) => id === 'cassandra-keyspace')).toMatchObject({ lost: true });
  expect(scene.status()).toBe('degraded');
});

test('access that was given back is told with the object that gives it', () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  scene.rest({ kind: 'suspend' });
  scene.settle();
  scene.nowMs += 60_000;
  const found = { ids: ['minio-bucket'], lookedAtMs: scene.nowMs };
  const { reasons } = decideSweep(scene.state, scene.waiting, found, contextOf(scene));
  expect(reasons).toContainEqual({
    code: 'AccessFound',
    message: 'gives access that was withdrawn: minio-bucket minio-bucket-acme; it is withdrawn again',
  });
});

test('V1: a tenant is shut off once its access is seen to be withdrawn, and not while that is under way', () => {
  const scene = finished();
  expect(isShutOff(scene.state)).toBe(false);
  scene.rest({ kind: 'suspend' });
  expect(isShutOff(scene.state)).toBe(false);
  scene.settle();
  expect(isShutOff(scene.state)).toBe(true);
  const leaving = finished();
  leaving.rest(remove());
  expect(isShutOff(leaving.state)).toBe(false);
  leaving.settle();
  expect(isShutOff(leaving.state)).toBe(true);
  leaving.nowMs += 25 * 3_600_000;
  leaving.wake();
  expect(isShutOff(leaving.state)).toBe(false);
});
