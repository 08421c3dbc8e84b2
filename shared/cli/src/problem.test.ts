/** A refusal as a person reads it: what is wrong, where, what to do, and how it is found in the logs. */
import { expect, test } from 'vitest';
import { type AnswerSeen, problemFailure } from './problem.ts';

const seen = (problem: object, more: Partial<AnswerSeen> = {}) =>
  problemFailure({
    status: 422,
    contentType: 'application/problem+json',
    body: JSON.stringify(problem),
    path: '/api/v1/tenants/acme',
    ...more,
  });

test.each([
  [400, 'refused'],
  [404, 'refused'],
  [499, 'refused'],
  [500, 'failed'],
  [501, 'failed'],
  [502, 'unreachable'],
  [503, 'unreachable'],
  [504, 'unreachable'],
  [302, 'failed'],
])('status %i ends the command as %s', (status, exit) => {
  expect(seen({ code: 'x', title: 'X' }, { status })).toMatchObject({ exit, code: 'x', message: `x (${status}): X` });
});

test('the detail is told, else the title, else the status', () => {
  const said = (problem: object) => seen({ code: 'x', ...problem }).message;
  expect([said({ detail: 'D', title: 'T' }), said({ title: 'T' }), said({})]).toEqual([
    'x (422): D',
    'x (422): T',
    'x (422): status 422',
  ]);
});

test('each place of bad input is told, but one alone that the detail tells already', () => {
  const errors = [{ pointer: '/tier', message: 'is no tier' }];
  expect(seen({ code: 'invalid', detail: 'tier: is no tier', errors }).details).toEqual([]);
  expect(seen({ code: 'invalid', detail: 'see errors', errors }).details).toEqual(['/tier: is no tier']);
  const two = [...errors, { pointer: '', message: 'is no object' }];
  expect(seen({ code: 'invalid', detail: 'tier: is no tier', errors: two }).details).toEqual([
    '/tier: is no tier',
    '(body): is no object',
  ]);
});

test.each([
  ['unauthenticated', 'leasehold doctor'],
  ['protected', 'unprotect'],
  ['limits-missing', '--limits'],
])('%s says what helps, before the id that finds it in the logs', (code, hint) => {
  expect(seen({ code, title: 'T', request_id: 'r1' }).details).toEqual([
    expect.stringContaining(hint),
    'request id r1',
  ]);
});

test('a code that is known to every object has no hint', () => {
  expect(seen({ code: 'stale', title: 'T' }).details).toEqual([]);
});

test.each([
  ['/api/v1/tenants/acme', 'there is no tenant "acme", or it is not yours to see.'],
  ['/api/v1/dead-letters/dl%2F1?x=1', 'there is no dead letter "dl/1", or it is not yours to see.'],
  ['/api/v1/rollouts/r1/tenants/acme', 'there is no tenant "acme" of rollout "r1", or it is not yours to see.'],
  ['/api/v1/control', 'There is no such object, or it is not yours to see.'],
  [undefined, 'There is no such object, or it is not yours to see.'],
])('a missing object is named by whoever asked for %s', (path, message) => {
  const detail = 'There is no such object, or it is not yours to see.';
  const failure = problemFailure({
    status: 404,
    contentType: 'application/problem+json',
    body: JSON.stringify({ code: 'not-found', detail }),
    ...(path === undefined ? {} : { path }),
  });
  expect(failure.message).toBe(`not-found (404): ${message}`);
});

test('a server that names what is missing is left its words, and so is another problem', () => {
  expect(seen({ code: 'not-found', detail: 'no operation op_1' }, { status: 404 }).message).toBe(
    'not-found (404): no operation op_1',
  );
  const detail = 'There is no such object here';
  expect(seen({ code: 'conflict', detail }, { status: 409 }).message).toBe(`conflict (409): ${detail}`);
});

test.each([
  ['text/html', '<html>', 'text/html'],
  ['', '', 'nothing that says what it is'],
  ['application/json', '{"message":"other"}', 'application/json'],
])('what is no problem of ours is named, not shown: %s', (contentType, body, named) => {
  expect(problemFailure({ status: 502, contentType, body })).toMatchObject({
    exit: 'unreachable',
    code: 'status-502',
    message: `the server answered 502 with ${named}`,
    details: ['Is this a Leasehold server? Check --url, and `leasehold doctor`.'],
    body,
  });
});
