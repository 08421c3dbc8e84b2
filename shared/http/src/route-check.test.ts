import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute } from './route.ts';

const RIGHT = {
  method: 'POST',
  path: '/api/v1/x/{tenant_id}',
  summary: 'x',
  tags: ['x'],
  access: { roles: ['service'], tenant: 'path:tenant_id' },
  request: { query: z.object({ tenant: z.string() }), body: z.strictObject({ a: z.number() }) },
  responses: { 204: { description: 'x' } },
} as const;

const define = (more: object) => () => defineRoute({ ...RIGHT, ...more } as never, (() => ({ status: 204 })) as never);
const access = (tenant: unknown, more: object = {}) => ({ access: { roles: ['service'], tenant }, ...more });

test.each([
  {},
  { path: '/', access: 'public' },
  { path: '/.well-known/jwks.json', access: 'public' },
  { path: '/a-b/c_d/{x}', access: 'public' },
  { responses: { 200: { description: 'x' }, 399: { description: 'x' } } },
  { ifMatch: 'required' },
  access('id:tenant_id'),
  access('query:tenant'),
  access('body:a'),
  access(['path:tenant_id', 'query:tenant', 'body:a']),
  access('none', { method: 'GET', request: {} }),
  access('list'),
  access('loaded'),
])('the route with %j starts', (more) => {
  expect(define(more)).not.toThrow();
});

test.each<[object, RegExp]>([
  [{ path: 'api' }, /path is not well-formed/],
  [{ path: '/Api', access: 'public' }, /path is not well-formed/],
  [{ path: '/a//b', access: 'public' }, /path is not well-formed/],
  [{ path: '/a/', access: 'public' }, /path is not well-formed/],
  [{ path: '/{X}', access: 'public' }, /path is not well-formed/],
  [{ path: '/a{x}', access: 'public' }, /path is not well-formed/],
  [{ responses: {} }, /has no responses/],
  [{ responses: { 199: { description: 'x' } } }, /response 199 is a problem/],
  [{ responses: { 204: { description: 'x' }, 400: { description: 'x' } } }, /response 400 is a problem/],
  [{ ifMatch: 'required', method: 'GET', request: {} }, /a read cannot require If-Match/],
  [{ method: 'GET' }, /a GET has no body/],
  [access('path:other'), /names the path parameter other/],
  [access('id:other'), /names the path parameter other/],
  [access('query:other'), /names the query parameter other/],
  [access('query:tenant', { request: {} }), /names the query parameter tenant/],
  [access('body:a', { request: {} }), /names a body field, but there is no body/],
  [access(['path:tenant_id', 'query:other']), /names the query parameter other/],
  [{ access: { roles: ['service', 'cook'], tenant: 'none' } }, /unknown role "cook"/],
])('the route with %j does not, and says its name', (more, why) => {
  expect(define(more)).toThrow(why);
  expect(define(more)).toThrow(/^route (GET|POST) /);
});

const withBody = (body: z.ZodType) => define({ request: { query: z.object({ tenant: z.string() }), body } });
const loose = z.object({ b: z.string() });
interface Tree {
  readonly [name: string]: Tree | string;
}
const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ next: tree }) as unknown as z.ZodType<Tree>);
const looseTree: z.ZodType = z.lazy(() => z.strictObject({ next: looseTree.optional(), leaf: loose }));

test.each<[string, z.ZodType, string]>([
  ['itself', loose, ''],
  ['in a field', z.strictObject({ a: z.strictObject({ c: loose }) }), '/a/c'],
  ['in a list', z.strictObject({ a: z.array(loose) }), '/a'],
  [
    'in what may be absent, null or has a default',
    z.strictObject({ a: loose.nullable().optional().default(null) }),
    '/a',
  ],
  ['in one of several', z.strictObject({ a: z.union([z.string(), loose]) }), '/a'],
  ['in both of two', z.strictObject({ a: z.intersection(z.strictObject({}), loose) }), '/a'],
  ['on the other side', z.strictObject({ a: z.intersection(loose, z.strictObject({})) }), '/a'],
  ['in a record', z.strictObject({ a: z.record(z.string(), loose) }), '/a'],
  ['before a change', z.strictObject({ a: loose.transform((value) => value.b) }), '/a'],
  ['in what refers to itself', looseTree, '/leaf'],
])('a body with an object that drops unknown fields, %s, does not start and tells where', (_label, body, pointer) => {
  expect(withBody(body)).toThrow(`the body's object at "${pointer}" drops unknown fields`);
});

test('a body that refers to itself, is strict or loose on purpose, starts', () => {
  expect(withBody(tree)).not.toThrow();
  expect(withBody(z.looseObject({ a: z.strictObject({}) }))).not.toThrow();
  expect(withBody(z.strictObject({ a: z.string().optional(), c: z.literal(1) }))).not.toThrow();
});
