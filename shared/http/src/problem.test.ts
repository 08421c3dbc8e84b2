import { bug, conflict, invalid, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { asProblem, forbidden, invalidInput, notFound, problem, renderProblem } from './problem.ts';

const ABOUT = { instance: '/api/v1/x', requestId: 'r-1' };
const render = (error: unknown) => {
  const { body, headers } = renderProblem(asProblem(error), ABOUT);
  return { headers, body: JSON.parse(body) as Record<string, unknown> };
};

test('a problem as it leaves the process, member by member', () => {
  const error = problem('quota-exceeded', 'cpu is used up', { extra: { limit: 4, type: 'mine' } });
  expect(render(error)).toEqual({
    headers: { 'content-type': 'application/problem+json' },
    body: {
      limit: 4,
      type: '/problems/quota-exceeded',
      code: 'quota-exceeded',
      title: expect.any(String),
      status: 403,
      detail: 'Cpu is used up.',
      instance: '/api/v1/x',
      request_id: 'r-1',
    },
  });
});

test.each([
  ['too-many-requests', undefined, '2'],
  ['unavailable', undefined, '2'],
  ['unavailable', 0, '1'],
  ['unavailable', 1_000, '1'],
  ['unavailable', 1_001, '2'],
  ['conflict', undefined, undefined],
  ['conflict', 5_000, '5'],
  ['internal', undefined, undefined],
] as const)('%s with a wait of %s ms says Retry-After %s', (code, retryAfterMs, seconds) => {
  const error = problem(code, 'x', retryAfterMs === undefined ? {} : { retryAfterMs });
  expect(render(error).headers['retry-after']).toBe(seconds);
});

test('headers of a problem go over its own', () => {
  expect(render(problem('unavailable', 'x', { headers: { allow: 'GET', 'retry-after': '9' } })).headers).toEqual({
    'content-type': 'application/problem+json',
    'retry-after': '9',
    allow: 'GET',
  });
});

test('bad input is told by its only place, or by how many there are, and with each', () => {
  const [one, body] = [
    { pointer: '/a', message: 'is missing' },
    { pointer: '', message: 'expected an object' },
  ];
  expect(invalidInput([one]).message).toBe('/a: is missing');
  expect(invalidInput([body]).message).toBe('The body: expected an object');
  expect(invalidInput([one, body]).message).toBe('2 places are wrong.');
  expect(render(invalidInput([one, body])).body).toMatchObject({ status: 422, errors: [one, body] });
});

test.each([
  [conflict('x', { code: 'IdempotencyConflict' }), 'idempotency-conflict'],
  [conflict('x', { code: 'Whatever' }), 'conflict'],
  [invalid('x', { code: 'QuotaExceeded' }), 'quota-exceeded'],
  [invalid('x', { code: 'Whatever' }), 'invalid'],
  [unavailable('x', { code: 'BusUnavailable' }), 'unavailable'],
  [conflict('x', { code: 'NotFound' }), 'not-found'],
  [bug('x'), 'internal'],
  [new TypeError('x'), 'internal'],
  ['x', 'internal'],
  [forbidden(), 'forbidden'],
])('%s becomes the problem %s', (error, code) => {
  expect(asProblem(error).code).toBe(code);
});

test('1: what is ours says nothing outside and keeps its cause; a problem is itself', () => {
  const cause = new TypeError('db-host-7 said hunter2');
  const failure = asProblem(cause);
  expect(failure.message).toBe('The fault is ours, and it is in the log.');
  expect((failure.cause as Error).cause).toBe(cause);
  const own = notFound();
  expect(asProblem(own)).toBe(own);
  expect(own.cause).toBeUndefined();
  expect(problem('conflict', 'x', { cause }).cause).toBe(cause);
});

test('a fault says how long to wait, where it knows', () => {
  expect(render(unavailable('x', { code: 'X', retryAfterMs: 9_500 })).headers['retry-after']).toBe('10');
  expect(render(conflict('x', { code: 'X' })).headers['retry-after']).toBeUndefined();
});

test.each([
  ['it is so', 'It is so.'],
  ['It is so!', 'It is so!'],
  ['is it so?', 'Is it so?'],
  ['it ends. Here', 'It ends. Here.'],
  ['', '.'],
])('the detail %j is told as %j', (detail, sentence) => {
  expect(problem('conflict', detail).message).toBe(sentence);
});

test('forbidden has words of its own, or those that are given', () => {
  expect([forbidden().message, forbidden('Not so.').message, forbidden().status]).toEqual([
    'None of your roles may do this.',
    'Not so.',
    403,
  ]);
});
