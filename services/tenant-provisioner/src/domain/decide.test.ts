/** The rules of collision, one test each; the event contract is the authority for every line here. */
import { expect, test } from 'vitest';
import { create, LIMITS, openScene, remove, upgrade } from './scene.ts';

const HOUR_MS = 3_600_000;
const complete = () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};

test('a creation begins the first generation, and its completion is published once', () => {
  const scene = openScene();
  expect(scene.event(create()).disposition.kind).toBe('applied');
  expect(scene.status()).toBe('pending');
  scene.settle();
  scene.settle();
  expect(scene.status()).toBe('completed');
  expect(scene.state.generation).toBe(1);
  expect(scene.topics()).toEqual(['tenant-provisioned-events']);
});

test('the same name and tier for a known tenant change nothing; anything else is tenant-conflict', () => {
  const scene = complete();
  const before = scene.state;
  expect(scene.event(create()).disposition.kind).toBe('repeat');
  expect({ ...scene.state, updatedAtMs: 0 }).toEqual({ ...before, updatedAtMs: 0 });
  scene.event(create({ tier: 'starter' }));
  scene.event(create({ name: 'Other' }));
  expect(scene.letters()).toEqual(['tenant-conflict', 'tenant-conflict']);
});

test('custom without limits is limits-missing, created or upgraded', () => {
  const scene = complete();
  scene.event(upgrade('free', 'custom'));
  expect(scene.letters()).toEqual(['limits-missing']);
  const other = openScene();
  other.event(create({ tier: 'custom' }));
  expect(other.letters()).toEqual(['limits-missing']);
  expect(other.state.generation).toBe(0);
  expect(other.event(create({ tier: 'custom', limits: LIMITS })).disposition.kind).toBe('applied');
});

test('a deletion of an unknown tenant leaves a tombstone: older creations are dropped, a later one begins', () => {
  const scene = openScene();
  scene.event(remove(), 5000);
  expect(scene.event(create({ createdAtMs: 5000 })).disposition.kind).toBe('dropped');
  expect(scene.event(create(), 4000).disposition.kind).toBe('dropped');
  expect(scene.event(create({ createdAtMs: 5001 })).disposition.kind).toBe('applied');
  expect(scene.state.generation).toBe(1);
  expect(scene.letters()).toEqual([]);
});

test('a deletion suspends for the grace, then takes down, then is published; the next creation is generation 2', () => {
  const scene = complete();
  scene.event(remove());
  scene.settle();
  expect(scene.status()).toBe('suspended');
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 24 * HOUR_MS);
  scene.nowMs += 24 * HOUR_MS;
  scene.wake();
  expect(scene.status()).toBe('deleting');
  scene.settle();
  expect(scene.status()).toBe('deleted');
  expect(scene.topics().slice(1)).toEqual([
    'tenant-deleting-events',
    'tenant-deleting-events',
    'tenant-deprovisioned-events',
  ]);
  scene.nowMs += 1;
  scene.event(create());
  expect(scene.state.generation).toBe(2);
});

test('a creation that was said before the deletion is dropped, even where it contradicts the present generation', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  const tombstone = scene.state.tombstoneAtMs as number;
  scene.nowMs += 10;
  scene.event(create({ tier: 'starter' }));
  scene.settle();
  expect(scene.event(create({ createdAtMs: tombstone - 1 })).disposition.kind).toBe('dropped');
  expect(scene.state.tier).toBe('starter');
});

test('a deletion that was said before the present generation began is dropped', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  const earlier = scene.nowMs + 1;
  scene.nowMs += 10;
  scene.event(create());
  expect(scene.event(remove(), earlier).disposition.kind).toBe('dropped');
  expect(scene.status()).toBe('pending');
});

test('an upgrade for an unknown or incomplete tenant waits, in order, and acts when the tenant is complete', () => {
  const scene = openScene();
  expect(scene.event(upgrade('free', 'starter')).disposition.kind).toBe('waiting');
  scene.event(create());
  scene.event(upgrade('starter', 'professional'));
  scene.settle();
  expect(scene.state.tier).toBe('starter');
  scene.settle();
  expect(scene.state.tier).toBe('professional');
  scene.settle();
  expect(scene.waiting).toEqual([]);
  expect(scene.topics()).toEqual(Array(3).fill('tenant-provisioned-events'));
});

test('a message that waited 24 hours for its tenant is tenant-unknown', () => {
  const scene = openScene();
  scene.event(upgrade('free', 'starter'));
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 24 * HOUR_MS);
  scene.nowMs += 24 * HOUR_MS;
  scene.wake();
  expect(scene.letters()).toEqual(['tenant-unknown']);
  expect(scene.waiting).toEqual([]);
});

test('an upgrade from another tier waits five minutes for what may be under way, then is stale', () => {
  const scene = complete();
  expect(scene.event(upgrade('starter', 'professional')).disposition.kind).toBe('waiting');
  scene.nowMs += 299_999;
  scene.wake();
  expect(scene.letters()).toEqual([]);
  scene.nowMs += 1;
  scene.wake();
  expect(scene.letters()).toEqual(['stale']);
});

test('two upgrades that came in the wrong order both act', () => {
  const scene = complete();
  scene.event(upgrade('starter', 'professional'));
  scene.event(upgrade('free', 'starter'));
  expect(scene.state.tier).toBe('starter');
  scene.settle();
  expect(scene.state.tier).toBe('professional');
  expect(scene.letters()).toEqual([]);
});

test('a deletion by event under protection is protected; force by an operator goes over it, and the grace holds', () => {
  const scene = openScene();
  scene.event(create({ tier: 'professional' }));
  scene.settle();
  scene.event(remove());
  expect(scene.letters()).toEqual(['protected']);
  expect(scene.rest(remove()).disposition).toMatchObject({ kind: 'refused', code: 'protected' });
  expect(scene.rest(remove({ force: true })).disposition.kind).toBe('applied');
  scene.settle();
  expect(scene.status()).toBe('suspended');
});

test('a deletion waits for nothing: it ends a provisioning that is under way', () => {
  const scene = openScene();
  scene.event(create());
  scene.event(remove());
  expect(scene.state.phase).toBe('leaving');
});

test('a creation while the tenant leaves waits for the end; then it is the next generation', () => {
  const scene = complete();
  scene.event(remove());
  scene.nowMs += 1000;
  expect(scene.event(create({ tier: 'starter' })).disposition.kind).toBe('waiting');
  scene.nowMs += 24 * HOUR_MS;
  scene.wake();
  scene.settle();
  expect(scene.state.generation).toBe(2);
  expect(scene.state.tier).toBe('starter');
});

test('a restore within the grace makes a waiting creation a repeat, and does not publish completion again', () => {
  const scene = complete();
  scene.event(remove());
  scene.settle();
  scene.nowMs += 1000;
  scene.event(create());
  scene.rest({ kind: 'restore' });
  scene.settle();
  expect(scene.state).toMatchObject({ phase: 'active', generation: 1 });
  expect(scene.waiting).toEqual([]);
  expect(scene.topics()).toEqual(['tenant-provisioned-events', 'tenant-deleting-events', 'tenant-deleting-events']);
});

test('a restore brings back the tombstone of the generation before', () => {
  const scene = openScene();
  scene.event(remove(), 500);
  scene.event(create({ createdAtMs: 900 }));
  scene.settle();
  scene.event(remove());
  scene.rest({ kind: 'restore' });
  expect(scene.state.tombstoneAtMs).toBe(500);
  expect(scene.event(create({ createdAtMs: 400, tier: 'starter' })).disposition.kind).toBe('dropped');
});

test('the brake holds a deletion by event visibly until an operator opens it; one by REST is not braked', () => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.nowMs += 10;
  expect(scene.event(remove(), 1_000_005).disposition.kind).toBe('held');
  expect(scene.state.conditions.map(({ type }) => type)).toContain('DeletionHeld');
  expect(scene.status()).toBe('completed');
  scene.wake();
  expect(scene.status()).toBe('completed');
  scene.brakeOpenings = 1;
  scene.wake();
  scene.settle();
  expect(scene.status()).toBe('suspended');
  expect(scene.state.tombstoneAtMs).toBe(1_000_005);
  const other = complete();
  other.brake = { openings: 0 };
  expect(other.rest(remove()).disposition.kind).toBe('applied');
});

test('while an operator paused deletions no grace ends', () => {
  const scene = complete();
  scene.deletionsPaused = true;
  scene.rest(remove({ graceMs: 0 }));
  expect(scene.state.phase).toBe('leaving');
  scene.nowMs += 90 * 24 * HOUR_MS;
  scene.wake();
  expect(scene.state.phase).toBe('leaving');
  scene.deletionsPaused = false;
  scene.wake();
  expect(scene.state.phase).toBe('deleting');
});

test('more messages than the bound are refused as overloaded, none is forgotten', () => {
  const scene = openScene();
  for (let i = 0; i < 5; i++) scene.event(upgrade('free', 'starter'));
  expect(scene.waiting).toHaveLength(3);
  expect(scene.letters()).toEqual(['overloaded', 'overloaded']);
});

test('a failure for good is told once an operation, and a reconcile goes on from there', () => {
  const scene = openScene();
  scene.event(create());
  scene.patch([
    { id: 'cassandra-keyspace', status: 'ready', born: true },
    {
      id: 'minio-bucket',
      status: 'failed',
      attempts: 8,
      failure: { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: 0 },
    },
  ]);
  scene.settle;
  expect(scene.status()).toBe('failed');
  expect(scene.rest({ kind: 'reconcile', acceptLoss: false }).disposition.kind).toBe('applied');
  expect(scene.status()).toBe('provisioning');
  scene.settle();
  expect(scene.status()).toBe('completed');
});

test('a tier change keeps what the new tier no longer has, and its event says so only when complete', () => {
  const scene = complete();
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(scene.status()).toBe('provisioning');
  expect(scene.rest({ kind: 'tier', tier: 'enterprise' }).disposition).toMatchObject({
    kind: 'refused',
    code: 'conflict',
  });
  scene.settle();
  expect(scene.topics()).toEqual(['tenant-provisioned-events', 'tenant-provisioned-events']);
});

test('the end of a tenant is told for 90 days, its tombstone for ever', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  expect(scene.last().wakeAtMs).toBe(scene.nowMs + 90 * 24 * HOUR_MS);
  scene.nowMs += 90 * 24 * HOUR_MS;
  scene.wake();
  expect(scene.state.records).toEqual([]);
  expect(scene.state.tombstoneAtMs).toBeDefined();
});

test('D2: event ids are never made twice', () => {
  const scene = complete();
  scene.event(remove());
  scene.rest({ kind: 'restore' });
  scene.settle();
  scene.rest({ kind: 'tier', tier: 'starter' });
  scene.settle();
  const serials = scene.outgoing.map(({ serial }) => serial);
  expect(new Set(serials).size).toBe(serials.length);
});
