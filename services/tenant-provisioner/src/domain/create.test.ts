/** Creations at the edges of what they are compared with: equal times, clocks ahead, other limits, and what a generation begins with. */
import type { Limits } from '@leasehold/contracts';
import { expect, test } from 'vitest';
import { sameLimits } from './create.ts';
import { create, LIMITS, openScene, remove, type Scene } from './scene.ts';

const HOUR_MS = 3_600_000;
/** How far a time of creation may be ahead of the message that tells it. */
const AHEAD_MS = 300_000;

const complete = (over: Parameters<typeof create>[0] = {}): Scene => {
  const scene = openScene();
  scene.event(create(over));
  scene.settle();
  return scene;
};
const gone = (tombstoneAtMs: number): Scene => {
  const scene = openScene();
  scene.event(remove(), tombstoneAtMs);
  return scene;
};

test.each([
  ['before it', -1, 'dropped'],
  ['in the same moment', 0, 'dropped'],
  ['after it', 1, 'applied'],
])('C1: a creation that was said %s, against the last deletion', (_, offsetMs, kind) => {
  expect(gone(900_000).event(create(), 900_000 + offsetMs).disposition.kind).toBe(kind);
  const known = complete();
  known.state = { ...known.state, tombstoneAtMs: 900_000 };
  const contradiction = known.event(create({ tier: 'starter', createdAtMs: 900_000 + offsetMs })).disposition.kind;
  expect(contradiction).toBe(kind === 'dropped' ? 'dropped' : 'refused');
});

test('C1: a creation by REST comes after the deletion, whatever the clocks say', () => {
  const scene = gone(1_050_000);
  expect(scene.event(create()).disposition.kind).toBe('dropped');
  expect(scene.rest(create()).disposition.kind).toBe('applied');
  expect(scene.state).toMatchObject({ generation: 1, phase: 'active', tombstoneAtMs: 1_050_000 });
});

test('a time of creation that is further ahead of its message than clocks differ counts as the bound', () => {
  for (const [said, kind] of [
    [1_000_000 - AHEAD_MS, 'dropped'],
    [1_000_001 - AHEAD_MS, 'applied'],
  ] as const)
    expect(gone(1_000_000).event(create({ createdAtMs: 9e12 }), said).disposition.kind).toBe(kind);
});

test('a generation is as old as its event says, and never younger than its message', () => {
  const scene = openScene();
  scene.event(create({ createdAtMs: 5_000 }), 7_000);
  expect(scene.state.createdAtMs).toBe(5_000);
  const hasty = openScene();
  hasty.event(create({ createdAtMs: 9_000 }), 7_000);
  expect(hasty.state.createdAtMs).toBe(7_000);
  const plain = openScene();
  plain.event(create(), 7_000);
  expect(plain.state.createdAtMs).toBe(7_000);
});

test('a generation takes over nothing of the one before but its serials, its fence and its tombstone', () => {
  const scene = openScene();
  scene.rest(create({ tier: 'professional', adopt: true, remake: true, by: 'carol' }));
  scene.patch([{ id: 'minio-bucket', status: 'failed' }]);
  scene.rest({ kind: 'suspend' });
  scene.rest(remove({ force: true, graceMs: 0, reason: 'moves away' }));
  scene.settle();
  expect(scene.status()).toBe('deleted');
  const before = scene.state;
  scene.nowMs += HOUR_MS;
  scene.rest(create({ name: 'Acme II' }));
  const { graph, records, operation, conditions, serials, ...rest } = scene.state;
  expect(rest).toEqual({
    v: 1,
    tenantId: 'acme',
    name: 'Acme II',
    tier: 'free',
    limits: LIMITS,
    generation: 2,
    phase: 'active',
    protected: false,
    suspendedByOperator: false,
    createdAtMs: scene.nowMs,
    requestedBy: 'ops',
    blueprint: { digest: 'blueprint-free' },
    announce: true,
    provisionOperationId: operation?.id,
    tombstoneAtMs: before.tombstoneAtMs,
    fence: before.fence,
    updatedAtMs: scene.nowMs,
  });
  expect(graph.map(({ id, spec }) => [id, spec])).toEqual([
    ['cassandra-keyspace', { tier: 'free', access: 'granted' }],
    ['minio-bucket', { tier: 'free', access: 'granted' }],
  ]);
  expect(records.map(({ id, status, born, attempts }) => [id, status, born, attempts])).toEqual([
    ['cassandra-keyspace', 'pending', false, 0],
    ['minio-bucket', 'pending', false, 0],
  ]);
  expect(conditions.map(({ type }) => type)).toEqual(['Ready']);
  expect(operation).toEqual({
    id: operation?.id,
    serial: before.serials.operation + 1,
    kind: 'provision',
    generation: 2,
    startedAtMs: scene.nowMs,
    deadlineMs: scene.nowMs + 24 * HOUR_MS,
    requestedBy: 'ops',
  });
  expect(serials).toEqual({ ...before.serials, operation: before.serials.operation + 1 });
});

test('a tenant is asked for by whom the event names, else by who called, else by nobody', () => {
  const askedBy = (ask: (scene: Scene) => unknown) => {
    const scene = openScene();
    ask(scene);
    return scene.state.requestedBy;
  };
  expect(askedBy((scene) => scene.event(create({ by: 'carol' })))).toBe('carol');
  expect(askedBy((scene) => scene.rest(create({ by: 'carol' })))).toBe('carol');
  expect(askedBy((scene) => scene.rest(create()))).toBe('ops');
  expect(askedBy((scene) => scene.event(create()))).toBeUndefined();
});

test('a tier that is protected protects from the beginning', () => {
  expect([complete().state.protected, complete({ tier: 'professional' }).state.protected]).toEqual([false, true]);
});

test.each(Object.keys(LIMITS) as (keyof Limits)[])(
  'C2: other %s of a custom tenant contradict it by REST, and are nothing that an event is told',
  (key) => {
    const others = { ...LIMITS, [key]: typeof LIMITS[key] === 'string' ? '7' : 99 };
    const scene = complete({ tier: 'custom', limits: LIMITS });
    expect(scene.rest(create({ tier: 'custom', limits: { ...LIMITS } })).disposition.kind).toBe('repeat');
    expect(scene.rest(create({ tier: 'custom', limits: others })).disposition).toEqual({
      kind: 'refused',
      code: 'tenant-conflict',
      message: 'the tenant exists: its limits are others',
    });
    expect(scene.event(create({ tier: 'custom', limits: others })).disposition.kind).toBe('repeat');
    expect(scene.state.limits).toEqual(LIMITS);
  },
);

test('C2: limits beside a tier that has its own are no contradiction', () => {
  const scene = complete();
  expect(scene.rest(create({ limits: { ...LIMITS, cpu_cores: 99 } })).disposition.kind).toBe('repeat');
  expect(scene.state.limits).toEqual(LIMITS);
});

test('C2: each difference is told, and no other', () => {
  const scene = complete();
  const told = (over: Parameters<typeof create>[0]) => scene.rest(create(over)).disposition;
  expect(told({ name: 'Other' })).toMatchObject({ message: 'the tenant exists: its name is "Acme", not "Other"' });
  expect(told({ tier: 'starter' })).toMatchObject({ message: 'the tenant exists: its tier is free, not starter' });
  expect(told({ name: 'Other', tier: 'custom', limits: LIMITS })).toMatchObject({
    code: 'tenant-conflict',
    message: 'the tenant exists: its name is "Acme", not "Other" and its tier is free, not custom',
  });
});

test('C2: a suspended tenant is as known as an active one', () => {
  const scene = complete();
  scene.rest({ kind: 'suspend' });
  expect([scene.event(create()).disposition.kind, scene.rest(create()).disposition.kind]).toEqual(['repeat', 'repeat']);
  expect(scene.rest(create({ name: 'Other' })).disposition).toMatchObject({ code: 'tenant-conflict' });
});

test.each([
  ['leaves', {}, 'leaving'],
  ['is taken down', { graceMs: 0 }, 'deleting'],
])(
  'C3: while the tenant %s a creation by event waits without an end of its own, one by REST is refused',
  (_, over, phase) => {
    const scene = complete();
    scene.rest(remove(over));
    expect(scene.state.phase).toBe(phase);
    scene.nowMs += 1;
    expect(scene.rest(create()).disposition).toMatchObject({ kind: 'refused', code: 'conflict' });
    expect(scene.event(create()).disposition).toEqual({ kind: 'waiting', code: 'leaving' });
    expect(scene.waiting.map(({ untilMs }) => untilMs)).toEqual([Number.MAX_SAFE_INTEGER]);
  },
);

test.each([
  ['before', 1_004_999, 'repeat'],
  ['with', 1_005_000, 'repeat'],
  ['after', 1_005_001, 'waiting'],
])('C3: a creation that was said %s a deletion that the brake holds', (_, createdAtMs, kind) => {
  const scene = complete();
  scene.brake = { openings: 0 };
  scene.nowMs += 10_000;
  scene.event(remove(), 1_005_000);
  expect(scene.event(create({ createdAtMs })).disposition.kind).toBe(kind);
  // Whoever calls is told at once.
  expect(scene.rest(create({ createdAtMs })).disposition.kind).toBe('repeat');
});

test.each([
  ['the same value', LIMITS, LIMITS, true],
  ['equal ones', { ...LIMITS }, { ...LIMITS }, true],
  ['none on both sides', null, null, true],
  ['none on the one', null, LIMITS, false],
  ['none on the other', LIMITS, null, false],
  ['another number', LIMITS, { ...LIMITS, max_pods: 6 }, false],
])('limits are the same or not: %s', (_, a, b, same) => {
  expect(sameLimits(a, b)).toBe(same);
});

test('C2: limits of a tier come from its file: a creation again is none of others, though the file has changed since', () => {
  const scene = complete();
  scene.state = { ...scene.state, limits: { ...LIMITS, max_pods: 6 } };
  expect(scene.rest(create()).disposition.kind).toBe('repeat');
});

test('a contradiction names what differs and nothing else: limits are compared only where both are custom', () => {
  const custom = complete({ tier: 'custom', limits: LIMITS });
  expect(custom.rest(create({ name: 'Acme' })).disposition).toMatchObject({
    code: 'tenant-conflict',
    message: 'the tenant exists: its tier is custom, not free',
  });
  expect(custom.rest(create({ tier: 'custom', limits: { ...LIMITS, cpu_cores: 9 } })).disposition).toMatchObject({
    message: 'the tenant exists: its limits are others',
  });
});
