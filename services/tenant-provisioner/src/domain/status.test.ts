import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, remove } from './scene.ts';
import { emptyState } from './state.ts';
import { conditionsOf } from './status.ts';

const ready = (scene: ReturnType<typeof openScene>): string =>
  scene.state.conditions.find(({ type }) => type === 'Ready')?.message ?? '';

test('how a tenant stands is told in words, not by its status again', () => {
  const scene = openScene();
  scene.rest(create());
  expect(ready(scene)).toBe('not as it should be yet: cassandra-keyspace, minio-bucket');
  scene.settle();
  expect(ready(scene)).toBe('every resource is as it should be');
  scene.rest({ kind: 'suspend' });
  expect(ready(scene)).toBe('access still stands; all data is kept');
  scene.settle();
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

const record = (kind: string, name: string, more: Partial<NodeRecord>): NodeRecord => ({
  ...freshRecord({ id: name, kind, part: 'main', name }),
  status: 'ready',
  ...more,
});

const conditions = (...records: readonly NodeRecord[]) =>
  conditionsOf({ ...emptyState('acme'), phase: 'active', records }, 1000);

test('a feature that a server lacks is a condition of a tenant that is complete all the same', () => {
  const notes = ['ExpiryUnsupported'];
  const found = conditions(
    record('ignite-cache', 'sessions_acme', { notes }),
    record('ignite-cache', 'ml_models_acme', {}),
  );
  expect(found).toEqual([
    expect.objectContaining({ type: 'Ready', status: true }),
    expect.objectContaining({
      type: 'ExpiryUnsupported',
      status: true,
      message: expect.stringMatching(/sessions_acme$/),
    }),
  ]);
});

test('what is the same for many resources is said once', () => {
  const failure = { class: 'Invalid', code: 'CeilingReached', message: 'it is full', away: false, atMs: 0 } as const;
  const found = conditions(
    record('a', 'one', { status: 'failed', failure }),
    record('b', 'two', { status: 'failed', failure }),
  );
  expect(found.find(({ type }) => type === 'CeilingReached')?.message).toBe('a one, b two: it is full');
});
