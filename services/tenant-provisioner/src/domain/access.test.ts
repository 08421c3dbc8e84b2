/** Suspended is what was seen, not what was asked: A1 and A2 of access.ts, and what is published of it. */
import { expect, test } from 'vitest';
import { decideSweep } from './decide.ts';
import { contextOf, create, openScene, remove, type Scene } from './scene.ts';
import { isShutOff, isSweepWork } from './sweep.ts';

const KEYSPACE = 'cassandra-keyspace';
const BUCKET = 'minio-bucket';

function complete(): Scene {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
}

const condition = (scene: Scene, wanted: string) => scene.state.conditions.find(({ type }) => type === wanted);
const phases = (scene: Scene) =>
  scene.outgoing.flatMap((out) => (out.kind === 'event' && out.body['phase'] ? [out.body['phase']] : []));
const seenWithdrawn = (scene: Scene, id: string) =>
  scene.patch(scene.settledPatches().filter((patch) => patch.id === id));

test.each([
  ['suspend', { kind: 'suspend' } as const],
  ['delete', remove()],
])('A1, A2: after %s the tenant is suspended when each right was seen withdrawn, and not before', (_, command) => {
  const scene = complete();
  scene.rest(command);
  expect([scene.status(), scene.state.operation?.finishedAtMs]).toEqual(['provisioning', undefined]);
  expect(condition(scene, 'AccessStanding')?.message).toContain(`${BUCKET} ${BUCKET}-acme`);
  expect(condition(scene, 'Ready')).toMatchObject({ status: false, reason: 'Suspending' });
  seenWithdrawn(scene, BUCKET);
  expect(scene.status()).toBe('provisioning');
  expect(condition(scene, 'AccessStanding')?.message).not.toContain(BUCKET);
  seenWithdrawn(scene, KEYSPACE);
  expect([scene.status(), condition(scene, 'AccessStanding')]).toEqual(['suspended', undefined]);
});

test('A1: a refusal and a backend that is away say why access stands; the operation goes on', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  const failure = { class: 'Unavailable', code: 'Away', message: 'no answer', away: true, atMs: 1 } as const;
  scene.patch([{ id: BUCKET, converged: undefined, failure, nextAttemptAtMs: scene.nowMs + 60_000 }]);
  expect(condition(scene, 'AccessStanding')).toMatchObject({ reason: 'BackendUnavailable' });
  scene.patch([{ id: BUCKET, failure: { ...failure, code: 'AccessDenied', message: 'no right', away: false } }]);
  expect(condition(scene, 'AccessStanding')).toMatchObject({ reason: 'NotWithdrawn' });
  expect(condition(scene, 'AccessStanding')?.message).toContain('no right');
  expect(scene.state.operation?.finishedAtMs).toBeUndefined();
});

test('A1: what stands on a backend that is not configured here any more stands', () => {
  const scene = complete();
  scene.kinds = new Map([[KEYSPACE, { hasAccess: true }]]);
  scene.rest({ kind: 'suspend' });
  seenWithdrawn(scene, KEYSPACE);
  expect([scene.status(), scene.state.operation?.finishedAtMs]).toEqual(['provisioning', undefined]);
  expect(condition(scene, 'AccessStanding')?.message).toContain(BUCKET);
});

test('A1: a right that may come of an open creation stands, and one that nobody began does not', () => {
  const scene = openScene();
  scene.event(create());
  scene.patch([{ id: BUCKET, status: 'creating', intent: { action: 'create', atMs: 1, fence: 1 } }]);
  scene.rest({ kind: 'suspend' });
  expect(scene.status()).toBe('provisioning');
  seenWithdrawn(scene, BUCKET);
  expect(scene.status()).toBe('suspended');
});

test('A1: what was seen complete while its spec gave access to nobody has nothing to withdraw', () => {
  const scene = complete();
  for (const [roles, otherRoles, status] of [
    [{}, 'revoked', 'suspended'],
    [{}, 'kept', 'provisioning'],
    [{ a: ['produce'] }, 'revoked', 'provisioning'],
  ] as const) {
    const graph = scene.state.graph.map((node) => ({ ...node, spec: { access: 'granted', roles, otherRoles } }));
    const other = Object.assign(openScene(), { state: { ...scene.state, graph } });
    other.settle();
    other.rest({ kind: 'suspend' });
    expect(other.status()).toBe(status);
  }
});

test('A1: what was made of settings that do not name access yet has some to withdraw all the same', () => {
  for (const command of [{ kind: 'suspend' } as const, remove()]) {
    const scene = complete();
    scene.state = { ...scene.state, graph: scene.state.graph.map((node) => ({ ...node, spec: { tier: 'free' } })) };
    scene.rest(command);
    expect([scene.status(), condition(scene, 'AccessStanding') !== undefined]).toEqual(['provisioning', true]);
    scene.settle();
    expect(scene.status()).toBe('suspended');
  }
});

test('a suspension before a deletion is published when it is seen, once, and never where the grace ended before', () => {
  const scene = complete();
  scene.rest(remove());
  expect(phases(scene)).toEqual([]);
  scene.settle();
  scene.settle();
  expect(phases(scene)).toEqual(['suspended']);
  const hasty = complete();
  hasty.rest(remove({ graceMs: 0 }));
  expect(phases(hasty)).toEqual(['deleting']);
});

test('a deletion of a tenant that was suspended already is published as suspended at once', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  scene.settle();
  scene.rest(remove());
  expect([scene.status(), phases(scene)]).toEqual(['suspended', ['suspended']]);
});

test.each([
  ['suspended', { kind: 'suspend' } as const],
  ['leaving', remove()],
])(
  'access that was given back to a %s tenant stands from when it is seen, and goes before new tenants',
  (phase, command) => {
    const scene = complete();
    scene.rest(command);
    scene.settle();
    expect(isShutOff(scene.state)).toBe(true);
    const changes = [{ path: '/access', from: ['a'], to: [], weight: 'settings' }] as const;
    const found = { ids: [BUCKET], changes, lookedAtMs: scene.nowMs + 1 };
    const { state } = decideSweep(scene.state, [], found, contextOf(scene));
    const { operation } = scene.state;
    scene.state = state;
    expect([scene.status(), state.phase, isSweepWork(state)]).toEqual(['provisioning', phase, false]);
    expect(state.operation?.kind).toBe(phase === 'leaving' ? 'delete' : 'reconcile');
    if (phase === 'leaving') expect(state.operation).toEqual(operation);
    expect(isShutOff(state)).toBe(false);
    scene.settle();
    expect([scene.status(), isShutOff(scene.state)]).toEqual(['suspended', true]);
    expect(scene.outgoing.at(-1)).toMatchObject({
      topic: 'resource-drift-events',
      body: { kind: BUCKET, repaired: true, difference: [{ path: '/access' }] },
    });
  },
);

test('an upgrade waits for a tenant whose access is still being withdrawn', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  const command = { kind: 'upgrade', previousTier: 'free', newTier: 'starter' } as const;
  expect(scene.event(command).disposition.kind).toBe('waiting');
});

test('A1: a tenant suspended before its bucket knew access is so until a look finds otherwise, and then says what stands', () => {
  const scene = complete();
  const kindsWith = (bucket: { readonly hasAccess: boolean; readonly isGrantUnsaid?: true }): Scene['kinds'] =>
    new Map([
      [KEYSPACE, { hasAccess: true }],
      [BUCKET, bucket],
    ]);
  const graph = scene.state.graph.map((node) => (node.id === BUCKET ? { ...node, spec: { tier: 'free' } } : node));
  scene.state = { ...scene.state, graph };
  scene.kinds = kindsWith({ hasAccess: false });
  scene.rest({ kind: 'suspend' });
  seenWithdrawn(scene, KEYSPACE);
  scene.kinds = kindsWith({ hasAccess: true, isGrantUnsaid: true });
  expect(scene.status()).toBe('suspended');
  const failure = { class: 'Conflict', code: 'PolicyStands', message: 'a policy', away: false, atMs: 1 } as const;
  scene.patch([{ id: BUCKET, converged: undefined, failure }]);
  expect(scene.status()).not.toBe('suspended');
  expect(condition(scene, 'AccessStanding')?.message).toContain('(a policy)');
  scene.patch([{ id: BUCKET, failure: undefined }]);
  seenWithdrawn(scene, BUCKET);
  expect([scene.status(), condition(scene, 'AccessStanding')]).toEqual(['suspended', undefined]);
});
