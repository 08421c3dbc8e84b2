import { expect, test } from 'vitest';
import { create, openScene, remove } from './scene.ts';

const ready = (scene: ReturnType<typeof openScene>): string =>
  scene.state.conditions.find(({ type }) => type === 'Ready')?.message ?? '';

test('how a tenant stands is told in words, not by its status again', () => {
  const scene = openScene();
  scene.rest(create());
  expect(ready(scene)).toBe('not as it should be yet: cassandra-keyspace, minio-bucket');
  scene.settle();
  expect(ready(scene)).toBe('every resource is as it should be');
  scene.rest({ kind: 'suspend' });
  expect(ready(scene)).toBe('access is withdrawn; all data is kept');
  scene.rest(remove({ graceMs: 5_000 }));
  expect(ready(scene)).toBe('access is withdrawn; all data is kept until 1970-01-01T00:16:45.000Z');
  scene.nowMs += 5_000;
  scene.wake();
  expect(ready(scene)).toBe('being taken down: cassandra-keyspace, minio-bucket');
  scene.settle();
  expect(ready(scene)).toBe('nothing of the tenant is left');
});

test('a refusal calls a phase what a person would, whatever it is called inside', () => {
  const scene = openScene();
  const why = (command: Parameters<typeof scene.rest>[0]) => {
    const { disposition } = scene.rest(command);
    return disposition.kind === 'refused' ? disposition.message : disposition.kind;
  };
  scene.rest(create());
  scene.settle();
  scene.rest(remove({ graceMs: 5_000 }));
  scene.nowMs += 1;
  expect(why({ kind: 'suspend' })).toBe('a tenant that is waiting for the end of its grace cannot suspend');
  expect(why({ kind: 'tier', tier: 'starter' })).toContain('while the tenant is waiting for the end of its grace');
  expect(why(create())).toBe('the tenant is waiting for the end of its grace; restore it, or wait until it is gone');
  scene.nowMs += 5_000;
  scene.wake();
  expect(why(create())).toBe('the tenant is being taken down; wait until it is gone');
  expect(why({ kind: 'restore' })).toBe('a tenant that is being taken down cannot be restored');
});
