/** Each status under each goal, while something is under way and when nothing is (1 to 3). */
import { describe, expect, test } from 'vitest';
import { resource, status } from '../test/builders.ts';
import { type Goal, type VerdictFacts, verdictOn } from './verdict.ts';
import { statusSeen } from './wire.ts';

const GOALS = ['completed', 'suspended', 'graced', 'deleted', 'settled'] as const;
type State = NonNullable<Parameters<typeof status>[0]>['status'];
const on = (goal: Goal, state: State, more: Parameters<typeof status>[0] = {}, facts?: VerdictFacts) =>
  verdictOn(statusSeen(status({ status: state as never, ...more })), goal, facts).kind;

describe('nothing is under way', () => {
  //                 completed  suspended  graced     deleted    settled
  test.each([
    ['pending', ['waiting', 'waiting', 'waiting', 'waiting', 'reached']],
    ['provisioning', ['waiting', 'waiting', 'waiting', 'waiting', 'reached']],
    ['completed', ['reached', 'missed', 'missed', 'missed', 'reached']],
    ['degraded', ['missed', 'missed', 'missed', 'missed', 'missed']],
    ['suspended', ['missed', 'reached', 'reached', 'waiting', 'reached']],
    ['failed', ['missed', 'missed', 'missed', 'missed', 'missed']],
    ['deleting', ['waiting', 'waiting', 'waiting', 'waiting', 'reached']],
    ['deleted', ['missed', 'missed', 'missed', 'reached', 'reached']],
  ] as const)('%s', (state, verdicts) => {
    expect(GOALS.map((goal) => on(goal, state))).toEqual(verdicts);
  });
});

describe('something is under way', () => {
  test.each(['pending', 'provisioning', 'completed', 'degraded', 'failed', 'deleting'] as const)(
    '%s: every wait goes on',
    (state) => {
      expect(GOALS.map((goal) => on(goal, state, { duration_ms: null }))).toEqual(GOALS.map(() => 'waiting'));
    },
  );

  test('a suspension is enough for whoever waits no longer than that', () => {
    expect(GOALS.map((goal) => on(goal, 'suspended', { duration_ms: null }))).toEqual([
      'waiting',
      'waiting',
      'reached',
      'waiting',
      'waiting',
    ]);
  });

  test('what is deleted is over, whatever its operation says', () => {
    expect(on('deleted', 'deleted', { duration_ms: null })).toBe('reached');
  });

  test('without an operation nothing is under way', () => {
    expect(on('completed', 'completed', { duration_ms: null, operation_id: null })).toBe('reached');
  });
});

test.each([
  ['suspended', 'missed'],
  ['deleting', 'missed'],
  ['deleted', 'missed'],
  ['provisioning', 'waiting'],
] as const)('2: another operation that leaves the tenant %s ends a wait for completion, or not', (state, verdict) => {
  const other = { operation_id: 'op_acme_2', duration_ms: null };
  expect(on('completed', state, other, { operationId: 'op_acme_1' })).toBe(verdict);
  expect(on('completed', 'suspended', other, { operationId: 'op_acme_2' })).toBe('waiting');
  expect(
    on('completed', 'suspended', { ...other, operation_id: null, duration_ms: 1 }, { operationId: 'op_acme_1' }),
  ).toBe('missed');
  expect(on('suspended', 'deleting', other, { operationId: 'op_acme_1' })).toBe('waiting');
});

test('3: where nothing comes by itself, only whoever waits for whatever the end is is done', () => {
  const open = { duration_ms: null };
  expect(GOALS.map((goal) => on(goal, 'pending', open, { over: true }))).toEqual([
    'waiting',
    'waiting',
    'waiting',
    'waiting',
    'reached',
  ]);
  expect(on('settled', 'failed', open, { over: true })).toBe('missed');
});

test('why a tenant did not come there: what failed, what holds it up, or what it is not ready for', () => {
  const why = (more: Parameters<typeof status>[0]) => {
    const verdict = verdictOn(statusSeen(status({ status: 'failed', ...more })), 'completed');
    return verdict.kind === 'missed' ? verdict.message : '';
  };
  const condition = (type: string, holds: boolean, message: string) => ({
    type,
    status: holds ? ('True' as const) : ('False' as const),
    reason: 'r',
    message,
    last_transition_at: '2026-01-31T12:00:00.000Z',
  });
  const failed = [
    resource('k', 'a', { status: 'failed', message: 'is taken' }),
    resource('k', 'b', { status: 'failed' }),
    resource('k', 'c'),
  ];
  const frozen = condition('Frozen', true, 'is frozen');
  const unready = condition('Ready', false, 'is not ready');
  expect(why({ resources: failed, conditions: [frozen, unready, condition('Throttled', false, 'no')] })).toBe(
    'acme is failed: k a: is taken; k b; is frozen',
  );
  expect(why({ resources: [], conditions: [unready] })).toBe('acme is failed: is not ready');
  expect(why({ resources: [], conditions: [condition('Ready', true, 'is ready')] })).toBe('acme is failed');
  expect(why({ resources: [], conditions: [condition('Ready', false, 'failed')] })).toBe('acme is failed');
});
