/** What REST shows of a tenant, its operations and its letters, field by field as the contract has it. */
import { type DeadLetter, deadLetterDetailView, deadLetterView, operationView } from '@leasehold/controller';
import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { create, LIMITS, openScene, remove, type Scene } from '../domain/scene.ts';
import type { TenantState } from '../domain/state.ts';
import { summaryOf } from '../domain/summary.ts';
import type { ControlState } from './control.ts';
import { acceptedView, provisionedView, statusView, tenantView } from './view.ts';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const RUNNING: ControlState = {
  v: 1,
  reconcile: 'running',
  deletions: 'running',
  brake: { shut: false, openings: 0 },
  backends: {},
  recent: [],
  updatedAtMs: START_MS,
};
const complete = (): Scene => {
  const scene = openScene(START_MS);
  scene.rest(create({ by: 'carol' }));
  scene.nowMs += 1_500;
  scene.settle();
  return scene;
};

test('a tenant', () => {
  const scene = complete();
  expect(tenantView(scene.state)).toEqual({
    tenant_id: 'acme',
    tenant_name: 'Acme',
    tier: 'free',
    status: 'completed',
    generation: 1,
    protected: false,
    limits: LIMITS,
    created_at: '2026-01-02T03:04:05.000Z',
    completed_at: '2026-01-02T03:04:06.500Z',
    updated_at: '2026-01-02T03:04:06.500Z',
    deletion: null,
  });
  scene.rest(remove({ graceMs: 1_000, reason: 'moves away' }));
  expect(tenantView(scene.state).deletion).toEqual({
    requested_at: '2026-01-02T03:04:06.500Z',
    grace_until: '2026-01-02T03:04:07.500Z',
    requested_by: 'ops',
    reason: 'moves away',
  });
  const plain = complete();
  plain.event(remove());
  expect(tenantView(plain.state).deletion).toMatchObject({ requested_by: null, reason: null });
});

test('an id that never was a tenant has neither a tier nor a beginning', () => {
  const scene = openScene(START_MS);
  scene.event(remove());
  expect(tenantView(scene.state)).toMatchObject({
    tier: null,
    status: 'deleted',
    generation: 0,
    created_at: null,
    completed_at: null,
  });
  expect(statusView(scene.state, RUNNING)).toMatchObject({
    tier: null,
    operation_id: null,
    started_at: null,
    completed_at: null,
    duration_ms: null,
  });
});

test('what was accepted: the operation under way; of a creation its own, whatever came since', () => {
  const scene = complete();
  const first = scene.state.operation?.id;
  scene.rest({ kind: 'suspend' });
  const second = scene.state.operation?.id;
  expect(second).not.toBe(first);
  const accepted = {
    tenant_id: 'acme',
    status: 'provisioning',
    operation_id: second,
    status_url: '/api/v1/tenants/acme/provisioning-status',
  };
  expect(acceptedView(scene.state)).toEqual(accepted);
  expect(provisionedView(scene.state)).toEqual({ ...accepted, operation_id: first });
  const { provisionOperationId: _, ...older } = scene.state;
  expect(provisionedView(older)).toEqual(accepted);
  const { operation: __, ...none } = older;
  expect([provisionedView(none).operation_id, acceptedView(none).operation_id]).toEqual([null, null]);
});

test('a status: the operation that is told, its times, and each resource', () => {
  const scene = complete();
  const status = statusView(scene.state, RUNNING);
  expect(status).toEqual({
    tenant_id: 'acme',
    tenant_name: 'Acme',
    tier: 'free',
    generation: 1,
    status: 'completed',
    operation_id: scene.state.operation?.id,
    started_at: '2026-01-02T03:04:05.000Z',
    completed_at: '2026-01-02T03:04:06.500Z',
    duration_ms: 1_500,
    resources: ['cassandra-keyspace', 'minio-bucket'].map((kind) => ({
      kind,
      name: `${kind}-acme`,
      status: 'ready',
      attempts: 0,
      duration_ms: null,
      message: null,
      observed_at: null,
    })),
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Completed',
        message: 'every resource is as it should be',
        last_transition_at: '2026-01-02T03:04:06.500Z',
      },
    ],
    quota: LIMITS,
  });
  scene.rest({ kind: 'suspend' });
  expect(statusView(scene.state, RUNNING)).toMatchObject({ completed_at: null, duration_ms: null });
  const failed = {
    ...scene.state,
    operation: { ...scene.state.operation, finishedAtMs: scene.nowMs, outcome: 'failed' },
  } as TenantState;
  expect(statusView(failed, RUNNING)).toMatchObject({ completed_at: null, duration_ms: 0 });
  const { operation: _, ...none } = scene.state;
  expect(statusView(none, RUNNING).completed_at).toBe('2026-01-02T03:04:06.500Z');
});

test('what an operator has paused is a condition of whom it stops', () => {
  const scene = complete();
  const frozen = (control: Partial<ControlState>, state = scene.state) =>
    statusView(state, { ...RUNNING, ...control }).conditions.find(({ type }) => type === 'Frozen');
  expect(frozen({})).toBeUndefined();
  expect(frozen({ backends: { minio: 'running' } })).toBeUndefined();
  expect(frozen({ deletions: 'paused' })).toBeUndefined();
  expect(frozen({ reconcile: 'paused', backends: { minio: 'paused', cassandra: 'running' } })).toEqual({
    type: 'Frozen',
    status: 'True',
    reason: 'PausedByControl',
    message: 'paused by an operator: reconcile, minio',
    last_transition_at: '2026-01-02T03:04:05.000Z',
  });
  for (const phase of ['leaving', 'deleting'] as const)
    expect(frozen({ deletions: 'paused' }, { ...scene.state, phase })?.message).toBe(
      'paused by an operator: deletions',
    );
});

test('that access stands is told with the pause that keeps it, which paused deletions do not', () => {
  const scene = complete();
  scene.rest(remove());
  const standing = (control: Partial<ControlState>) =>
    statusView(scene.state, { ...RUNNING, ...control }).conditions.find(({ type }) => type === 'AccessStanding')
      ?.message;
  expect(standing({ deletions: 'paused' })).toBe(standing({}));
  expect(standing({ reconcile: 'paused', deletions: 'paused', backends: { minio: 'paused' } })).toBe(
    `${standing({})}; paused by an operator: reconcile, minio`,
  );
  const ready = statusView(scene.state, { ...RUNNING, reconcile: 'paused' }).conditions.find(
    ({ type }) => type === 'Ready',
  );
  expect([ready?.status, ready?.message]).toEqual(['False', expect.not.stringContaining('paused')]);
});

test('what is told of a resource: its fate, else its failure, else what is left, else what its server lacks', () => {
  const scene = complete();
  const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: START_MS } as const;
  const message = (more: Partial<NodeRecord>) => {
    const records = scene.state.records.map((record) => ({ ...record, ...more }));
    return statusView({ ...scene.state, records }, RUNNING).resources[0]?.message;
  };
  const left = [{ path: '/size', from: 7, to: 1, weight: 'settings', why: 'fight' }] as const;
  expect(message({})).toBeNull();
  expect(message({ notes: ['one', 'two'] })).toBe('one; two');
  expect(message({ notes: ['one'], left })).toContain('/size');
  expect(message({ failure, left })).toBe('no');
  expect(message({ failure, fate: 'deleted' })).toBe('no');
  expect(message({ fate: 'not-ours' })).toMatch(/was never its own and stays$/);
  expect(message({ failure, fate: 'left-behind' })).toBe("left behind on an operator's word: no");
  expect(message({ fate: 'left-behind' })).toBe("left behind on an operator's word: could not be taken down");
});

test('an operation with its steps', () => {
  const scene = complete();
  const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: START_MS } as const;
  const [first, second] = scene.state.records as [NodeRecord, NodeRecord];
  const records = [
    { ...first, startedAtMs: START_MS, finishedAtMs: START_MS + 700, attempts: 2 },
    {
      ...second,
      startedAtMs: START_MS + 5,
      finishedAtMs: START_MS,
      status: 'failed',
      failure,
      fate: 'left-behind',
    } as NodeRecord,
  ];
  const { operation } = scene.state;
  if (!operation) return expect.unreachable('there is one');
  const shown = operationView('acme', { ...operation, requestedBy: 'eve' }, records);
  expect(shown).toEqual({
    operation_id: operation.id,
    tenant_id: 'acme',
    kind: 'provision',
    generation: 1,
    requested_by: 'eve',
    started_at: '2026-01-02T03:04:05.000Z',
    finished_at: '2026-01-02T03:04:06.500Z',
    outcome: 'completed',
    steps: [
      {
        kind: 'cassandra-keyspace',
        name: 'cassandra-keyspace-acme',
        status: 'ready',
        attempts: 2,
        started_at: '2026-01-02T03:04:05.000Z',
        finished_at: '2026-01-02T03:04:05.700Z',
        duration_ms: 700,
        fate: null,
        error: null,
      },
      {
        kind: 'minio-bucket',
        name: 'minio-bucket-acme',
        status: 'failed',
        attempts: 0,
        started_at: '2026-01-02T03:04:05.005Z',
        finished_at: '2026-01-02T03:04:05.000Z',
        // A clock that stepped back took no time.
        duration_ms: 0,
        fate: 'left-behind',
        error: { code: 'Bad', message: 'no', at: '2026-01-02T03:04:05.000Z' },
      },
    ],
  });
  const { finishedAtMs: _, outcome: __, requestedBy: ___, ...open } = operation;
  expect(operationView('acme', open, [])).toMatchObject({
    finished_at: null,
    outcome: 'running',
    requested_by: null,
    steps: [],
  });
  const step = (more: Partial<NodeRecord>) =>
    operationView('acme', open, [{ ...first, ...more }]).steps[0]?.duration_ms;
  expect([step({ startedAtMs: 5 }), step({ finishedAtMs: 5 }), step({ startedAtMs: 5, finishedAtMs: 5 })]).toEqual([
    null,
    null,
    0,
  ]);
});

test('a letter, with its redrives; in full also with its content', () => {
  const record: DeadLetter = {
    id: 'dl-20260102-0123456789abcdef',
    code: 'invalid',
    message: 'no',
    attempts: 3,
    deadAtMs: START_MS + 1_000,
    tenantId: 'acme',
    redrives: [
      { atMs: START_MS + 2_000, by: 'ops', reason: 'mended', outcome: 'applied' },
      { atMs: START_MS + 3_000, by: 'eve', outcome: 'invalid' },
    ],
    state: 'open',
    letter: {
      topic: 't',
      messageId: 'm1',
      publishedAtMs: START_MS,
      payload: Buffer.from('{"a":1}').toString('base64'),
      properties: { p: 'q' },
      encoding: 'json',
    },
  };
  const shown = {
    id: 'dl-20260102-0123456789abcdef',
    topic: 't',
    message_id: 'm1',
    error_code: 'invalid',
    error_message: 'no',
    tenant_id: 'acme',
    state: 'open',
    published_at: '2026-01-02T03:04:05.000Z',
    dead_at: '2026-01-02T03:04:06.000Z',
    attempts: 3,
    redrives: [
      { at: '2026-01-02T03:04:07.000Z', by: 'ops', reason: 'mended', outcome: 'applied' },
      { at: '2026-01-02T03:04:08.000Z', by: 'eve', reason: null, outcome: 'invalid' },
    ],
  };
  expect(deadLetterView(record)).toEqual(shown);
  expect(deadLetterDetailView(record)).toEqual({
    ...shown,
    key: null,
    properties: { p: 'q' },
    payload_base64: 'eyJhIjoxfQ==',
    decoded: { a: 1 },
  });
  const { tenantId: _, ...nobody } = record;
  const raw = { ...nobody, letter: { ...record.letter, payload: '', key: 'k', encoding: undefined as never } };
  expect(deadLetterDetailView(raw)).toMatchObject({ tenant_id: null, key: 'k', decoded: null });
});

test('Y1, Y2: what the directory says: room that is taken, what has drifted, what is left, and rights that stand', () => {
  const record = (name: string, more: Partial<NodeRecord>, kind = 'k'): NodeRecord => ({
    ...freshRecord({ id: name, kind, part: 'main', name }),
    status: 'ready',
    born: true,
    ...more,
  });
  const intent = { action: 'create', atMs: 1, fence: 1 } as const;
  const base = { ...complete().state, blueprint: { digest: 'd', kept: ['x', 'y'] } };
  const summary = (records: readonly NodeRecord[], over: Partial<TenantState> = {}) =>
    summaryOf({ ...base, records, ...over });
  expect(
    summary([
      record('skipped', { status: 'skipped' }),
      record('refused', { status: 'failed', born: false }),
      record('begun', { status: 'failed', born: false, intent }),
      record('failed', { status: 'failed' }),
      record('wished', { status: 'pending', born: false }),
      record('other', {}, 'l'),
    ]),
  ).toEqual({ tier: 'free', status: 'failed', objects: { k: 3, l: 1 }, drifting: { k: 1 }, blueprint: 'd', kept: 2 });
  const drift = [{ path: '/a', from: 1, to: 2, weight: 'settings' }] as const;
  expect(summary([record('a', { drift }), record('b', { lost: true }), record('c', {}, 'l')])).toMatchObject({
    drifting: { k: 2 },
    objects: { k: 2, l: 1 },
  });
  expect(summary([record('a', { status: 'failed', fate: 'left-behind', drift })], { phase: 'deleting' })).toEqual({
    tier: 'free',
    status: 'deleting',
    objects: { k: 1 },
    left: { k: 1 },
    blueprint: 'd',
    kept: 2,
  });
  expect(summary([record('a', { fate: 'left-behind' })], { phase: 'gone' })).toMatchObject({
    status: 'deleted',
    objects: {},
    left: { k: 1 },
  });
  const { blueprint: _, ...untold } = base;
  expect(summaryOf({ ...untold, records: [] })).toEqual({ tier: 'free', status: 'completed', objects: {} });
  expect(summaryOf({ ...base, blueprint: { digest: 'd' }, records: [] })).toEqual({
    tier: 'free',
    status: 'completed',
    objects: {},
    blueprint: 'd',
  });
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  expect(summaryOf(suspended.state)).toMatchObject({ status: 'provisioning', standing: 2 });
  suspended.settle();
  expect(summaryOf(suspended.state)).not.toHaveProperty('standing');
  expect(summaryOf({ ...base, generation: 0 })).toEqual({ tier: 'free', status: 'deleted', objects: {} });
});
