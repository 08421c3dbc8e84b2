import { seededRng, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createExchange } from './exchange.ts';
import type { ProblemError } from './problem.ts';
import { checkRequest, inputSchemas, inputText, parseQuery } from './request-input.ts';
import { defineRoute } from './route.ts';

const exchangeOf = (path = '/', headers: Record<string, string> = {}) =>
  createExchange(new Request(`http://x${path}`, { headers }), silentLog, seededRng(1));

test.each<[string, object]>([
  ['', {}],
  ['a=1&b=', { a: '1', b: '' }],
  ['a=1&a=2', { a: ['1', '2'] }],
  ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
  ['a=x%20y+z', { a: 'x y z' }],
])('the query %j reads as %j', (search, query) => {
  expect(parseQuery(search)).toEqual(query);
});

test('names that mean something to JavaScript are names like others', () => {
  const query = parseQuery('__proto__=1&constructor=2&toString=3&toString=4');
  expect(Object.entries(query)).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
    ['toString', ['3', '4']],
  ]);
  expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
});

const base = { summary: 'x', tags: ['x'], access: 'public', responses: { 204: { description: 'x' } } } as const;
const full = inputSchemas(
  defineRoute(
    {
      ...base,
      method: 'POST',
      path: '/x/{id}',
      request: {
        params: z.object({ id: z.string().regex(/^[a-z]+$/) }),
        query: z.object({ limit: z.string().optional() }),
        headers: z.object({ 'x-reason': z.string().min(3) }),
        body: z.strictObject({ a: z.number() }),
      },
    },
    () => ({ status: 204 }),
  ),
);
const raw = { params: { id: 'x' }, query: {}, body: { a: 1 } };
const refusal = (work: () => unknown): ProblemError => {
  try {
    work();
  } catch (error) {
    return error as ProblemError;
  }
  return expect.unreachable();
};

test('what fits comes as its schemas made it, headers by the names that they have there', () => {
  expect(checkRequest(full, raw, exchangeOf('/', { 'X-Reason': 'because', 'x-other': '1' }))).toEqual({
    params: { id: 'x' },
    query: {},
    headers: { 'x-reason': 'because' },
    body: { a: 1 },
  });
});

test('mistakes of query, headers and body are told at once, each by its place', () => {
  const given = { params: { id: 'x' }, query: { other: '1' }, body: { a: 'x' } };
  expect(refusal(() => checkRequest(full, given, exchangeOf('/', { 'x-reason': 'no' })))).toMatchObject({
    code: 'invalid',
    message: '3 places are wrong.',
    options: {
      errors: [{ pointer: '/query/other' }, { pointer: '/headers/x-reason' }, { pointer: '/a' }],
    },
  });
});

test('a path that nothing can be called is not found, whatever else is wrong', () => {
  const given = { params: { id: '7' }, query: { other: '1' }, body: {} };
  expect(refusal(() => checkRequest(full, given, exchangeOf())).code).toBe('not-found');
});

test('a route that asks for nothing takes any name in its path, no query, and gives its handler nothing', () => {
  const bare = inputSchemas(defineRoute({ ...base, method: 'GET', path: '/x/{id}' }, () => ({ status: 204 })));
  const check = (given: object) =>
    checkRequest(bare, { params: { id: 'x' }, query: {}, body: undefined, ...given }, exchangeOf());
  expect(check({})).toEqual({ params: { id: 'x' }, query: {}, headers: {}, body: undefined });
  expect(check({ params: { id: 'x'.repeat(256) } }).params).toEqual({ id: 'x'.repeat(256) });
  expect(refusal(() => check({ params: { id: 'x'.repeat(257) } })).code).toBe('not-found');
  expect(refusal(() => check({ params: { id: '' } })).code).toBe('not-found');
  expect(refusal(() => check({ query: { a: '1' } })).code).toBe('invalid');
});

test('a key of idempotency is bound to path, query and body, whatever the order of the fields', () => {
  const text = (path: string, body?: unknown) => inputText(exchangeOf(path), body);
  expect(text('/x?y=1', { a: 1, b: 2 })).toBe(text('/x?y=1', { b: 2, a: 1 }));
  const others = [text('/x'), text('/x?y=1'), text('/z'), text('/x', {}), text('/x', []), text('/x?y=1', {})];
  expect(new Set(others).size).toBe(others.length);
  expect(text('/x')).toBe(text('/x', null));
});
