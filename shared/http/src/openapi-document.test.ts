import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, tell } from '../test/fixture.ts';
import { FRAMEWORK_PATHS } from './openapi-pages.ts';
import { PROBLEM_SCHEMA } from './openapi-problem.ts';
import { createSchemaTable } from './openapi-schema.ts';

test('the document says what it is, where it is served and how a caller is known', () => {
  const { paths, components, ...head } = fixtureApp({ description: 'What it is.' }).openapi();
  expect(head).toEqual({
    openapi: '3.1.0',
    info: { title: 'Fixture', version: '1.0.0', description: 'What it is.' },
    servers: [{ url: '/' }],
    tags: ['tenants', 'policies', 'quota', 'Process'].map((name) => ({ name })),
  });
  expect(components['securitySchemes']?.['bearer']).toMatchObject({
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  expect(Object.keys(paths['/api/v1/tenants/{tenant_id}'] ?? {})).toEqual(['get']);
  expect('description' in fixtureApp().openapi().info).toBe(false);
});

test('two routes of one path stand beside each other', async () => {
  const app = fixtureApp();
  const [read] = app.routes;
  const both = fixtureApp({ routes: [...app.routes, { ...(read as (typeof app.routes)[number]), method: 'DELETE' }] });
  expect(Object.keys(both.openapi().paths['/api/v1/tenants/{tenant_id}'] ?? {})).toEqual(['get', 'delete']);
});

test('it is made once, and served as it is', async () => {
  const app = fixtureApp();
  expect(app.openapi()).toBe(app.openapi());
  const answer = await tell(app, 'GET /openapi.json');
  expect(answer.json).toEqual(JSON.parse(JSON.stringify(app.openapi())));
  expect([answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
    'application/json',
    'no-cache',
  ]);
});

test('the pages of the process are in it: without a token, under a tag of their own', () => {
  const pages = Object.entries(FRAMEWORK_PATHS).map(([path, { get }]) => [
    path,
    get.operationId,
    Object.keys(get.responses),
  ]);
  expect(pages).toEqual([
    ['/health', 'get_health', ['200', '503']],
    ['/ready', 'get_ready', ['200', '503']],
    ['/metrics', 'get_metrics', ['200']],
    ['/problems', 'get_problems', ['200']],
    ['/problems/{code}', 'get_problem', ['200', '404']],
  ]);
  for (const { get } of Object.values(FRAMEWORK_PATHS)) {
    expect(get).toMatchObject({ tags: ['Process'], security: [] });
  }
  expect(FRAMEWORK_PATHS['/problems/{code}'].get.parameters).toMatchObject([
    { name: 'code', in: 'path', required: true, schema: { type: 'string' } },
  ]);
});

/** What a page answers fits what the document says of it. */
test.each(['/health', '/ready'] as const)('what %s answers has the members that the document says', async (path) => {
  const backends = { minio: { state: 'degraded', latency_ms: null, message: 'slow' } } as const;
  const app = fixtureApp({ ready: async () => ({ ready: true, backends }) });
  const schema = z.fromJSONSchema(
    (
      FRAMEWORK_PATHS[path].get.responses['200'] as unknown as {
        content: { 'application/json': { schema: Parameters<typeof z.fromJSONSchema>[0] } };
      }
    ).content['application/json'].schema,
  );
  const { json } = await tell(app, `GET ${path}`);
  expect(schema.safeParse(json).success).toBe(true);
  for (const wrong of [{}, { ...json, status: 'x' }]) expect(schema.safeParse(wrong).success).toBe(false);
});

test('a backend in the document has one of the four states', () => {
  const text = JSON.stringify(FRAMEWORK_PATHS['/ready']);
  expect(text).toContain('"enum":["up","degraded","down","skipped"]');
  expect(text).toContain('"required":["state","latency_ms"]');
});

test('a problem that is answered has the members that the document says, of their types', async () => {
  // zod takes a reference for an address, which it is not.
  const text = JSON.stringify(PROBLEM_SCHEMA).replace('"format":"uri-reference",', '');
  const schema = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
  const { json } = await tell(fixtureApp(), 'GET /problems/never');
  expect(schema.safeParse(json).success).toBe(true);
  for (const name of ['type', 'code', 'title', 'status', 'detail', 'instance', 'request_id']) {
    const { [name]: _, ...without } = json;
    expect(schema.safeParse(without).success, name).toBe(false);
    expect(schema.safeParse({ ...json, [name]: {} }).success, name).toBe(false);
  }
  expect(schema.safeParse({ ...json, code: 'no such code' }).success).toBe(false);
  expect(schema.safeParse({ ...json, errors: [{ pointer: '/a', message: 'x' }] }).success).toBe(true);
  expect(schema.safeParse({ ...json, errors: [{ pointer: '/a' }] }).success).toBe(false);
});

const withDefault = z.strictObject({ n: z.number().default(1) }).meta({ id: 'Thing' });
const outer = z.strictObject({ things: z.array(withDefault) }).meta({ id: 'Outer' });

test('a schema with an id is a component, in its two forms where a default makes them differ', () => {
  const table = createSchemaTable();
  expect(table.output(outer)).toEqual({ $ref: '#/components/schemas/Outer' });
  expect(table.input(z.strictObject({ of: withDefault }))).toMatchObject({
    properties: { of: { $ref: '#/components/schemas/ThingInput' } },
  });
  expect(Object.keys(table.components).toSorted()).toEqual(['Outer', 'Thing', 'ThingInput']);
  expect(table.components['Outer']).toMatchObject({
    properties: { things: { items: { $ref: '#/components/schemas/Thing' } } },
  });
  expect(table.components['Thing']).toMatchObject({ required: ['n'] });
  expect(table.components['ThingInput']).not.toHaveProperty('required');
});

test('a schema without an id is where it is used, and names no dialect', () => {
  const table = createSchemaTable();
  expect(table.input(z.number())).toEqual({ type: 'number' });
  expect(table.components).toEqual({});
});

test('a component is one however often it is used; two that differ under one id are refused', () => {
  const table = createSchemaTable();
  const thing = (type: z.ZodType) => z.strictObject({ a: type }).meta({ id: 'Same' });
  table.output(z.strictObject({ x: thing(z.string()) }));
  const second = z.strictObject({ a: z.string() });
  table.output(z.strictObject({ x: z.strictObject({ y: second }) }));
  expect(Object.keys(table.components)).toEqual(['Same']);
});
