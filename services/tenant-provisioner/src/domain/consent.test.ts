/** What a repair would destroy or weaken, and what is fought over: as it is told, shown, and settled by an operator's word. */
import type { LeftChange, NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, type Scene } from './scene.ts';

const BUCKET = 'minio-bucket';
const kept: LeftChange = {
  path: '/lifecycleDays/logs',
  from: 90,
  to: 30,
  weight: 'settings',
  why: 'consent',
  weakens: { kind: 'shorter-retention', would: 'delete logs after 30 days, which go after 90 now' },
};
const fought: LeftChange = { path: '/size', from: 7, to: 1, weight: 'settings', why: 'fight' };

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};

/** A run looked and found nothing to do but this. */
const leave = (scene: Scene, left: readonly LeftChange[] | undefined, over: object = {}): void => {
  const [patch] = scene.settledPatches().filter(({ id }) => id === BUCKET);
  if (!patch) throw new Error('no bucket');
  scene.patch([{ ...patch, left, ...over }]);
};
const record = (scene: Scene): NodeRecord => scene.state.records.find(({ id }) => id === BUCKET) as NodeRecord;
const condition = (scene: Scene, type: string) => scene.state.conditions.find((one) => one.type === type);
const drifts = (scene: Scene) =>
  scene.outgoing.flatMap((out) => (out.kind === 'event' && out.topic.startsWith('resource-drift') ? [out.body] : []));

test('what waits for a word is told once, and the tenant is complete with a condition that says what a repair would do', () => {
  const scene = complete();
  leave(scene, [kept]);
  expect(scene.status()).toBe('completed');
  expect(condition(scene, 'NeedsConsent')?.message).toContain(kept.weakens?.would);
  leave(scene, [{ ...kept, from: 120 }]);
  leave(scene, [kept]);
  expect(drifts(scene)).toMatchObject([
    { kind: BUCKET, repaired: false, difference: [{ path: kept.path, from: 90, to: 30 }] },
  ]);
  leave(scene, undefined);
  expect(condition(scene, 'NeedsConsent')).toBeUndefined();
});

test('an operator’s word holds through failures until the tenant is complete, and for that operation alone', () => {
  const scene = complete();
  leave(scene, [kept]);
  scene.rest({ kind: 'reconcile', acceptLoss: false, acceptWeakening: true, reason: 'disk is full' });
  expect(
    scene
      .last()
      .reasons.map(({ message }) => message)
      .join(),
  ).toContain('disk is full');
  expect(scene.state.consent).toBe(true);
  scene.claim();
  scene.patch([{ id: BUCKET, status: 'creating', converged: undefined }]);
  scene.endRun('whole');
  expect(scene.state.consent).toBe(true);
  scene.settle();
  expect(scene.state.consent).toBeUndefined();

  scene.rest({ kind: 'reconcile', acceptLoss: false, acceptWeakening: true });
  scene.rest({ kind: 'suspend' });
  scene.rest({ kind: 'resume' });
  expect(scene.state.consent).toBeUndefined();
});

test('a reconcile without the word gives none, and tells nothing anew', () => {
  const scene = complete();
  leave(scene, [kept]);
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  leave(scene, [kept]);
  expect(scene.state.consent).toBeUndefined();
  expect(drifts(scene)).toHaveLength(1);
});

test('a fight is told once, whatever repairs come after it, and an operator’s reconcile ends its pauses', () => {
  const scene = complete();
  const repairs = (times: number) => ({ repairs: [{ path: '/size', times, lastAtMs: scene.nowMs }] });
  const { path, from, to, weight } = fought;
  for (let times = 1; times <= 4; times++) {
    scene.patch([{ id: BUCKET, status: 'creating', converged: undefined, drift: [{ path, from, to, weight }] }]);
    leave(scene, undefined, repairs(times));
  }
  leave(scene, [fought], repairs(4));
  expect(condition(scene, 'RepairFight')?.message).toMatch(/\/size.*7.*1/);
  for (let times = 5; times <= 7; times++) {
    scene.patch([{ id: BUCKET, status: 'creating', converged: undefined, drift: [{ path, from, to, weight }] }]);
    leave(scene, [fought], repairs(times));
  }
  expect(drifts(scene).map(({ repaired }) => repaired)).toEqual([true, true, true, true, false]);
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect(record(scene)).not.toHaveProperty('repairs');
  expect(record(scene)).not.toHaveProperty('left');
});

test('what an operator asks to be otherwise is remembered until it is so: a tier change, twice', () => {
  const scene = complete();
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(record(scene).former).toMatchObject([{ tier: 'free' }]);
  scene.patch([
    { id: BUCKET, status: 'failed' },
    { id: 'cassandra-keyspace', status: 'failed' },
  ]);
  scene.rest({ kind: 'tier', tier: 'professional' });
  expect(record(scene).former).toMatchObject([{ tier: 'free' }, { tier: 'starter' }]);
});
