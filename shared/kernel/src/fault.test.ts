/** What a fault says of an error, and what becomes of an error that is none. */
import { expect, test } from 'vitest';
import { asFault, bug, conflict, Fault, invalid, isAbort, unavailable } from './fault.ts';

test('a fault knows nothing but what it was told', () => {
  const fault = new Fault('Conflict', 'taken', { code: 'NameTaken' });
  expect(fault).toBeInstanceOf(Error);
  expect({ ...fault, message: fault.message, cause: fault.cause }).toEqual({
    name: 'Fault',
    class: 'Conflict',
    code: 'NameTaken',
    message: 'taken',
    retryAfterMs: undefined,
    away: false,
    backend: undefined,
    unknownOutcome: false,
    cause: undefined,
  });
  expect(fault).not.toHaveProperty('cause');
});

test('all that is told of a fault is kept', () => {
  const cause = new Error('socket');
  const told = { code: 'Away', cause, retryAfterMs: 5, away: true, backend: 'store', unknownOutcome: true };
  expect(unavailable('no answer', told)).toMatchObject({ ...told, class: 'Unavailable', message: 'no answer' });
});

test('each class has its maker', () => {
  const options = { code: 'X' };
  expect(
    [invalid('', options), conflict('', options), unavailable('', options), bug('')].map((fault) => fault.class),
  ).toEqual(['Invalid', 'Conflict', 'Unavailable', 'Bug']);
  expect(bug('oh', 'why')).toMatchObject({ code: 'Bug', message: 'oh', cause: 'why' });
});

test('a fault stays itself; whatever else is thrown is a bug of ours that keeps its cause', () => {
  const fault = invalid('bad', { code: 'Bad' });
  expect(asFault(fault)).toBe(fault);
  const error = new TypeError('x is not a function');
  expect(asFault(error)).toMatchObject({
    class: 'Bug',
    message: 'unexpected error: TypeError: x is not a function',
    cause: error,
  });
  expect(asFault('text')).toMatchObject({ class: 'Bug', message: 'unexpected error: text', cause: 'text' });
});

test('an error counts as told to stop only after it was told, and only if it comes from that', () => {
  const stop = new AbortController();
  const named = Object.assign(new Error('stopped'), { name: 'AbortError' });
  const reason = new Error('drain');
  expect([isAbort(named, stop.signal), isAbort(named, undefined)]).toEqual([false, false]);
  stop.abort(reason);
  expect([isAbort(named, stop.signal), isAbort(reason, stop.signal)]).toEqual([true, true]);
  expect([isAbort(new Error('drain'), stop.signal), isAbort('AbortError', stop.signal)]).toEqual([false, false]);
});
