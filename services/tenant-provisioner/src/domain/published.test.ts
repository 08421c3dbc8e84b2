/** What is published, field by field, as the event contract has it: written by hand, never taken from what is made. */
import { freshRecord, type NodePatch, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, openScene, remove, type Scene } from './scene.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';
const failure = { class: 'Invalid', code: 'Bad', message: 'no room', away: false, atMs: 0 } as const;

const begun = (): Scene => {
  const scene = openScene(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
  scene.event(create());
  return scene;
};
const complete = (): Scene => {
  const scene = begun();
  scene.nowMs += 1_500;
  scene.settle();
  return scene;
};
const bodies = (scene: Scene) =>
  scene.outgoing.flatMap((out) => (out.kind === 'event' ? [{ [out.topic]: out.body }] : []));
const last = (scene: Scene) => bodies(scene).at(-1);
const at = (scene: Scene) => new Date(scene.nowMs).toISOString();

test('a tenant is complete: name, tier, generation, the names of its resources, its limits and how long it took', () => {
  const scene = complete();
  expect(bodies(scene)).toEqual([
    {
      'tenant-provisioned-events': {
        tenant_id: 'acme',
        timestamp: '2026-01-02T03:04:06.506Z',
        event_id: expect.stringMatching(/^evt_acme_[0-9]+$/),
        tenant_name: 'Acme',
        tier: 'free',
        generation: 1,
        resources: { [KEYSPACE]: 'cassandra-keyspace-acme', [BUCKET]: 'minio-bucket-acme' },
        quota: {
          cpu_cores: 2,
          memory_gb: 4,
          storage_gb: 10,
          max_pods: 5,
          max_services: 3,
          gpu_count: 0,
          monthly_cost_usd: '0',
        },
        duration_ms: 1_500,
      },
    },
  ]);
});

test('a kind of which a tenant has several is told with all their names, and one that is skipped not at all', () => {
  const scene = complete();
  const more = (id: string, kind: string, status: NodeRecord['status']): NodeRecord => ({
    ...freshRecord({ id, kind, part: id, name: `${id}-acme` }),
    status,
  });
  const records = [
    ...scene.state.records,
    more('second', BUCKET, 'ready'),
    more('third', BUCKET, 'skipped'),
    more('cache', 'ignite-cache', 'skipped'),
  ];
  scene.state = { ...scene.state, announce: true, records };
  scene.wake();
  expect(last(scene)?.['tenant-provisioned-events']?.['resources']).toEqual({
    [KEYSPACE]: 'cassandra-keyspace-acme',
    [BUCKET]: ['minio-bucket-acme', 'second-acme'],
  });
});

test('it failed for good: each failed resource with its reason, and the tries of the one that had most', () => {
  const scene = begun();
  scene.patch([
    { id: KEYSPACE, status: 'failed', attempts: 3, failure },
    { id: BUCKET, status: 'failed', attempts: 8 },
  ]);
  expect(bodies(scene)).toEqual([
    {
      'provisioning-failed-events': {
        tenant_id: 'acme',
        timestamp: at(scene),
        event_id: expect.stringMatching(/^evt_acme_[0-9]+$/),
        tenant_name: 'Acme',
        error: 'cassandra-keyspace cassandra-keyspace-acme: no room; minio-bucket minio-bucket-acme: failed',
        failed_resources: [KEYSPACE, BUCKET],
        attempts: 8,
      },
    },
  ]);
});

test('of a failure only what failed is told', () => {
  const scene = begun();
  scene.patch([
    { id: KEYSPACE, status: 'ready', born: true, attempts: 9 },
    { id: BUCKET, status: 'failed', attempts: 2, failure },
  ]);
  expect(last(scene)).toMatchObject({
    'provisioning-failed-events': {
      failed_resources: [BUCKET],
      attempts: 2,
      error: 'minio-bucket minio-bucket-acme: no room',
    },
  });
});

test('a tenant leaves, is restored, leaves again and is gone: each phase with its generation, the end with each fate', () => {
  const scene = complete();
  scene.rest(remove());
  scene.settle();
  scene.rest({ kind: 'restore' });
  scene.settle();
  scene.rest(remove());
  scene.settle();
  scene.nowMs += 24 * 3_600_000;
  scene.wake();
  scene.patch([
    { id: KEYSPACE, status: 'deleted', fate: 'absent' },
    { id: BUCKET, status: 'deleted', fate: 'not-ours' },
  ]);
  const told = bodies(scene).slice(1);
  const shared = {
    tenant_id: 'acme',
    timestamp: expect.any(String),
    event_id: expect.stringMatching(/^evt_acme_[0-9]+$/),
    generation: 1,
  };
  expect(told).toEqual([
    ...['suspended', 'restored', 'suspended', 'deleting'].map((phase) => ({
      'tenant-deleting-events': { ...shared, phase },
    })),
    { 'tenant-deprovisioned-events': { ...shared, resources: { [KEYSPACE]: 'absent', [BUCKET]: 'not-ours' } } },
  ]);
  const ids = bodies(scene).flatMap((one) => Object.values(one).map((body) => body['event_id']));
  expect(ids).toEqual([1, 2, 3, 4, 5, 6].map((serial) => `evt_acme_${serial}`));
});

const drift = { path: '/versioning', from: undefined, to: true, weight: 'settings' } as const;
const drifting: NodePatch = { id: BUCKET, status: 'creating', converged: undefined, drift: [drift] };

test('a drift: kind, name, what differed in words of JSON, and whether it was repaired', () => {
  const scene = complete();
  scene.patch([drifting]);
  expect(bodies(scene)).toHaveLength(1);
  scene.settle();
  expect(bodies(scene).slice(1)).toEqual([
    {
      'resource-drift-events': {
        tenant_id: 'acme',
        timestamp: at(scene),
        event_id: expect.stringMatching(/^evt_acme_[0-9]+$/),
        kind: BUCKET,
        name: 'minio-bucket-acme',
        difference: [{ path: '/versioning', from: null, to: true }],
        repaired: true,
      },
    },
  ]);
});

test('a drift whose repair failed is told as not repaired; one of what was deleted meanwhile not at all', () => {
  const scene = complete();
  scene.patch([drifting]);
  scene.patch([{ id: BUCKET, status: 'failed', drift: undefined, failure }]);
  expect(last(scene)).toMatchObject({ 'provisioning-failed-events': {} });
  expect(bodies(scene).at(-2)).toMatchObject({ 'resource-drift-events': { kind: BUCKET, repaired: false } });
  const leaving = complete();
  leaving.patch([drifting]);
  leaving.rest(remove({ graceMs: 0 }));
  leaving.patch([{ id: BUCKET, status: 'deleted', fate: 'deleted', drift: undefined }]);
  expect(bodies(leaving).map((one) => Object.keys(one)[0])).not.toContain('resource-drift-events');
});

test('a loss is told when it is found, once, as present before and absent now', () => {
  const scene = complete();
  scene.patch([{ id: BUCKET, status: 'failed', lost: true, converged: undefined, failure }]);
  scene.patch([{ id: BUCKET, attempts: 2 }]);
  expect(bodies(scene).slice(1)).toEqual([
    {
      'resource-drift-events': {
        tenant_id: 'acme',
        timestamp: at(scene),
        event_id: expect.stringMatching(/^evt_acme_[0-9]+$/),
        kind: BUCKET,
        name: 'minio-bucket-acme',
        difference: [{ path: '', from: 'present', to: 'absent' }],
        repaired: false,
      },
    },
  ]);
});
