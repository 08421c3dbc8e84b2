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
  expect(once.operation).toEqual({ ...asked, id: 'op_acme.a_1', serial: 1, generation: 0, requestedBy: 'ops' });
  const twice = withOperation(once, 'acme.a', { ...asked, source: event });
  expect([twice.operation?.id, twice.operation?.requestedBy, twice.serials.operation]).toEqual([
    'op_acme.a_2',
    undefined,
    2,
  ]);
});

test('what an event is refused becomes a dead letter under the next serial; a person’s request leaves the state as it is', () => {
  const refused = withRefusal(EMPTY_OWNED, event, 'conflict', 'no');
  expect(refused.outgoing).toEqual([
    { kind: 'dead-letter', serial: 1, letter, code: 'conflict', message: 'no', attempts: 1 },
  ]);
  expect(refused.state.serials.outgoing).toBe(1);
  expect(withRefusal(EMPTY_OWNED, rest, 'conflict', 'no')).toEqual({ state: EMPTY_OWNED, outgoing: [] });
});
