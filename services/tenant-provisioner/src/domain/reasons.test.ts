/** What is on record of each decision: the codes of its reasons, in order, with their data; history, audit and logs are made of them. */
import type { Reason } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { create, LIMITS, openScene, remove, type Scene, upgrade } from './scene.ts';

const DAY_MS = 24 * 3_600_000;
const codes = ({ reasons }: { readonly reasons: readonly Reason[] }) => reasons.map(({ code }) => code);
const complete = (over: Parameters<typeof create>[0] = {}): Scene => {
  const scene = openScene();
  scene.event(create(over));
  scene.settle();
  return scene;
};
const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: 0 } as const;

test('from its creation to its end a tenant’s history tells each step once', () => {
  const scene = openScene();
  const created = scene.event(create());
  expect(created.reasons).toEqual([
    { code: 'TenantCreated', message: 'generation 1 begins with tier free', data: { generation: 1 } },
  ]);
  expect(codes(scene.patch(scene.settledPatches()))).toEqual(['TenantComplete']);
  expect(codes(scene.event(create()))).toEqual(['KnownTenant']);
  const changed = scene.event(upgrade('free', 'starter'));
  expect(changed.reasons).toEqual([
    { code: 'TierChanged', message: 'from free to starter', data: { from: 'free', to: 'starter' } },
  ]);
  expect(codes(scene.patch(scene.settledPatches()))).toEqual(['TenantComplete']);
  expect(codes(scene.rest({ kind: 'tier', tier: 'starter' }))).toEqual(['SameTier']);
  expect(codes(scene.rest({ kind: 'suspend' }))).toEqual(['Suspended']);
  expect(codes(scene.rest({ kind: 'resume' }))).toEqual(['Resumed']);
  expect(codes(scene.rest({ kind: 'protect', protected: true }))).toEqual(['Protected']);
  expect(codes(scene.rest({ kind: 'protect', protected: false }))).toEqual(['Unprotected']);
  expect(codes(scene.rest({ kind: 'reconcile', acceptLoss: false }))).toEqual(['ReconcileAsked']);
  expect(codes(scene.rest(remove()))).toEqual(['TenantLeaves']);
  expect(codes(scene.rest({ kind: 'reconcile', acceptLoss: false }))).toEqual(['ReconcileAsked']);
  expect(codes(scene.rest({ kind: 'restore' }))).toEqual(['TenantRestored']);
  scene.settle();
  expect(codes(scene.rest(remove({ graceMs: 0 })))).toEqual(['TenantLeaves', 'RemovalBegins']);
  expect(codes(scene.patch(scene.settledPatches()))).toEqual(['TenantGone']);
  const late = scene.event(create(), 900_000);
  expect(late.reasons).toEqual([
    {
      code: 'OlderThanDeletion',
      message: 'the creation was said before the tenant was deleted',
      data: { created_at_ms: 900_000, deleted_at_ms: scene.nowMs },
    },
  ]);
  expect(codes(scene.event(remove()))).toEqual(['Tombstone']);
  scene.nowMs += 90 * DAY_MS;
  expect(codes(scene.wake())).toEqual(['Forgotten']);
});

test('what waits, fails, is held or refused is told too', () => {
  const scene = openScene();
  expect(codes(scene.event(upgrade('starter', 'free')))).toEqual(['WaitsForTenant']);
  const failed = openScene();
  failed.event(create());
  expect(codes(failed.patch([{ id: 'cassandra-keyspace', status: 'failed', failure }]))).toEqual([
    'ProvisioningFailed',
  ]);
  expect(codes(failed.rest(create({ adopt: true })))).toEqual(['AdoptionAsked']);
  expect(codes(complete().event(upgrade('starter', 'free')))).toEqual(['WaitsForTier']);
  expect(codes(complete().event(remove(), 900_000))).toEqual(['TombstoneRaised', 'OlderThanCreation']);
});

test('the brake tells that it holds, lets go, or was taken back', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  expect(codes(scene.event(remove()))).toEqual(['DeletionHeld']);
  expect(codes(scene.event(remove()))).toEqual([]);
  const held = scene.state;
  expect(codes(scene.rest({ kind: 'restore' }))).toEqual(['HeldDeletionTakenBack']);
  scene.state = held;
  scene.brakeOpenings = 1;
  expect(codes(scene.wake())).toEqual(['DeletionReleased', 'TenantLeaves']);
});

test('a decision says what it came to', () => {
  const scene = openScene();
  const kinds = [scene.event(create()), scene.patch([]), scene.endRun('whole'), scene.wake()].map(
    ({ disposition }) => disposition,
  );
  expect(kinds).toEqual(Array(4).fill({ kind: 'applied' }));
});

test('a reconcile of a suspended tenant, an adoption and a recovery never accept a loss by themselves', () => {
  const failed = openScene();
  failed.event(create());
  failed.patch([{ id: 'cassandra-keyspace', status: 'failed', failure }]);
  failed.rest(create({ adopt: true }));
  expect(failed.state.recheck).toEqual({ acceptLoss: false });
  const suspended = openScene();
  suspended.event(create());
  suspended.patch([{ id: 'cassandra-keyspace', status: 'failed', failure }]);
  suspended.rest({ kind: 'suspend' });
  expect(suspended.rest(create({ adopt: true })).disposition.kind).toBe('repeat');
  expect(suspended.state.recheck).toBeUndefined();
});

test('a tier is told by itself where only it differs, and limits of a file that has moved on contradict nobody', () => {
  const custom = complete({ tier: 'custom', limits: LIMITS });
  expect(custom.rest(create()).disposition).toMatchObject({
    message: 'the tenant exists: its tier is custom, not free',
  });
  const free = complete();
  free.state = { ...free.state, limits: { ...LIMITS, max_pods: 1 } };
  expect(free.rest(create()).disposition.kind).toBe('repeat');
});
