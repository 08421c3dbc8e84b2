/** What the ledger says of a node after each turn of events, field by field. */
import { conflict, type Fault, reason, unavailable } from '@leasehold/kernel';
import { describe, expect, test } from 'vitest';
import {
  accessPatch,
  failurePatch,
  foundPatch,
  intentPatch,
  NOT_YET_CONSISTENT,
  readyPatch,
  removedPatch,
  stuckPatch,
  takeOver,
  waitPatch,
} from './patch.ts';
import type { NodePlan } from './plan.ts';
import type { Change } from './provider.ts';
import { applyPatch, freshRecord, type Intent, type NodeRecord } from './record.ts';

const NOW_MS = 1_000_000;
const fresh = freshRecord({ id: 'a', kind: 'a', part: 'main', name: 'thing-a' });
const record = (more: Partial<NodeRecord> = {}): NodeRecord => ({ ...fresh, ...more });
const open: Intent = { action: 'create', atMs: 900_000, fence: 3 };
const ended: Intent = { ...open, ended: true };
const size: Change = { path: '/size', from: 7, to: 1, weight: 'settings' };
const gone: Change = { path: '/rows', from: null, to: 'there', weight: 'data' };
const plan = (action: NodePlan['action'], more: Partial<NodePlan> = {}): NodePlan => ({
  id: 'a',
  kind: 'a',
  name: 'thing-a',
  action,
  changes: [],
  dependsOn: [],
  reason: reason('Why', 'because'),
  ...more,
});
/** Everything that a look, a failure or a wait may have left behind. */
const littered = record({
  status: 'failed',
  strikes: 3,
  misses: 3,
  attempts: 4,
  lost: true,
  converged: 'old',
  intent: open,
  settleAtMs: NOW_MS + 5,
  nextAttemptAtMs: NOW_MS + 9,
  startedAtMs: 900_000,
  drift: [size],
  former: [{ size: 2 }],
  notes: ['odd'],
  left: [{ ...size, why: 'consent' }],
  failure: { class: 'Unavailable', code: 'Broken', message: 'no', away: false, atMs: 1 },
});

describe('another takes over', () => {
  test('a call whose end nobody told may still take effect, counted from now', () => {
    expect(takeOver(record({ intent: open }), NOW_MS, 1_000)).toEqual(
      record({ intent: ended, settleAtMs: NOW_MS + 1_000 }),
    );
  });

  test('R3: the time in which a lost answer may come is renewed, and never made shorter', () => {
    const takenOver = (settleAtMs: number) => takeOver(record({ intent: open, settleAtMs }), NOW_MS, 1_000).settleAtMs;
    expect([NOW_MS - 1, NOW_MS + 999, NOW_MS + 5_000].map(takenOver)).toEqual([
      NOW_MS + 1_000,
      NOW_MS + 1_000,
      NOW_MS + 5_000,
    ]);
  });

  test('a run that only waits for the effect does not push the wait before itself', () => {
    for (const told of [record({ intent: ended, settleAtMs: NOW_MS + 5 }), record({ settleAtMs: NOW_MS + 5 })])
      expect(takeOver(told, NOW_MS, 1_000)).toBe(told);
  });
});

describe('a look that finds a difference', () => {
  const found = (
    more: Partial<NodeRecord>,
    changes: readonly Change[] = [size],
    action: NodePlan['action'] = 'update',
  ) => foundPatch(plan(action, { changes }), record(more), 'now');

  test('what was ready is not ready any more; only under this very goal has it drifted', () => {
    const ready = { status: 'ready', born: true } as const;
    expect(found({ ...ready, converged: 'now' })).toEqual({
      id: 'a',
      status: 'pending',
      converged: undefined,
      drift: [size],
    });
    expect(found({ ...ready, converged: 'then' })).toEqual({ id: 'a', status: 'pending', converged: undefined });
    expect(found({ status: 'ready', born: false, converged: 'now' })).not.toHaveProperty('drift');
  });

  test('what is not called ready is left as the ledger has it', () => {
    for (const status of ['pending', 'creating', 'failed'] as const)
      expect(found({ status, born: true })).toBeUndefined();
    expect(found({ status: 'creating', born: false }, [gone], 'create')).toBeUndefined();
  });

  test('R2: what is to be made anew was never born, until it is there', () => {
    const born = { status: 'failed', born: true } as const;
    expect(found(born, [], 'create')).toMatchObject({ status: 'pending', born: false });
    expect(found(born, [size, gone])).toMatchObject({ status: 'pending', born: false });
    expect(found({ ...born, status: 'ready' }, [size])).not.toHaveProperty('born');
  });

  test('of a great drift a bounded part is kept', () => {
    const many = Array.from({ length: 40 }, (_, at): Change => ({ ...size, path: `/p${at}` }));
    const drift = found({ status: 'ready', born: true, converged: 'now' }, many)?.drift;
    expect([drift?.length, drift?.[0]?.path]).toEqual([32, '/p0']);
  });
});

describe('an effect begins', () => {
  const begin = (action: NodePlan['action'], before: NodeRecord, intended: Intent['action']) =>
    applyPatch(before, intentPatch(plan(action), before, { action: intended, atMs: NOW_MS, fence: 9 }));

  test('R1: it is on record with its fence, and nothing that was known before counts any more', () => {
    const before = record({ attempts: 2, converged: 'old', nextAttemptAtMs: 5, finishedAtMs: 4 });
    expect(begin('create', before, 'create')).toEqual(
      record({
        status: 'creating',
        attempts: 3,
        intent: { action: 'create', atMs: NOW_MS, fence: 9 },
        startedAtMs: NOW_MS,
      }),
    );
    expect(begin('delete', before, 'delete').status).toBe('deleting');
    expect(begin('update', record({ startedAtMs: 7 }), 'update').startedAtMs).toBe(7);
  });

  test.each([
    ['update', 'create', 'create'],
    ['update', 'update', 'update'],
    ['update', 'delete', 'update'],
    ['delete', 'create', 'delete'],
    ['create', 'delete', 'create'],
  ] as const)('to %s what a %s is open of is an intent to %s', (action, before, expected) => {
    const intent: Intent = { action: before, atMs: 1, fence: 1, ended: true };
    expect(begin(action, record({ intent }), action).intent).toEqual({ action: expected, atMs: NOW_MS, fence: 9 });
  });
});

const retry = { kind: 'retry', atMs: NOW_MS + 300, strikes: 2 } as const;
const failed = { kind: 'failed', strikes: 8 } as const;
const fail = (fault: Fault, before: NodeRecord, more = {}) =>
  applyPatch(
    before,
    failurePatch({
      record: before,
      fault,
      verdict: retry,
      nowMs: NOW_MS,
      lateEffectMs: 1_000,
      failedRetryMs: undefined,
      ...more,
    }),
  );
const answered = unavailable('500', { code: 'Broken', backend: 'store' });

test('answered: it is told with its backend, tried again, and nothing of it can come late', () => {
  const before = record({ status: 'creating', intent: open, converged: 'old', drift: [size] });
  const failure = {
    class: 'Unavailable',
    code: 'Broken',
    message: '500',
    away: false,
    backend: 'store',
    atMs: NOW_MS,
  };
  expect(fail(answered, before)).toEqual(
    record({
      status: 'creating',
      intent: ended,
      drift: [size],
      strikes: 2,
      misses: 1,
      nextAttemptAtMs: NOW_MS + 300,
      failure,
    } as never),
  );
});

test('a failure without a backend names none', () => {
  expect(fail(unavailable('no', { code: 'Gone' }), record()).failure).toStrictEqual({
    class: 'Unavailable',
    code: 'Gone',
    message: 'no',
    away: false,
    atMs: NOW_MS,
  });
});

test.each([
  ['its answer was lost', unavailable('?', { code: 'Away', unknownOutcome: true }), NOW_MS + 1_000],
  ['it does not show yet', unavailable('?', { code: NOT_YET_CONSISTENT }), NOW_MS + 1_000],
  ['it was answered', answered, undefined],
  ['it was never sent', unavailable('?', { code: 'Away', away: true }), undefined],
])('R3: %s', (_what, fault, settleAtMs) => {
  expect(fail(fault, record({ intent: open })).settleAtMs).toBe(settleAtMs);
  // A look has no effect that could come late.
  expect(fail(fault, record()).settleAtMs).toBeUndefined();
});

test('R3: what may still come of an earlier call is not forgotten by an answer to a later one', () => {
  expect(fail(answered, record({ intent: open, settleAtMs: NOW_MS + 700 })).settleAtMs).toBe(NOW_MS + 700);
});

test('for good: the node says so, its repair is at an end, and only what has to go is tried again', () => {
  const before = record({ status: 'creating', intent: open, drift: [size] });
  const lasting = fail(answered, before, { verdict: failed });
  expect(lasting).toMatchObject({ status: 'failed', strikes: 8, finishedAtMs: NOW_MS });
  expect([lasting.drift, lasting.nextAttemptAtMs]).toEqual([undefined, undefined]);
  expect(fail(answered, before, { verdict: failed, failedRetryMs: 600_000 }).nextAttemptAtMs).toBe(NOW_MS + 600_000);
  expect(fail(answered, before, { failedRetryMs: 600_000 }).nextAttemptAtMs).toBe(NOW_MS + 300);
});

test('a name that is somebody else’s leaves no intent by which it could be taken for ours', () => {
  expect(fail(conflict('theirs', { code: 'NameTaken' }), record({ intent: open })).intent).toBeUndefined();
  expect(fail(conflict('theirs', { code: 'Else' }), record({ intent: open })).intent).toEqual(ended);
});

test('complete: nothing is left of what went before', () => {
  expect(applyPatch(littered, readyPatch({ record: littered, digest: 'now', nowMs: NOW_MS }))).toEqual(
    record({
      status: 'ready',
      attempts: 4,
      born: true,
      converged: 'now',
      startedAtMs: 900_000,
      finishedAtMs: NOW_MS,
      observedAtMs: NOW_MS,
      repairs: [{ path: '/size', times: 1, lastAtMs: NOW_MS }],
    }),
  );
});

test('what nobody repaired leaves no memory of repairs', () => {
  expect(readyPatch({ record: record(), digest: 'now', nowMs: NOW_MS })).toMatchObject({ repairs: undefined });
});

test('what is fought over lasts beyond a look that finds it in order, and of what is left a bounded part is kept', () => {
  const left = [{ ...size, why: 'fight' as const }];
  const repairs = [{ path: '/size', times: 4, lastAtMs: NOW_MS }];
  expect(readyPatch({ record: record({ left, repairs }), digest: 'now', nowMs: NOW_MS }).left).toEqual(left);
  const many = Array.from({ length: 40 }, (_, at) => ({ ...size, path: `/p${at}`, why: 'consent' as const }));
  expect(readyPatch({ record: record(), digest: 'now', nowMs: NOW_MS, left: many }).left).toHaveLength(32);
});

test('a look at what was ready already ends nothing; what it notes is kept, and an empty note is none', () => {
  const ready = record({ status: 'ready', finishedAtMs: 7 });
  const look = (notes: readonly string[]) =>
    applyPatch(ready, readyPatch({ record: ready, digest: 'now', nowMs: NOW_MS, notes }));
  expect(look(['odd'])).toMatchObject({ finishedAtMs: 7, observedAtMs: NOW_MS, notes: ['odd'] });
  expect(look([])).not.toHaveProperty('notes');
});

test('access is as it should be: whether the rest is complete stays as it was', () => {
  const shut = (more: Partial<NodeRecord>) => {
    const before = record(more);
    return applyPatch(before, accessPatch(before, 'now', NOW_MS));
  };
  expect(shut({ status: 'failed', born: true }).status).toBe('ready');
  expect(shut({ status: 'failed' }).status).toBe('creating');
  expect(shut({ status: 'pending' }).status).toBe('pending');
  expect(shut({ status: 'failed', born: true, lost: true })).toMatchObject({ status: 'failed', lost: true });
  expect(applyPatch(littered, accessPatch(littered, 'now', NOW_MS))).toEqual(
    record({
      status: 'failed',
      attempts: 4,
      lost: true,
      converged: 'now',
      observedAtMs: NOW_MS,
      startedAtMs: 900_000,
      intent: open,
      former: [{ size: 2 }],
      notes: ['odd'],
      left: [{ ...size, why: 'consent' }],
    }),
  );
});

test('gone: its fate is told, and nothing else of it is left', () => {
  const { left, former, ...rest } = littered;
  expect(applyPatch(rest, removedPatch('a', 'deleted', NOW_MS))).toEqual(
    record({
      status: 'deleted',
      fate: 'deleted',
      strikes: 3,
      attempts: 4,
      startedAtMs: 900_000,
      finishedAtMs: NOW_MS,
      observedAtMs: NOW_MS,
    }),
  );
});

test('an operator has to settle it: told with its code, and not tried again', () => {
  const stuck = applyPatch(littered, stuckPatch(plan('refuse'), NOW_MS, false));
  expect(stuck).toMatchObject({
    status: 'failed',
    lost: false,
    finishedAtMs: NOW_MS,
    observedAtMs: NOW_MS,
    failure: { class: 'Conflict', code: 'Why', message: 'because', away: false, atMs: NOW_MS },
  });
  for (const field of ['converged', 'intent', 'drift', 'nextAttemptAtMs']) expect(stuck).not.toHaveProperty(field);
  expect(applyPatch(littered, stuckPatch(plan('lost'), NOW_MS, true)).lost).toBe(true);
});

describe('a look after which one has to wait', () => {
  test('nothing of ours is under way meanwhile, and the status stays', () => {
    const before = record({ status: 'creating', intent: open, failure: littered.failure as never, converged: 'now' });
    expect(applyPatch(before, waitPatch(before, plan('wait', { atMs: NOW_MS + 5 }), NOW_MS))).toEqual(
      record({
        status: 'creating',
        intent: ended,
        converged: 'now',
        nextAttemptAtMs: NOW_MS + 5,
        observedAtMs: NOW_MS,
      }),
    );
    expect(waitPatch(record(), plan('wait', { atMs: 5 }), NOW_MS).intent).toBeUndefined();
  });

  test('what others take away each time is not called ready meanwhile', () => {
    const before = record({ status: 'ready', born: true, converged: 'now' });
    const left = [{ ...size, why: 'fight' as const }];
    expect(applyPatch(before, waitPatch(before, plan('wait', { atMs: 5, left }), NOW_MS))).toEqual(
      record({ status: 'pending', born: true, left, nextAttemptAtMs: 5, observedAtMs: NOW_MS }),
    );
  });
});

test('a look that fails lets what waits for the node wait, but for one that is looked at again by itself after it had failed', () => {
  const ready = {
    ...freshRecord({ id: 'a', kind: 'k', part: 'main', name: 'a' }),
    status: 'ready' as const,
    born: true,
  };
  expect(fail(answered, ready).status).toBe('pending');
  expect(fail(answered, ready, { failedRetryMs: 5_000 }).status).toBe('ready');
});
