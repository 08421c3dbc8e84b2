/** What is left to do, and what counts as done, when the goal changes under way. */
import { expect, test } from 'vitest';
import { create, openScene, upgrade } from './scene.ts';

const complete = () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};

test('a resumed tenant is complete only when it has its access back, and its operation ends then', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  scene.settle();
  scene.rest({ kind: 'resume' });
  expect(scene.status()).toBe('provisioning');
  expect(scene.state.operation?.outcome).toBeUndefined();
  expect(scene.last().workAtMs).toBeDefined();
  scene.settle();
  expect(scene.status()).toBe('completed');
  expect(scene.state.operation).toMatchObject({ kind: 'resume', outcome: 'completed' });
  expect(scene.topics()).toEqual(['tenant-provisioned-events']);
});

test('a tier change that a suspension cut off is complete, and told, only after the resume has finished it', () => {
  const scene = complete();
  scene.event(upgrade('free', 'starter'));
  scene.rest({ kind: 'suspend' });
  scene.settle();
  scene.rest({ kind: 'resume' });
  expect(scene.status()).toBe('provisioning');
  expect(scene.topics()).toHaveLength(1);
  scene.settle();
  expect(scene.topics()).toEqual(['tenant-provisioned-events', 'tenant-provisioned-events']);
});

test('an outcome that a run brings from the goal before does not make the tenant complete', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  const patches = scene.settledPatches();
  scene.rest({ kind: 'resume' });
  scene.patch(patches);
  expect(scene.status()).not.toBe('completed');
  expect(scene.last().workAtMs).toBeDefined();
});

test('withdrawing access waits for no other node', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  scene.patch([{ id: 'cassandra-keyspace', status: 'creating', nextAttemptAtMs: scene.nowMs + 5_000 }]);
  // The bucket depends on the keyspace, and has its access withdrawn all the same.
  expect(scene.last().workAtMs).toBeLessThanOrEqual(scene.nowMs);
});
