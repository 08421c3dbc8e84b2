import { expect, test } from 'vitest';
import { newsOf } from './news.ts';
import { create, openScene, remove } from './scene.ts';
import type { TenantState } from './state.ts';
import type { Decision } from './types.ts';

/** The news of what `act` does to the scene. */
function tell(scene: ReturnType<typeof openScene>, act: () => Decision) {
  const before: TenantState = scene.state;
  return newsOf(before, act());
}
const words = (news: ReturnType<typeof newsOf>) => news.map(({ level, message }) => `${level} ${message}`);

test('1: that a tenant is complete is said once, and nothing of a look that finds it as it was', () => {
  const scene = openScene();
  expect(tell(scene, () => scene.rest(create()))).toEqual([]);
  expect(words(tell(scene, () => scene.patch(scene.settledPatches())))).toEqual(['info tenant is complete']);
  expect(tell(scene, () => scene.patch(scene.settledPatches()))).toEqual([]);
});

test('2: that a tenant has failed is said once with what failed and what to do next, and again only when it was asked for again', () => {
  const scene = openScene();
  scene.rest(create());
  const [first] = scene.state.records;
  const failure = { code: 'NameTaken', message: 'the name is taken' };
  const fail = () =>
    scene.patch([{ id: first?.id ?? '', status: 'failed', failure: { ...failure, class: 'Conflict' } as never }]);
  const [news] = tell(scene, fail);
  expect(news).toMatchObject({
    level: 'warn',
    message: 'tenant has failed',
    fields: { tenant_id: 'acme', next: expect.stringContaining('leasehold tenant reconcile acme') },
  });
  expect(news?.fields['failed']).toContain('the name is taken');
  expect(tell(scene, fail)).toEqual([]);
});

test('1: the way out is said: suspended, taken down, gone', () => {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  const told = [...tell(scene, () => scene.rest(remove()))];
  scene.nowMs += 30 * 24 * 3_600_000;
  for (let turn = 0; turn < 4; turn++)
    told.push(...tell(scene, () => scene.settle()), ...tell(scene, () => scene.wake()));
  expect(words(told).at(-1)).toBe('info tenant is gone');
  expect(words(told).filter((word) => word.includes('gone'))).toHaveLength(1);
});

test('2: a condition that waits for a person is said when it comes up, with the command', () => {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  const before = scene.state;
  const condition = {
    type: 'NeedsConsent',
    status: true,
    reason: 'x',
    message: 'replicas 3 -> 1',
    lastTransitionAtMs: 1,
  };
  const state = { ...before, conditions: [...before.conditions, condition] };
  const decision = { ...scene.last(), state, finished: [] };
  const news = newsOf(before, decision);
  expect(news[0]?.fields).toMatchObject({
    condition: 'NeedsConsent',
    next: expect.stringContaining('reconcile acme --accept'),
  });
  expect(newsOf(state, decision)).toEqual([]);
});

test('2: what is lost or has failed is named object by object, with why where that is known', () => {
  const scene = openScene();
  scene.rest(create());
  const failure = { class: 'Conflict', code: 'NameTaken', message: 'the name is taken', away: false, atMs: 0 } as const;
  const [news] = tell(scene, () =>
    scene.patch([
      { id: 'cassandra-keyspace', status: 'failed', failure },
      { id: 'minio-bucket', status: 'failed' },
    ]),
  );
  expect(news?.fields['failed']).toBe(
    'cassandra-keyspace cassandra-keyspace-acme: the name is taken; minio-bucket minio-bucket-acme',
  );
});

test('1: that a tenant is taken down is said without a duration, and each way station once', () => {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  const down = tell(scene, () => scene.rest(remove({ graceMs: 0 })));
  expect(down).toEqual([
    {
      level: 'info',
      message: 'tenant is being taken down',
      fields: { tenant_id: 'acme', tier: 'free', generation: 1 },
    },
  ]);
});
