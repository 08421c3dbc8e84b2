/** When a sweep looks at a tenant, at which of its resources, and what of another backend's return wakes: each condition by itself. */
import { isSweepable } from '@leasehold/controller/model';
import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { decideRecovery, decideSweep } from './decide.ts';
import { leftCondition, leftOf } from './left.ts';
import { newsOf } from './news.ts';
import { estimateMonthlyUsd } from './price.ts';
import { contextOf, create, LIMITS, openScene, remove, type Scene } from './scene.ts';
import type { TenantState } from './state.ts';
import { isAtRest, isShutOff, isSweepWork, sweepGoal } from './sweep.ts';

const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};
const withdrawn = (command: Parameters<Scene['rest']>[0]): Scene => {
  const scene = complete();
  scene.rest(command);
  scene.settle();
  return scene;
};
const operation = (over: object) => ({ operation: { ...complete().state.operation, ...over } as never });
const claim = { holder: 'r', fence: 1, untilMs: 9 };
const recheck = { acceptLoss: false };
const open = { finishedAtMs: undefined };
const failed = (): Partial<TenantState> => ({
  records: complete().state.records.map((record) => ({ ...record, status: 'failed' as const })),
});

test.each<[string, TenantState, string | undefined]>([
  ['is complete', complete().state, 'converge'],
  ['is complete and worked at', { ...complete().state, claim }, undefined],
  ['is complete and to be looked at', { ...complete().state, recheck }, undefined],
  ['is complete with an operation under way', { ...complete().state, ...operation(open) }, undefined],
  ['is complete and never had an operation', { ...complete().state, operation: undefined as never }, 'converge'],
  ['failed', { ...complete().state, ...failed() }, undefined],
  ['is suspended', withdrawn({ kind: 'suspend' }).state, 'access'],
  ['is suspended and worked at', { ...withdrawn({ kind: 'suspend' }).state, claim }, undefined],
  ['is suspended and to be looked at', { ...withdrawn({ kind: 'suspend' }).state, recheck }, undefined],
  [
    'is suspended with an operation under way',
    { ...withdrawn({ kind: 'suspend' }).state, ...operation(open) },
    undefined,
  ],
  [
    'is suspended without an operation',
    { ...withdrawn({ kind: 'suspend' }).state, operation: undefined as never },
    undefined,
  ],
  ['leaves, with its deletion under way', withdrawn(remove()).state, 'access'],
  ['leaves and is worked at', { ...withdrawn(remove()).state, claim }, undefined],
  ['is gone', withdrawn(remove({ graceMs: 0 })).state, undefined],
])('V1: what a look at a tenant that %s is for', (_, state, goal) => {
  expect(sweepGoal(state)).toBe(goal);
  expect([isAtRest(state), isShutOff(state)]).toEqual([goal === 'converge', goal === 'access']);
});

test('V2, V3: a finding is what is neither lost nor failed, and was last seen before the look', () => {
  const record = (more: Partial<NodeRecord>) =>
    ({ ...freshRecord({ id: 'a', kind: 'k', part: 'main', name: 'a' }), status: 'ready', ...more }) as NodeRecord;
  const table: readonly (readonly [Partial<NodeRecord>, boolean])[] = [
    [{}, true],
    [{ observedAtMs: 99 }, true],
    [{ observedAtMs: 100 }, false],
    [{ observedAtMs: 101 }, false],
    [{ lost: true }, false],
    [{ status: 'failed' }, false],
    [{ status: 'failed', lost: true }, false],
    [{ status: 'creating' }, true],
  ];
  for (const [more, isFinding] of table) expect(isSweepable(record(more), 100), JSON.stringify(more)).toBe(isFinding);
});

test('work of a sweep goes after new tenants, but for access that has to go', () => {
  const sweeping = { requestedBy: 'sweep', finishedAtMs: undefined } as never;
  expect(isSweepWork({ operation: sweeping, phase: 'active' })).toBe(true);
  expect(isSweepWork({ operation: sweeping, phase: 'suspended' })).toBe(false);
  expect(isSweepWork({ operation: { ...(sweeping as object), finishedAtMs: 1 } as never, phase: 'active' })).toBe(
    false,
  );
  expect(isSweepWork({ operation: { requestedBy: 'ops' } as never, phase: 'active' })).toBe(false);
  expect(isSweepWork({ phase: 'active' })).toBe(false);
});

test('access that was found is withdrawn again without accepting a loss, and what else is found is left to the next look', () => {
  const scene = withdrawn({ kind: 'suspend' });
  const before = scene.state.records;
  const found = { ids: ['minio-bucket', 'unheard-of'], lookedAtMs: scene.nowMs + 1 };
  const { state, disposition } = decideSweep(scene.state, [], found, contextOf(scene));
  expect(disposition).toEqual({ kind: 'applied' });
  expect(state.recheck).toEqual({ acceptLoss: false });
  expect(state.records[1]).not.toHaveProperty('converged');
  expect(state.records[1]).not.toHaveProperty('drift');
  expect(state.records[0]?.converged).toBe(before[0]?.converged);
  expect(decideSweep(scene.state, [], { ...found, ids: ['unheard-of'] }, contextOf(scene)).disposition.kind).toBe(
    'repeat',
  );
});

test('R3: a recovery changes nobody who is to be looked at already, and asks for a look that accepts no loss', () => {
  const scene = openScene();
  scene.event(create());
  const failure = { class: 'Unavailable', code: 'X', message: 'x', away: true, atMs: scene.nowMs } as const;
  scene.patch(['minio-bucket', 'cassandra-keyspace'].map((id) => ({ id, status: 'failed', failure })));
  const recovery = { backend: 'minio', kinds: new Set(['minio-bucket']), upSinceMs: scene.nowMs };
  const recover = (over: Partial<TenantState> = {}, more: object = {}) =>
    decideRecovery({ ...scene.state, ...over }, [], { ...recovery, ...more }, contextOf(scene));
  // What another backend failed for is no reason to wait for that one: it is tried again with it.
  expect(recover().disposition.kind).toBe('applied');
  expect(recover().state.recheck).toEqual({ acceptLoss: false });
  expect(recover({ recheck: { acceptLoss: true } }).disposition.kind).toBe('repeat');
  expect(recover({}, { upSinceMs: scene.nowMs - 1 }).disposition.kind).toBe('repeat');
  expect(recover({}, { kinds: new Set() }).disposition.kind).toBe('repeat');
});

test('what is left of a deletion is named with how it came to stay', () => {
  const record = (name: string, more: Partial<NodeRecord>) =>
    ({ ...freshRecord({ id: name, kind: 'k', part: 'main', name }), status: 'deleted', ...more }) as NodeRecord;
  const failure = { class: 'Invalid', code: 'MarkLost', message: 'no mark', away: false, atMs: 0 } as const;
  const base = { ...complete().state, phase: 'deleting' as const };
  const records = [
    record('a', { status: 'failed', failure }),
    record('b', { fate: 'left-behind' }),
    record('c', { fate: 'deleted' }),
    record('d', { status: 'failed' }),
  ];
  const names = (state: TenantState) => leftOf(state).map(({ name }) => name);
  expect(names({ ...base, records })).toEqual(['a', 'b', 'd']);
  expect(names({ ...base, phase: 'gone', records })).toEqual(['b']);
  expect(names({ ...base, phase: 'active', records })).toEqual([]);
  expect(leftCondition({ ...base, records })).toEqual({
    type: 'LeftBehind',
    status: true,
    reason: 'MarkLost',
    message:
      'still there, and tried again now and then: k a: no mark; k b: could not be taken down; k d: could not be taken down',
  });
  expect(leftCondition({ ...base, records: [record('d', { status: 'failed' })] })?.reason).toBe('NotDeleted');
  expect(leftCondition({ ...base, phase: 'gone', records })).toMatchObject({
    reason: 'OperatorsWord',
    message: "left behind on an operator's word: k b: could not be taken down",
  });
  expect(leftCondition({ ...base, records: [] })).toBeUndefined();
});

test('a graphics processor costs its hours, more of everything costs more', () => {
  const cost = (over: Partial<typeof LIMITS>) =>
    Number(estimateMonthlyUsd({ ...LIMITS, monthly_cost_usd: null, ...over }));
  // Two cores, four gigabytes of memory and ten of storage.
  expect(cost({})).toBe(103.2);
  expect(cost({ gpu_count: 2 })).toBe(103.2 + 2 * 0.9 * 730);
  expect(cost({ cpu_cores: 3 })).toBe(103.2 + 0.05 * 730);
  expect(cost({ memory_gb: 5 })).toBe(103.2 + 0.01 * 730);
  expect(cost({ storage_gb: 11 })).toBe(103.3);
});

const news = (scene: Scene, act: () => unknown) => {
  const before = scene.state;
  act();
  return newsOf(before, scene.last()).map(({ level, message, fields }) => ({ level, message, ...fields }));
};

test('news name the tenant, what was under way, and how long that took', () => {
  const scene = openScene();
  scene.event(create());
  scene.nowMs += 700;
  const about = { tenant_id: 'acme', tier: 'free', generation: 1 };
  expect(news(scene, () => scene.patch(scene.settledPatches()))).toEqual([
    {
      level: 'info',
      message: 'tenant is complete',
      ...about,
      operation_id: scene.state.operation?.id,
      duration_ms: 700,
    },
  ]);
  expect(news(scene, () => scene.rest({ kind: 'suspend' }))).toEqual([]);
  scene.nowMs += 300;
  expect(news(scene, () => scene.patch(scene.settledPatches()))).toEqual([
    {
      level: 'info',
      message: 'tenant is suspended',
      ...about,
      operation_id: scene.state.operation?.id,
      duration_ms: 300,
    },
  ]);
  expect(news(scene, () => scene.rest(remove({ graceMs: 0 })))).toMatchObject([
    { message: 'tenant is being taken down' },
  ]);
  expect(
    news(scene, () =>
      scene.patch([
        { id: 'minio-bucket', status: 'failed' },
        { id: 'cassandra-keyspace', status: 'deleted' },
      ]),
    ),
  ).toMatchObject([{ level: 'warn', message: 'tenant waits for a word', condition: 'LeftBehind' }]);
  expect(news(scene, () => scene.rest(remove({ force: true })))[0]).toMatchObject({
    level: 'warn',
    message: 'tenant is gone',
    how: expect.stringContaining('left behind'),
  });
});

test('a loss is news with what was lost and both ways out; so is a failure, and again when it was asked for again', () => {
  const scene = complete();
  const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: 0 } as const;
  expect(news(scene, () => scene.patch([{ id: 'minio-bucket', status: 'failed', lost: true, failure }]))).toMatchObject(
    [
      {
        level: 'warn',
        message: 'tenant is degraded',
        lost: 'minio-bucket minio-bucket-acme: no',
        next: expect.stringContaining('leasehold tenant reconcile acme --accept-data-loss'),
      },
    ],
  );
  const other = openScene();
  other.event(create());
  const fail = () =>
    other.patch(['minio-bucket', 'cassandra-keyspace'].map((id) => ({ id, status: 'failed', failure })));
  expect(news(other, fail)).toMatchObject([
    {
      level: 'warn',
      message: 'tenant has failed',
      failed: 'cassandra-keyspace cassandra-keyspace-acme: no; minio-bucket minio-bucket-acme: no',
      operation_id: other.state.operation?.id,
    },
  ]);
  expect(news(other, fail)).toEqual([]);
  // What did not fail is not told with it.
  const half = openScene();
  half.event(create());
  const [, ready] = half.settledPatches();
  expect(
    news(half, () =>
      half.patch([
        { id: 'cassandra-keyspace', status: 'failed', failure },
        { ...ready, id: 'minio-bucket' },
      ]),
    ),
  ).toMatchObject([{ failed: 'cassandra-keyspace cassandra-keyspace-acme: no' }]);
  // An operation that came while it had failed, and ended so in one decision, is news again.
  const before = other.state;
  const ended = [{ ...before.operation, id: 'op-9', outcome: 'failed', records: [] }] as never;
  const decision = { ...other.last(), state: before, finished: ended };
  expect(newsOf(before, decision)).toMatchObject([{ message: 'tenant has failed', fields: { operation_id: 'op-9' } }]);
  expect(
    newsOf(before, { ...decision, finished: [{ ...before.operation, outcome: 'superseded', records: [] }] as never }),
  ).toEqual([]);
});
