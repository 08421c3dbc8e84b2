import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp } from '../test/fixture.ts';
import { defineRoute, type Route } from './route.ts';

const documentOf = (...routes: readonly Route[]) => fixtureApp({ routes }).openapi();
const operationOf = (path: string, method: string, ...routes: readonly Route[]) => {
  const operation = (routes.length === 0 ? fixtureApp().openapi() : documentOf(...routes)).paths[path]?.[method];
  return operation ?? expect.unreachable();
};

/** The codes of each status that an operation may answer with. */
const problemsOf = (operation: ReturnType<typeof operationOf>): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(operation.responses).flatMap(([status, response]) => {
      const content = (response['content'] ?? {}) as Record<string, { readonly examples?: object }>;
      const examples = content['application/problem+json']?.examples;
      return examples === undefined ? [] : [[status, Object.keys(examples)]];
    }),
  );

const base = { summary: 'Does it', tags: ['x'], responses: { 204: { description: 'Done.' } } } as const;
const free = { ...base, access: 'public' } as const;
const bound = { ...base, access: { roles: ['service'], tenant: 'none' } } as const;
const done = () => ({ status: 204 }) as const;

test('an operation of a route, member by member', () => {
  const { responses, ...operation } = operationOf('/api/v1/tenants/{tenant_id}', 'get');
  expect(operation).toEqual({
    operationId: 'get_tenants_by_tenant_id',
    summary: 'Read a tenant',
    tags: ['tenants'],
    security: [{ bearer: [] }],
    'x-access': {
      roles: ['platform-admin', 'platform-viewer', 'tenant-admin', 'tenant-user', 'service'],
      tenant: 'path:tenant_id',
    },
    parameters: [{ name: 'tenant_id', in: 'path', required: true, schema: { type: 'string' } }],
  });
  expect(responses['200']).toEqual({
    description: 'The tenant.',
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Tenant' },
        example: { tenant_id: 'text', tier: 'free', pods: 3 },
      },
      'text/event-stream': { schema: { $ref: '#/components/schemas/Tenant' } },
    },
  });
});

test('a body is said to be needed, with its shape and an example; a POST takes a key', () => {
  const { parameters, requestBody } = operationOf('/api/v1/provision', 'post');
  expect(requestBody).toEqual({
    required: true,
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/TenantInput' },
        example: { tenant_id: 'text', tier: 'free', pods: 3 },
      },
    },
  });
  expect(parameters).toEqual([
    {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key and body: the first answer again, for 24 hours.',
      schema: { type: 'string' },
    },
  ]);
});

test('a write that needs a version says so', () => {
  const { parameters } = operationOf('/api/v1/tenants/{tenant_id}/quota', 'put');
  expect(parameters.map((each) => [each.name, each.in, each.required])).toEqual([
    ['tenant_id', 'path', true],
    ['If-Match', 'header', true],
  ]);
});

test('a route’s own words and examples go before what is made up', () => {
  const request = { body: z.strictObject({ a: z.number() }).optional() };
  const responses = { 200: { description: 'It.', schema: z.number(), example: 7 }, 202: { description: 'Started.' } };
  const route = defineRoute(
    { ...bound, method: 'POST', path: '/x', description: 'At **length**.', request, responses, example: { a: 9 } },
    () => ({ status: 202 }),
  );
  const operation = operationOf('/x', 'post', route);
  expect(operation.description).toBe('At **length**.');
  expect(operation.requestBody).toMatchObject({
    required: false,
    content: { 'application/json': { example: { a: 9 } } },
  });
  expect(operation.responses['200']).toMatchObject({ content: { 'application/json': { example: 7 } } });
  expect(operation.responses['202']).toEqual({ description: 'Started.' });
});

test('parameters of path, query and header, each as what it means and with what it is when it is left out', () => {
  const request = {
    params: z.object({ id: z.string().regex(/^a/) }),
    query: z.object({ on: z.string().default('yes'), at: z.string().meta({ description: 'When.' }) }),
    headers: z.object({ 'x-reason': z.string().optional() }),
  };
  const route = defineRoute({ ...free, method: 'GET', path: '/x/{id}', request }, done);
  expect(operationOf('/x/{id}', 'get', route).parameters).toEqual([
    { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^a' } },
    { name: 'on', in: 'query', required: false, schema: { type: 'string', default: 'yes' } },
    { name: 'at', in: 'query', required: true, description: 'When.', schema: { type: 'string' } },
    { name: 'x-reason', in: 'header', required: false, schema: { type: 'string' } },
  ]);
});

test.each([
  ['GET', '/', 'get'],
  ['GET', '/api/v1/x', 'get_x'],
  ['DELETE', '/api/v1/x/{tenant_id}/users/{user_id}', 'delete_x_by_tenant_id_users_by_user_id'],
  ['GET', '/.well-known/jwks.json', 'get__well_known_jwks_json'],
  ['POST', '/a-b', 'post_a_b'],
] as const)('%s %s is called %s', (method, path, id) => {
  const route = defineRoute({ ...free, method, path }, done);
  expect(operationOf(path, method.toLowerCase(), route).operationId).toBe(id);
});

test('problems follow from what a route declares', () => {
  const read = defineRoute({ ...free, method: 'GET', path: '/x' }, done);
  expect(problemsOf(operationOf('/x', 'get', read))).toEqual({
    422: ['invalid'],
    500: ['internal'],
    503: ['unavailable'],
  });
  const restricted = defineRoute({ ...bound, method: 'GET', path: '/x' }, done);
  expect(problemsOf(operationOf('/x', 'get', restricted))).toEqual({
    401: ['unauthenticated'],
    403: ['forbidden'],
    422: ['invalid'],
    429: ['too-many-requests'],
    500: ['internal'],
    503: ['unavailable'],
  });
  const write = defineRoute(
    {
      ...bound,
      method: 'POST',
      path: '/x/{id}',
      ifMatch: 'required',
      request: { body: z.strictObject({}), query: z.object({ cursor: z.string().optional() }) },
      problems: ['quota-exceeded', 'conflict', 'no such code'],
    },
    done,
  );
  expect(problemsOf(operationOf('/x/{id}', 'post', write))).toEqual({
    400: ['malformed-json', 'bad-cursor'],
    401: ['unauthenticated'],
    403: ['forbidden', 'quota-exceeded'],
    404: ['not-found'],
    409: ['idempotency-conflict', 'conflict'],
    412: ['precondition-failed'],
    413: ['payload-too-large'],
    415: ['unsupported-media-type'],
    422: ['invalid'],
    428: ['precondition-required'],
    429: ['too-many-requests'],
    500: ['internal'],
    503: ['unavailable'],
  });
});

test.each([
  ['body', { tenant: 'body:a' }, true],
  ['list', { tenant: 'list' }, false],
  ['none', { tenant: 'none' }, false],
  ['loaded', { tenant: 'loaded' }, true],
])('a route whose tenant is named by %s may answer that there is none: %s', (_, tenant, may) => {
  const access = { roles: ['service'], ...tenant } as const;
  const request = { body: z.strictObject({ a: z.string() }) };
  const route = defineRoute({ ...base, method: 'PUT', path: '/x', request, access } as never, done as never);
  expect('404' in problemsOf(operationOf('/x', 'put', route))).toBe(may);
});

test('a key is honoured on a restricted POST that does not decline it, and only there', () => {
  const takesKey = (route: Route, method: string) => {
    const operation = operationOf('/x', method, route);
    const named = operation.parameters.some(({ name }) => name === 'Idempotency-Key');
    expect('409' in problemsOf(operation)).toBe(named);
    return named;
  };
  expect(takesKey(defineRoute({ ...bound, method: 'POST', path: '/x' }, done), 'post')).toBe(true);
  expect(takesKey(defineRoute({ ...bound, method: 'POST', path: '/x', idempotent: false }, done), 'post')).toBe(false);
  expect(takesKey(defineRoute({ ...bound, method: 'PUT', path: '/x' }, done), 'put')).toBe(false);
  expect(takesKey(defineRoute({ ...free, method: 'POST', path: '/x' }, done), 'post')).toBe(false);
});

test('a problem in the document is shaped as one that is answered', () => {
  const { responses } = operationOf('/api/v1/provision', 'post');
  expect(responses['429']).toEqual({
    description: 'Too many requests',
    headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: {
          'too-many-requests': {
            value: {
              type: '/problems/too-many-requests',
              code: 'too-many-requests',
              title: 'Too many requests',
              status: 429,
              detail: expect.any(String),
              instance: '/api/v1/provision',
              request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
            },
          },
        },
      },
    },
  });
  expect(responses['503']).toHaveProperty('headers.Retry-After');
  for (const status of ['401', '409', '422', '500']) expect(responses[status]).not.toHaveProperty('headers');
  expect(JSON.stringify(responses['422'])).toContain('"pointer"');
  expect(JSON.stringify(responses['409'])).not.toContain('"pointer"');
});

test('several codes of one status share an answer that names them all', () => {
  const route = defineRoute({ ...bound, method: 'PUT', path: '/x', problems: ['quota-exceeded'] }, done);
  expect(operationOf('/x', 'put', route).responses['403']?.['description']).toBe('Role too weak, or: Quota exceeded');
});
