/** R1 to R3: who goes on when a backend can be used again. */
import type { NodeFailure, NodePatch } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { decideRecovery } from './decide.ts';
import type { Recovery } from './revive.ts';
import { contextOf, create, openScene, type Scene } from './scene.ts';

const failure = (over: Partial<NodeFailure> = {}): NodeFailure => ({
  class: 'Unavailable',
  code: 'AccessDenied',
  message: 'refused',
  away: false,
  backend: 'minio',
  atMs: 1_000_000,
  ...over,
});
const bucket = (over: Partial<NodeFailure> = {}): NodePatch => ({
  id: 'minio-bucket',
  status: 'failed',
  attempts: 8,
  strikes: 8,
  failure: failure(over),
});
const keyspace = (over: Partial<NodeFailure>): NodePatch => ({ ...bucket(over), id: 'cassandra-keyspace' });

function failed(...patches: readonly NodePatch[]): Scene {
  const scene = openScene();
  scene.event(create());
  scene.patch(patches);
  expect(scene.status()).toBe('failed');
  scene.nowMs += 60_000;
  return scene;
}

function recover(scene: Scene, over: Partial<Recovery> = {}): string {
  const recovery = { backend: 'minio', kinds: new Set(['minio-bucket']), upSinceMs: scene.nowMs, ...over };
  const decision = decideRecovery(scene.state, scene.waiting, recovery, contextOf(scene));
  scene.state = decision.state;
  return decision.disposition.kind;
}

test.each([
  ['it answered with failures', bucket({ code: 'BackendFailed' })],
  ['it refused the platform’s credentials', bucket()],
  ['it was away until the deadline', bucket({ code: 'BackendUnavailable', away: true })],
])('R1 a tenant that failed because %s goes on, with tries of its own', (_name, patch) => {
  const scene = failed(patch);
  expect(recover(scene)).toBe('applied');
  expect(scene.status()).not.toBe('failed');
  expect(scene.state.operation).toMatchObject({ kind: 'reconcile', requestedBy: 'recovery' });
  expect(scene.state.records.find(({ id }) => id === 'minio-bucket')?.strikes).toBe(0);
  // R3: told twice, by two replicas, it is changed once.
  expect(recover(scene)).toBe('repeat');
});

test.each([
  ['it asked wrongly', [bucket({ class: 'Invalid', code: 'Bad' })]],
  ['its name is taken', [bucket({ class: 'Conflict', code: 'NameTaken' })]],
  ['of another backend', [keyspace({ backend: 'cassandra' })]],
  ['of something else too, that waits for an operator', [bucket(), keyspace({ class: 'Invalid', code: 'Bad' })]],
  ['it failed since then', [bucket({ atMs: 2_000_000 })]],
])('R1, R3 a tenant that failed because %s stays failed', (_name, patches) => {
  const scene = failed(...patches);
  expect(recover(scene)).toBe('repeat');
  expect(scene.status()).toBe('failed');
});

test('R2 a refusal that turned out to be everybody’s is nobody’s own', () => {
  const refused = { class: 'Invalid', code: 'WrongRegion' } as const;
  expect(recover(failed(bucket(refused)), { refusal: refused })).toBe('applied');
  expect(recover(failed(bucket(refused)), { refusal: { class: 'Invalid', code: 'Other' } })).toBe('repeat');
});

test('R3 a tenant that is suspended with what failed waits for its resume; one that goes on says why', () => {
  const suspended = failed(bucket());
  suspended.state = { ...suspended.state, phase: 'suspended' };
  expect(recover(suspended)).toBe('repeat');
  const scene = failed(bucket());
  const recovery = { backend: 'minio', kinds: new Set(['minio-bucket']), upSinceMs: scene.nowMs };
  expect(decideRecovery(scene.state, [], recovery, contextOf(scene)).reasons).toEqual([
    { code: 'BackendRecovered', message: 'minio can be used again: minio-bucket' },
  ]);
});

test('R3 a tenant that somebody works at, or that is lost, is left to that', () => {
  const claimed = failed(bucket());
  claimed.claim();
  expect(recover(claimed)).toBe('repeat');
  const lost = failed(bucket());
  lost.patch([{ id: 'minio-bucket', lost: true }]);
  expect(recover(lost)).toBe('repeat');
});
