import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute, pathParams } from './route.ts';

const TENANT = z.strictObject({ tier: z.enum(['free', 'starter']), tags: z.array(z.string()) });
const base = { path: '/x/{tenant_id}', summary: 'x', tags: ['x'], access: 'public' } as const;
const responses = { 200: { description: 'x', schema: TENANT }, 202: { description: 'x' } } as const;

test('a handler answers only what its route declares: the compiler says so', () => {
  const body = { tier: 'free', tags: [] } as const;
  defineRoute({ ...base, method: 'GET', responses }, (call) =>
    call.params.tenant_id === '' ? { status: 202 } : { status: 200, body },
  );
  // @ts-expect-error 201 is not declared
  defineRoute({ ...base, method: 'GET', responses }, () => ({ status: 201, body }));
  // @ts-expect-error the tier is none
  defineRoute({ ...base, method: 'GET', responses }, () => ({ status: 200, body: { tier: 'gold', tags: [] } }));
  // @ts-expect-error the body is missing
  defineRoute({ ...base, method: 'GET', responses }, () => ({ status: 200 }));
  // @ts-expect-error there is no such parameter
  defineRoute({ ...base, method: 'GET', responses }, (call) => ({ status: 202, headers: { x: call.params.other } }));
  expect(pathParams('/a/{b}/c/{d}')).toEqual(['b', 'd']);
});

test('a body that would drop unknown fields in silence does not start', () => {
  const withBody = (body: z.ZodType) => () =>
    defineRoute({ ...base, method: 'POST', request: { body }, responses }, () => ({ status: 202 }));
  expect(withBody(z.object({ a: z.string() }))).toThrow(/unknown fields/);
  expect(withBody(z.strictObject({ a: z.array(z.object({})).optional() }))).toThrow(/"\/a"/);
  expect(withBody(z.union([TENANT, z.strictObject({ b: z.record(z.string(), z.object({})) })]))).toThrow(/"\/b"/);
  expect(withBody(z.strictObject({ a: z.looseObject({}) }))).not.toThrow();
});

test('a problem is thrown, never declared; a read takes no body and no If-Match', () => {
  const define = (more: object) => () =>
    defineRoute({ ...base, method: 'GET', responses, ...more } as never, (() => ({ status: 202 })) as never);
  expect(define({ responses: { 404: { description: 'x' } } })).toThrow(/response 404 is a problem/);
  expect(define({ request: { body: TENANT } })).toThrow(/no body/);
  expect(define({ ifMatch: 'required' })).toThrow(/If-Match/);
});
