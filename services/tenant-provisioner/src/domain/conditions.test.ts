/** Status and conditions of values: what each is derived from, since when it has been so, and in which words. */
import { freshRecord, type NodeFailure, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { WaitingMessage } from './command.ts';
import { emptyState, isKnownState, type Phase, type TenantState } from './state.ts';
import { conditionsOf, isHeldByProtection, statusOf } from './status.ts';
import { isTold } from './told.ts';

const NOW_MS = 5_000_000;
const failure = (over: Partial<NodeFailure> = {}): NodeFailure => ({
  class: 'Invalid',
  code: 'Bad',
  message: 'no',
  away: false,
  atMs: 0,
  ...over,
});
const record = (name: string, more: Partial<NodeRecord> = {}, kind = 'minio-bucket'): NodeRecord => ({
  ...freshRecord({ id: name, kind, part: 'main', name }),
  status: 'ready',
  ...more,
});
const state = (records: readonly NodeRecord[], over: Partial<TenantState> = {}): TenantState => ({
  ...emptyState('acme'),
  phase: 'active',
  generation: 1,
  records,
  ...over,
});
const found = (given: TenantState, messages: readonly WaitingMessage[] = []) => conditionsOf(given, NOW_MS, messages);
const one = (type: string, given: TenantState, messages?: readonly WaitingMessage[]) =>
  found(given, messages).find((condition) => condition.type === type);

test.each([
  ['pending', [record('a', { status: 'pending' })]],
  ['provisioning', [record('a', { status: 'pending', attempts: 1 })]],
  ['provisioning', [record('a', { status: 'creating', born: true })]],
  ['provisioning', [record('a', { status: 'pending' }), record('b', { born: true })]],
  ['completed', []],
  ['completed', [record('a'), record('b', { status: 'skipped' })]],
  ['failed', [record('a', { status: 'failed' })]],
  ['degraded', [record('a', { status: 'failed', lost: true })]],
  ['degraded', [record('a', { status: 'pending', lost: true })]],
  ['failed', [record('a', { status: 'failed', lost: true }), record('b', { status: 'failed' })]],
] as const)('an active tenant is %s', (status, records) => {
  expect(statusOf(state(records))).toBe(status);
});

test.each([
  ['none', 'pending'],
  ['suspended', 'suspended'],
  ['leaving', 'suspended'],
  ['deleting', 'deleting'],
  ['gone', 'deleted'],
] as const)('in the phase %s a tenant without access is %s, whatever has failed', (phase, status) => {
  expect(statusOf(state([record('a', { status: 'failed' })], { phase }))).toBe(status);
});

test('a condition is as old as its status and its reason, whatever its words', () => {
  const before = state([record('a', { status: 'pending' })]);
  const [ready] = found(before);
  expect(ready).toEqual({
    type: 'Ready',
    status: false,
    reason: 'Pending',
    message: 'not as it should be yet: a',
    lastTransitionAtMs: NOW_MS,
  });
  const later = (given: TenantState) => conditionsOf({ ...given, conditions: [ready as never] }, NOW_MS + 1_000)[0];
  expect(later(state([record('b', { status: 'pending' })]))).toMatchObject({
    message: 'not as it should be yet: b',
    lastTransitionAtMs: NOW_MS,
  });
  expect(later(state([record('a', { status: 'pending', attempts: 1 })]))).toMatchObject({
    reason: 'Provisioning',
    lastTransitionAtMs: NOW_MS + 1_000,
  });
  // Another condition's time is not its own, and neither is that of one that said the opposite.
  const opposite = { ...(ready as NonNullable<typeof ready>), status: true };
  expect(conditionsOf({ ...before, conditions: [opposite] }, NOW_MS + 1)[0]?.lastTransitionAtMs).toBe(NOW_MS + 1);
  const other = { ...(ready as NonNullable<typeof ready>), type: 'DataLost' };
  expect(conditionsOf({ ...before, conditions: [other] }, NOW_MS + 1)[0]?.lastTransitionAtMs).toBe(NOW_MS + 1);
});

test('backends that are away are named once each, and with the reason of the first', () => {
  const away = (backend: string | undefined, code: string) =>
    failure({ away: true, code, ...(backend ? { backend } : {}) });
  const given = state([
    record('a', { status: 'pending', failure: away('minio', 'CircuitOpen') }),
    record('b', { status: 'pending', failure: away('minio', 'Away') }),
    record('c', { status: 'pending', failure: away(undefined, 'Away') }, 'ignite-cache'),
    record('d', { status: 'pending', failure: failure() }),
  ]);
  expect(one('BackendUnavailable', given)).toMatchObject({
    status: true,
    reason: 'CircuitOpen',
    message: 'waiting for minio, ignite-cache',
  });
  expect(one('BackendUnavailable', state([record('a', { failure: failure() })]))).toBeUndefined();
});

test.each(['DataLost', 'NameTaken', 'CeilingReached'])(
  '%s has a condition of its own, which names what it is of',
  (code) => {
    const given = state([
      record('a', { status: 'failed', failure: failure({ code, message: 'one' }) }),
      record('b', { status: 'failed', failure: failure({ code, message: 'one' }) }),
      record('c', { status: 'failed', failure: failure({ code, message: 'two' }) }),
      record('d', { status: 'failed', failure: failure() }),
      record('e', { status: 'deleted', failure: failure({ code, message: 'gone' }) }),
    ]);
    expect(one(code, given)).toMatchObject({
      status: true,
      reason: code,
      message: 'minio-bucket a, minio-bucket b: one; minio-bucket c: two',
    });
    expect(found(given).map(({ type }) => type)).toEqual(['Ready', code]);
  },
);

test('what is left as it is has a condition for each reason, and none for what was deleted', () => {
  const change = { path: '/size', from: 7, to: 1, weight: 'settings' } as const;
  const given = state([
    record('a', { left: [{ ...change, why: 'fight' }] }),
    record('b', { left: [{ ...change, why: 'consent' }] }),
    record('c', { status: 'deleted', left: [{ ...change, why: 'consent' }] }),
  ]);
  expect(found(given).map(({ type }) => type)).toEqual(['Ready', 'NeedsConsent', 'RepairFight']);
  expect(one('NeedsConsent', given)?.message).toMatch(/^minio-bucket b: /);
  expect(one('NeedsConsent', given)).toMatchObject({ status: true, reason: 'NeedsConsent' });
  expect(one('RepairFight', given)?.message).toMatch(/^minio-bucket a: /);
});

test('a held deletion and one that protection holds are conditions, each of its own', () => {
  const held = { sinceMs: 1, publishedAtMs: 1, eventKey: 'e' };
  expect(one('DeletionHeld', state([], { held }))).toMatchObject({ status: true, reason: 'MassDeletionBrake' });
  expect(one('DeletionHeld', state([]))).toBeUndefined();
  const deletion = { askedAtMs: 1, graceUntilMs: 2, forced: false };
  const table: readonly (readonly [Partial<TenantState>, boolean])[] = [
    [{ phase: 'leaving', protected: true, deletion }, true],
    [{ phase: 'leaving', protected: true }, true],
    [{ phase: 'leaving', protected: true, deletion: { ...deletion, forced: true } }, false],
    [{ phase: 'leaving', protected: false, deletion }, false],
    [{ phase: 'active', protected: true, deletion }, false],
  ];
  for (const [over, isHeld] of table) {
    expect(isHeldByProtection(state([], over))).toBe(isHeld);
    expect(one('DeletionProtected', state([], over)) !== undefined).toBe(isHeld);
  }
  expect(one('DeletionProtected', state([], table[0]?.[0]))).toMatchObject({ status: true, reason: 'Protected' });
});

test('messages that wait are told by the first: what it waits for, until when, and how many are behind it', () => {
  const source = { type: 'rest', subject: 'ops', requestId: 'r', atMs: 1 } as const;
  const message = (code: WaitingMessage['code'], untilMs = Number.MAX_SAFE_INTEGER): WaitingMessage => ({
    serial: 1,
    command: { kind: 'upgrade', previousTier: 'free', newTier: 'starter' },
    source,
    sinceMs: 1,
    code,
    untilMs,
  });
  const told = (...messages: readonly WaitingMessage[]) => one('MessagesWaiting', state([]), messages)?.message;
  expect(told()).toBeUndefined();
  expect(told(message('leaving'))).toBe('upgrade waits until the deletion has ended');
  expect(told(message('stale', 60_000))).toBe(
    'upgrade waits for the tier that it starts from, at most until 1970-01-01T00:01:00.000Z',
  );
  expect(told(message('tenant-unknown'), message('stale'), message('stale'))).toBe(
    'upgrade waits until the tenant is there and complete; 2 more wait behind it',
  );
  expect(told(message('later' as never))).toBe('upgrade waits for a newer release');
  expect(one('MessagesWaiting', state([]), [message('stale')])).toMatchObject({
    status: true,
    reason: 'WaitsForTenant',
  });
});

test('how a tenant stands is told in each phase', () => {
  const ready = (phase: Phase, over: Partial<TenantState> = {}, records = [record('a', { status: 'deleting' })]) =>
    one('Ready', state(records, { phase, ...over }))?.message;
  expect(ready('none')).toBe('there is no such tenant yet');
  expect(
    ready('deleting', {}, [record('a', { status: 'deleted' }), record('b'), record('c', { status: 'skipped' })]),
  ).toBe('being taken down: b');
  expect(
    ready('active', {}, [record('a', { status: 'failed' }), record('b'), record('c', { status: 'skipped' })]),
  ).toBe('not as it should be yet: a');
  expect(ready('gone', { generation: 0 })).toMatch(/^there never was such a tenant/);
  expect(ready('gone', {}, [])).toBe('nothing of the tenant is left');
  const deletion = { askedAtMs: 1, graceUntilMs: 60_000, forced: false };
  expect(ready('leaving', { deletion })).toBe('access is withdrawn; all data is kept until 1970-01-01T00:01:00.000Z');
  expect(ready('leaving', { deletion, protected: true })).toBe(
    'access is withdrawn; all data is kept as long as the tenant is protected',
  );
});

test('F1: kinds of another release are named once each', () => {
  const node = (kind: string) => ({
    id: kind,
    kind,
    part: 'main',
    name: kind,
    spec: {},
    dependsOn: [],
    remakeWhenLost: false,
  });
  const graph = ['ledger-book', 'minio-bucket', 'ledger-book', 'vault'].map(node);
  expect(one('OtherRelease', state([], { graph }))).toMatchObject({
    status: true,
    reason: 'UnknownKind',
    message: 'left to replicas of the release that knows it: ledger-book, vault',
  });
  expect(one('OtherRelease', state([], { graph: [node('minio-bucket')] }))).toBeUndefined();
});

test('a state of another version, phase or tier is not known', () => {
  const known = state([]);
  expect(isKnownState(known)).toBe(true);
  for (const other of [{ v: 2 }, { phase: 'moving' }, { tier: 'gold' }])
    expect(isKnownState({ ...known, ...other } as TenantState)).toBe(false);
});

test.each([
  ['an id of which nothing is known', { phase: 'none', generation: 0 }, 0, false],
  ['an id with a message that waits', { phase: 'none', generation: 0 }, 1, true],
  ['an id that never was one, while its deletion is told', { phase: 'gone', generation: 0, endedAtMs: 1 }, 0, true],
  ['an id that never was one, after that', { phase: 'gone', generation: 0 }, 0, false],
  ['a tenant', { phase: 'active', generation: 1 }, 0, true],
  ['a tenant that is gone, while its end is told', { phase: 'gone', generation: 1, endedAtMs: 1 }, 0, true],
  ['a tenant that is gone, after that', { phase: 'gone', generation: 1 }, 0, false],
  ['a tenant that is gone, after that, with a message that waits', { phase: 'gone', generation: 1 }, 1, false],
] as const)('whether there is something to tell of %s', (_, given, waiting, told) => {
  expect(isTold(given, Array(waiting).fill({} as WaitingMessage))).toBe(told);
});

test('what is left so is told of each resource that is there, and of none that was deleted', () => {
  const left = [{ path: '/quotaBytes', from: 1, to: 2, weight: 'data', why: 'consent' }] as const;
  const both = one('NeedsConsent', state([record('a', { left }), record('b', { left })]));
  expect(both?.message.split('; ')).toEqual([
    expect.stringMatching(/^minio-bucket a: /),
    expect.stringMatching(/^minio-bucket b: /),
  ]);
  expect(one('NeedsConsent', state([record('a', { left, status: 'deleted' })]))).toBeUndefined();
});

test('a tenant of whom nothing is known yet asks for nothing, announces nothing and is in no trouble', () => {
  expect(emptyState('acme')).toEqual({
    v: 1,
    tenantId: 'acme',
    name: 'acme',
    tier: 'free',
    limits: null,
    generation: 0,
    phase: 'none',
    protected: false,
    suspendedByOperator: false,
    createdAtMs: 0,
    graph: [],
    records: [],
    announce: false,
    fence: 0,
    serials: { operation: 0, outgoing: 0, waiting: 0, journal: 0 },
    conditions: [],
    updatedAtMs: 0,
  });
});
