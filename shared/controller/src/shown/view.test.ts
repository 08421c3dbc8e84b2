/** What REST shows of any owner: each field of the wire, by hand. */
import type { NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import type { ControlState } from '../control/control.ts';
import type { DeadLetter } from '../dead-letters/record.ts';
import type { Operation } from '../model/state.ts';
import {
  conditionView,
  deadLetterDetailView,
  deadLetterView,
  frozenCondition,
  maybeTime,
  operationView,
  pausedFor,
  resourceView,
} from './view.ts';

const record = (over: Partial<NodeRecord> = {}): NodeRecord => ({
  id: 'box',
  kind: 'box',
  part: 'main',
  name: 'box-acme',
  status: 'ready',
  attempts: 2,
  strikes: 0,
  born: true,
  lost: false,
  ...over,
});
const failure = {
  class: 'Unavailable',
  code: 'Away',
  message: 'the backend is away',
  away: true,
  atMs: 1_500,
} as unknown as NonNullable<NodeRecord['failure']>;

test('a time that there was not is null', () => {
  expect([maybeTime(undefined), maybeTime(0)]).toEqual([null, '1970-01-01T00:00:00.000Z']);
});

test('a condition is shown in the words of the wire', () => {
  const condition = { type: 'Ready', status: true, reason: 'Done', message: 'all is there', lastTransitionAtMs: 1_000 };
  expect(conditionView(condition)).toEqual({
    type: 'Ready',
    status: 'True',
    reason: 'Done',
    message: 'all is there',
    last_transition_at: '1970-01-01T00:00:01.000Z',
  });
  expect(conditionView({ ...condition, status: false }).status).toBe('False');
});

const control = (over: Partial<ControlState> = {}): ControlState => ({
  v: 1,
  reconcile: 'running',
  deletions: 'running',
  backends: {},
  updatedAtMs: 2_000,
  ...over,
});

test('what an operator has paused is named where it stops something', () => {
  expect(pausedFor(control(), true)).toEqual([]);
  const all = control({ reconcile: 'paused', deletions: 'paused', backends: { box: 'paused', label: 'running' } });
  expect(pausedFor(all, true)).toEqual(['reconcile', 'deletions', 'box']);
  expect(pausedFor(all, false)).toEqual(['reconcile', 'box']);
  expect(frozenCondition(['reconcile', 'box'], all)).toEqual([
    {
      type: 'Frozen',
      status: 'True',
      reason: 'PausedByControl',
      message: 'paused by an operator: reconcile, box',
      last_transition_at: '1970-01-01T00:00:02.000Z',
    },
  ]);
  expect(frozenCondition([], all)).toEqual([]);
});

test('a resource is shown with how long it took, where it began and ended', () => {
  expect(resourceView(record({ startedAtMs: 1_000, finishedAtMs: 1_250, observedAtMs: 3_000 }))).toEqual({
    kind: 'box',
    name: 'box-acme',
    status: 'ready',
    attempts: 2,
    duration_ms: 250,
    message: null,
    observed_at: '1970-01-01T00:00:03.000Z',
  });
  const took = (over: Partial<NodeRecord>) => resourceView(record(over)).duration_ms;
  expect([took({ startedAtMs: 5 }), took({ finishedAtMs: 5 }), took({})]).toEqual([null, null, null]);
  expect([took({ startedAtMs: 0, finishedAtMs: 0 }), took({ startedAtMs: 9, finishedAtMs: 5 })]).toEqual([0, 0]);
});

test('a resource says what became of it, else how it failed, else what is left, else what was noted', () => {
  const told = (over: Partial<NodeRecord>) => resourceView(record(over)).message;
  expect(told({ fate: 'not-ours', failure })).toBe(
    "exists without the mark of this tenant's generation, was never its own and stays",
  );
  expect(told({ fate: 'left-behind', failure })).toBe("left behind on an operator's word: the backend is away");
  expect(told({ fate: 'left-behind' })).toBe("left behind on an operator's word: could not be taken down");
  expect(told({ fate: 'deleted', failure, notes: ['a'] })).toBe('the backend is away');
  expect(told({ notes: ['a', 'b'] })).toBe('a; b');
  expect(told({})).toBeNull();
});

const operation: Operation = {
  id: 'op_acme_1',
  serial: 1,
  kind: 'open',
  generation: 3,
  startedAtMs: 1_000,
  deadlineMs: 9_000,
};

test('an operation that runs is shown with its steps', () => {
  expect(operationView('acme', operation, [record({ startedAtMs: 1_000 })])).toEqual({
    operation_id: 'op_acme_1',
    tenant_id: 'acme',
    kind: 'open',
    generation: 3,
    requested_by: null,
    started_at: '1970-01-01T00:00:01.000Z',
    finished_at: null,
    outcome: 'running',
    steps: [
      {
        kind: 'box',
        name: 'box-acme',
        status: 'ready',
        attempts: 2,
        started_at: '1970-01-01T00:00:01.000Z',
        finished_at: null,
        duration_ms: null,
        fate: null,
        error: null,
      },
    ],
  });
});

test('one that has ended says for whom, when and how, and each step what became of it', () => {
  const ended = { ...operation, requestedBy: 'eve', finishedAtMs: 2_000, outcome: 'failed' as const };
  const shown = operationView('acme', ended, [record({ fate: 'absent', failure })]);
  expect(shown).toMatchObject({
    requested_by: 'eve',
    finished_at: '1970-01-01T00:00:02.000Z',
    outcome: 'failed',
    steps: [
      {
        fate: 'absent',
        error: { code: 'Away', message: 'the backend is away', at: '1970-01-01T00:00:01.500Z' },
      },
    ],
  });
});

const letter: DeadLetter = {
  id: 'dl-1',
  code: 'conflict',
  message: 'no',
  letter: {
    topic: 't',
    messageId: 'm1',
    publishedAtMs: 1_000,
    payload: Buffer.from('{"a":1}').toString('base64'),
    properties: { p: 'q' },
    encoding: 'json',
  },
  attempts: 3,
  deadAtMs: 2_000,
  tenantId: 'acme',
  redrives: [],
  state: 'open',
  timed: true,
};

test('a dead letter is shown with what came of each redrive', () => {
  const redrives = [
    { atMs: 3_000, by: 'eve', reason: 'mended', outcome: 'applied' },
    { atMs: 4_000, by: 'dan', outcome: 'conflict' },
  ];
  expect(deadLetterView({ ...letter, redrives } as DeadLetter)).toEqual({
    id: 'dl-1',
    topic: 't',
    message_id: 'm1',
    error_code: 'conflict',
    error_message: 'no',
    tenant_id: 'acme',
    state: 'open',
    published_at: '1970-01-01T00:00:01.000Z',
    dead_at: '1970-01-01T00:00:02.000Z',
    attempts: 3,
    redrives: [
      { at: '1970-01-01T00:00:03.000Z', by: 'eve', reason: 'mended', outcome: 'applied' },
      { at: '1970-01-01T00:00:04.000Z', by: 'dan', reason: null, outcome: 'conflict' },
    ],
  });
});

test('one dead letter alone is shown with its message, and how that was read where it could be', () => {
  expect(deadLetterDetailView({ ...letter, letter: { ...letter.letter, key: 'k' } })).toMatchObject({
    id: 'dl-1',
    key: 'k',
    properties: { p: 'q' },
    payload_base64: letter.letter.payload,
    decoded: { a: 1 },
  });
  const { encoding: _encoding, ...unread } = letter.letter;
  const { tenantId: _tenant, ...nobodys } = letter;
  expect(deadLetterDetailView({ ...nobodys, letter: unread })).toMatchObject({
    key: null,
    decoded: null,
    tenant_id: null,
  });
});
