/** What an operator asks: each verb in each phase, asked again, and what it begins. */
import { expect, test } from 'vitest';
import type { Command } from './command.ts';
import { create, LIMITS, openScene, remove, type Scene } from './scene.ts';

const complete = (): Scene => {
  const scene = openScene();
  scene.rest(create());
  scene.settle();
  return scene;
};
const BRING: Readonly<Record<string, (scene: Scene) => void>> = {
  active: () => undefined,
  suspended: (scene) => void scene.rest({ kind: 'suspend' }),
  leaving: (scene) => void scene.rest(remove()),
  deleting: (scene) => void scene.rest(remove({ graceMs: 0 })),
  gone: (scene) => {
    scene.rest(remove({ graceMs: 0 }));
    scene.settle();
  },
};
const sceneIn = (phase: string): Scene => {
  const scene = complete();
  BRING[phase]?.(scene);
  expect(scene.state.phase).toBe(phase);
  return scene;
};
const reconcile = { kind: 'reconcile', acceptLoss: false } as const;

/** applied, repeat or refused, by verb and phase. */
const TABLE: readonly (readonly [Command, Readonly<Record<string, string>>])[] = [
  [
    { kind: 'suspend' },
    { active: 'applied', suspended: 'repeat', leaving: 'refused', deleting: 'refused', gone: 'refused' },
  ],
  [
    { kind: 'resume' },
    { active: 'repeat', suspended: 'applied', leaving: 'refused', deleting: 'refused', gone: 'refused' },
  ],
  [
    { kind: 'restore' },
    { active: 'repeat', suspended: 'repeat', leaving: 'applied', deleting: 'refused', gone: 'refused' },
  ],
  [
    { kind: 'protect', protected: true },
    { active: 'applied', suspended: 'applied', leaving: 'applied', deleting: 'refused', gone: 'refused' },
  ],
  [
    { kind: 'protect', protected: false },
    { active: 'repeat', suspended: 'repeat', leaving: 'repeat', deleting: 'refused', gone: 'refused' },
  ],
  [reconcile, { active: 'applied', suspended: 'applied', leaving: 'applied', deleting: 'applied', gone: 'refused' }],
  [
    { kind: 'tier', tier: 'starter' },
    { active: 'applied', suspended: 'refused', leaving: 'refused', deleting: 'refused', gone: 'refused' },
  ],
  [
    { kind: 'tier', tier: 'free' },
    { active: 'repeat', suspended: 'refused', leaving: 'refused', deleting: 'refused', gone: 'refused' },
  ],
];

test.each(
  TABLE.flatMap(([command, outcomes]) =>
    Object.entries(outcomes).map(([phase, kind]) => [JSON.stringify(command), phase, kind, command] as const),
  ),
)('%s of a tenant that is %s is %s', (_, phase, kind, command) => {
  const scene = sceneIn(phase);
  const before = scene.state;
  const { disposition, outgoing } = scene.rest(command);
  expect(disposition.kind).toBe(kind);
  if (disposition.kind === 'refused') expect([disposition.code, outgoing]).toEqual(['conflict', []]);
  if (kind !== 'applied') expect(scene.state.serials).toEqual(before.serials);
});

test('an id that never was a tenant is not found by any verb', () => {
  for (const [command] of TABLE)
    expect(openScene().rest(command).disposition).toMatchObject({ kind: 'refused', code: 'not-found' });
});

test('a suspension is remembered as the operator’s, and a resume ends it; each is an operation of who asked', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  expect(scene.state).toMatchObject({ phase: 'suspended', suspendedByOperator: true });
  expect(scene.state.operation).toMatchObject({ kind: 'suspend', requestedBy: 'ops' });
  scene.settle();
  expect(scene.state.operation).toMatchObject({ kind: 'suspend', outcome: 'completed' });
  scene.rest({ kind: 'resume' });
  expect(scene.state).toMatchObject({ phase: 'active', suspendedByOperator: false });
  expect(scene.state.operation).toMatchObject({ kind: 'resume', requestedBy: 'ops' });
});

test('protection is no operation, and asked again it changes nothing', () => {
  const scene = complete();
  const { operation } = scene.state;
  for (const on of [true, false]) {
    expect(scene.rest({ kind: 'protect', protected: on }).disposition.kind).toBe('applied');
    expect(scene.rest({ kind: 'protect', protected: on }).disposition.kind).toBe('repeat');
    expect([scene.state.protected, scene.state.operation]).toEqual([on, operation]);
  }
});

test('protection that is said again during a forced deletion goes over the force, and only then', () => {
  const scene = complete();
  scene.rest({ kind: 'protect', protected: true });
  scene.rest(remove({ force: true }));
  expect(scene.rest({ kind: 'protect', protected: true }).disposition.kind).toBe('applied');
  expect(scene.state.deletion?.forced).toBe(false);
  expect(scene.rest({ kind: 'protect', protected: true }).disposition.kind).toBe('repeat');
  const lifted = complete();
  lifted.rest({ kind: 'protect', protected: true });
  lifted.rest(remove({ force: true }));
  expect(lifted.rest({ kind: 'protect', protected: false }).disposition.kind).toBe('applied');
  expect(lifted.state.deletion?.forced).toBe(true);
});

test('a reconcile of a suspended tenant looks at everything under an operation of its own, one of a leaving tenant goes on', () => {
  const suspended = sceneIn('suspended');
  suspended.settle();
  suspended.rest(reconcile);
  expect(suspended.state.recheck).toEqual({ acceptLoss: false });
  expect(suspended.state.operation).toMatchObject({ kind: 'reconcile', requestedBy: 'ops' });
  const leaving = sceneIn('leaving');
  const { operation } = leaving.state;
  leaving.rest(reconcile);
  expect([leaving.state.operation, leaving.state.recheck, leaving.state.consent]).toEqual([
    operation,
    undefined,
    undefined,
  ]);
});

test('a reconcile keeps what waits for consent in sight, and forgets fights and their repairs', () => {
  const scene = complete();
  const consent = { path: '/a', from: 1, to: 2, weight: 'settings', why: 'consent' } as const;
  const fight = { ...consent, path: '/b', why: 'fight' } as const;
  const repairs = [{ path: '/b', times: 4, lastAtMs: scene.nowMs }];
  scene.patch([{ id: 'minio-bucket', left: [consent, fight], repairs }]);
  scene.rest(reconcile);
  const bucket = scene.state.records.find(({ id }) => id === 'minio-bucket');
  expect(bucket?.left).toEqual([consent]);
  expect(bucket).not.toHaveProperty('repairs');
  expect(bucket?.status).toBe('ready');
});

test('a consent says why, once; without one the reconcile does', () => {
  const scene = complete();
  const told = (over: object) =>
    scene.rest({ ...reconcile, ...over }).reasons.map(({ code, message }) => [code, message]);
  expect(told({ reason: 'ticket 7' })).toEqual([['ReconcileAsked', 'everything is looked at again (ticket 7)']]);
  expect(told({ reason: 'ticket 7', acceptWeakening: true })).toEqual([
    ['ReconcileAsked', 'everything is looked at again'],
    ['ConsentGiven', 'what destroys or weakens is made too (ticket 7)'],
  ]);
  expect(told({ acceptLoss: true })).toEqual([['ReconcileAsked', 'lost data may be made anew, empty']]);
});

test('a tier change by an operator: the custom tier needs limits, other limits are a change, one at a time', () => {
  const scene = complete();
  expect(scene.rest({ kind: 'tier', tier: 'custom' }).disposition).toMatchObject({ code: 'limits-missing' });
  expect(scene.rest({ kind: 'tier', tier: 'custom', limits: LIMITS }).disposition.kind).toBe('applied');
  expect(scene.state.operation).toMatchObject({ kind: 'tier-change', requestedBy: 'ops' });
  const more = { ...LIMITS, cpu_cores: 3 };
  // What is asked already is a repeat while it is under way; anything else is not.
  expect(scene.rest({ kind: 'tier', tier: 'custom', limits: LIMITS }).disposition.kind).toBe('repeat');
  expect(scene.rest({ kind: 'tier', tier: 'custom', limits: more }).disposition).toMatchObject({ code: 'conflict' });
  scene.settle();
  expect(scene.rest({ kind: 'tier', tier: 'custom', limits: more }).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ tier: 'custom', limits: more, announce: true });
  expect(scene.state).not.toHaveProperty('completedAtMs');
});

test.each(['pending', 'creating', 'deleting'] as const)('a tier does not change while a resource is %s', (status) => {
  const scene = complete();
  scene.state = {
    ...scene.state,
    records: scene.state.records.map((record, at) => (at === 0 ? { ...record, status } : record)),
  };
  expect(scene.rest({ kind: 'tier', tier: 'starter' }).disposition).toMatchObject({
    kind: 'refused',
    code: 'conflict',
  });
});

test('a tier change begins anew with what the new tier names, but for what was lost', () => {
  const scene = complete();
  scene.patch([{ id: 'minio-bucket', status: 'failed', lost: true }]);
  scene.rest({ kind: 'tier', tier: 'starter' });
  expect(scene.state.records.map(({ status, lost }) => [status, lost ?? false])).toEqual([
    ['pending', false],
    ['failed', true],
  ]);
  expect(scene.status()).toBe('degraded');
});
