/** Steps that every owner's decisions share: serials only grow, what was not patched stays itself, an event is never refused in silence. */
import { freshRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { EMPTY_OWNED, patchRecords, withOperation, withRefusal } from './owned.ts';

const letter = { topic: 't', messageId: 'm', publishedAtMs: 1, payload: '', properties: {} };
const event = { type: 'event', eventKey: 'e', publishedAtMs: 1, letter } as const;
const rest = { type: 'rest', subject: 'ops', requestId: 'r', atMs: 1 } as const;

test('a record takes its patch and no other, and one without a patch is the same value', () => {
  const [a, b] = ['a', 'b'].map((id) => freshRecord({ id, kind: 'k', part: 'main', name: id }));
  if (!a || !b) throw new RangeError('two records');
  const after = patchRecords([a, b], [{ id: 'b', status: 'ready' }]);
  expect(after[0]).toBe(a);
  expect(after[1]).toEqual({ ...b, status: 'ready' });
});

test('an operation has the next serial in its id, and says who asked where that was a person', () => {
  const asked = { kind: 'open', startedAtMs: 5, deadlineMs: 9 };
  const once = withOperation(EMPTY_OWNED, 'acme.a', { ...asked, source: rest });
  const operation = { ...asked, id: 'op_acme.a_1', serial: 1, generation: 0, requestedBy: 'ops' };
  expect(once).toMatchObject({ state: { operation }, superseded: [] });
  const { state } = withOperation(once.state, 'acme.a', { ...asked, source: event });
  expect([state.operation?.id, state.operation?.requestedBy, state.serials.operation]).toEqual([
    'op_acme.a_2',
    undefined,
    2,
  ]);
});

test('O1: what a new operation interrupts ends as superseded, not before it began; what has ended is told no second time', () => {
  const asked = { kind: 'open', deadlineMs: 99, source: rest };
  const { state } = withOperation(EMPTY_OWNED, 'acme.a', { ...asked, startedAtMs: 50 });
  const ends = (startedAtMs: number) =>
    withOperation(state, 'acme.a', { ...asked, startedAtMs }).superseded.map(({ id, outcome, finishedAtMs }) => [
      id,
      outcome,
      finishedAtMs,
    ]);
  expect(ends(60)).toEqual([['op_acme.a_1', 'superseded', 60]]);
  expect(ends(40)).toEqual([['op_acme.a_1', 'superseded', 50]]);
  const ended = { ...state, operation: { ...state.operation, finishedAtMs: 55 } } as typeof state;
  expect(withOperation(ended, 'acme.a', { ...asked, startedAtMs: 60 }).superseded).toEqual([]);
});

test('O2: a new operation tries again what was given up on, with tries and times of its own; what was lost waits for a word', () => {
  const failure = { class: 'Conflict', code: 'NameTaken', message: 'no', away: false, atMs: 1 } as const;
  const failed = (id: string) => ({
    ...freshRecord({ id, kind: 'k', part: 'main', name: id }),
    status: 'failed' as const,
    attempts: 3,
    strikes: 2,
    startedAtMs: 1,
    finishedAtMs: 2,
    failure,
  });
  const before = { ...EMPTY_OWNED, records: [failed('a'), { ...failed('b'), lost: true as const }] };
  const { state } = withOperation(before, 'acme.a', { kind: 'open', startedAtMs: 5, deadlineMs: 9, source: rest });
  const [again, lost] = state.records;
  expect(again).toMatchObject({ status: 'pending', attempts: 0, strikes: 0 });
  expect(again).not.toHaveProperty('failure');
  expect(again).not.toHaveProperty('startedAtMs');
  expect(again).not.toHaveProperty('finishedAtMs');
  expect(lost).toMatchObject({ status: 'failed', attempts: 0, failure, lost: true });
});

test('what an event is refused becomes a dead letter under the next serial; a person’s request leaves the state as it is', () => {
  const refused = withRefusal(EMPTY_OWNED, event, 'conflict', 'no');
  expect(refused.outgoing).toEqual([
    { kind: 'dead-letter', serial: 1, letter, code: 'conflict', message: 'no', attempts: 1 },
  ]);
  expect(refused.state.serials.outgoing).toBe(1);
  expect(withRefusal(EMPTY_OWNED, rest, 'conflict', 'no')).toEqual({ state: EMPTY_OWNED, outgoing: [] });
});
