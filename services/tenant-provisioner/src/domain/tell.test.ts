/** What follows from outcomes by itself: P1 to P3, and what an operation and a reconcile begin anew. */
import type { NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, remove } from './scene.ts';
import { fatesByKind } from './tell.ts';

const FAILURE = { class: 'Invalid' as const, code: 'Bad', message: 'refused', away: false, atMs: 0 };
const FAILED = { id: 'cassandra-keyspace', status: 'failed' as const, attempts: 3, failure: FAILURE };
const LOST = { id: 'cassandra-keyspace', status: 'failed' as const, lost: true, converged: undefined };

const complete = () => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};

test('P2: a failure after which nothing is left to try is told with the outcome itself, without the end of its run', () => {
  const scene = openScene();
  scene.event(create());
  scene.claim();
  // The bucket waits for the keyspace, so nothing is due any more; the process may die here.
  scene.patch([FAILED]);
  expect(scene.topics()).toEqual(['provisioning-failed-events']);
  expect(scene.state.operation?.outcome).toBe('failed');
  scene.endRun('whole');
  expect(scene.topics()).toHaveLength(1);
});

test('P2: while a run has more to do, one event at its end tells of all that failed', () => {
  const scene = complete();
  scene.rest({ kind: 'tier', tier: 'starter' });
  scene.claim();
  scene.patch([{ ...FAILED, id: 'minio-bucket' }]);
  expect(scene.topics()).toHaveLength(1);
  scene.patch([FAILED]);
  scene.endRun('whole');
  expect(scene.outgoing.slice(1)).toMatchObject([
    { body: { failed_resources: ['cassandra-keyspace', 'minio-bucket'] } },
  ]);
});

test('P3: a drift is told with what came of its repair, a loss when it is found, each once', () => {
  const scene = complete();
  const drift = [{ path: '/versioning', from: false, to: true, weight: 'settings' as const }];
  scene.patch([{ id: 'minio-bucket', status: 'creating', drift }]);
  expect(scene.topics()).toHaveLength(1);
  scene.settle();
  scene.patch([LOST]);
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  scene.patch([LOST]);
  expect(scene.outgoing.slice(1)).toMatchObject([
    { body: { kind: 'minio-bucket', repaired: true, difference: [{ path: '/versioning', from: false, to: true }] } },
    { body: { kind: 'cassandra-keyspace', repaired: false } },
  ]);
});

test('a reconcile looks at what was lost too; it stays told as lost until it is seen', () => {
  const scene = complete();
  scene.patch([LOST]);
  expect(scene.status()).toBe('degraded');
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect(scene.state.records[0]).toMatchObject({ status: 'pending', lost: true, born: true });
  expect(scene.status()).toBe('degraded');
  scene.rest({ kind: 'reconcile', acceptLoss: true });
  expect(scene.state.records[0]).toMatchObject({ status: 'pending', lost: false, born: false });
});

test('a run that could not look at everything leaves the wish to look, for a little later', () => {
  const scene = complete();
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect(scene.last().workAtMs).toBe(0);
  const laterMs = scene.nowMs + 2_000;
  expect(scene.endRun('partial').workAtMs).toBe(laterMs);
  expect(scene.state.operation?.outcome).toBeUndefined();
  scene.nowMs += 500;
  expect(scene.endRun('superseded').workAtMs).toBe(laterMs);
  scene.nowMs = laterMs;
  expect(scene.endRun('whole').workAtMs).toBeUndefined();
  expect(scene.state.operation).toMatchObject({ kind: 'reconcile', outcome: 'completed' });
});

test('a reconcile during a deletion tries again what is left, under the same operation', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.patch([{ ...FAILED, nextAttemptAtMs: scene.nowMs + 600_000 }]);
  const { operation } = scene.state;
  scene.rest({ kind: 'reconcile', acceptLoss: false });
  expect(scene.state.operation).toEqual(operation);
  expect(scene.state.records[0]).toMatchObject({ attempts: 0 });
  expect(scene.state.records[0]?.nextAttemptAtMs).toBeUndefined();
});

test('O2: each operation counts its own tries and times, and gives back those that were used up', () => {
  const scene = openScene();
  scene.event(create());
  scene.patch([{ ...FAILED, strikes: 8, startedAtMs: 1, finishedAtMs: 2 }]);
  scene.rest({ kind: 'suspend' });
  const [record] = scene.state.records;
  expect(record).toMatchObject({ status: 'pending', attempts: 0, strikes: 0 });
  expect([record?.startedAtMs, record?.finishedAtMs, record?.failure]).toEqual([undefined, undefined, undefined]);
});

test('the end of a tenant tells one fate of each kind', () => {
  const scene = complete();
  scene.rest(remove({ graceMs: 0 }));
  scene.settle();
  expect(scene.outgoing.at(-1)).toMatchObject({
    topic: 'tenant-deprovisioned-events',
    body: { resources: { 'cassandra-keyspace': 'deleted', 'minio-bucket': 'deleted' } },
  });
});

test('of several objects of a kind, the fate that a person must know of is told', () => {
  const [record] = complete().state.records as [NodeRecord];
  const fated = (fate: NodeRecord['fate'], kind = 'pulsar-namespace'): NodeRecord => ({
    ...record,
    kind,
    status: 'deleted',
    ...(fate === undefined ? {} : { fate }),
  });
  expect(fatesByKind([fated('deleted'), fated('not-ours'), fated('absent', 'minio-bucket')])).toEqual({
    'pulsar-namespace': 'not-ours',
    'minio-bucket': 'absent',
  });
});

test('an operation that was superseded is kept with what had become of each resource by then', () => {
  const scene = openScene();
  scene.event(create());
  scene.patch([{ id: 'cassandra-keyspace', status: 'creating', attempts: 4 }]);
  scene.rest({ kind: 'suspend' });
  expect(scene.last().finished[0]).toMatchObject({
    kind: 'provision',
    outcome: 'superseded',
    records: [{ status: 'creating', attempts: 4 }, { attempts: 0 }],
  });
});

test('P3: of two differences, one of which others undo each time, the repair of both is not told as done', () => {
  const scene = complete();
  const at = (path: string) => ({ path, from: 7, to: 1, weight: 'settings' as const });
  scene.patch([{ id: 'minio-bucket', drift: [at('/a'), at('/b')], status: 'creating' }]);
  const left = [{ ...at('/a'), why: 'fight' as const }];
  scene.patch([{ id: 'minio-bucket', drift: undefined, left, status: 'ready' }]);
  expect(scene.outgoing.slice(1)).toMatchObject([
    { body: { kind: 'minio-bucket', repaired: false, difference: [{ path: '/a' }, { path: '/b' }] } },
  ]);
});

test('P3: a loss is told when it is found, and no more while it lasts', () => {
  const scene = complete();
  scene.patch([LOST]);
  expect(scene.topics()).toHaveLength(2);
  scene.patch([LOST]);
  expect(scene.topics()).toHaveLength(2);
});
