import { expect, test } from 'vitest';
import { fixtureApp, ROUTES, tell } from '../test/fixture.ts';
import { routeName } from './route.ts';

const document = fixtureApp().openapi();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

test('every route is in the document, with an id of its own, its problems and an example for its body', () => {
  const names = operations.map(({ name }) => name);
  for (const route of ROUTES) expect(names).toContain(routeName(route));
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { name, operation } of operations.filter(({ operation: { security } }) => security.length > 0)) {
    for (const status of ['401', '403', '422', '429', '500', '503'])
      expect(Object.keys(operation.responses), name).toContain(status);
    const body = operation.requestBody?.content['application/json'];
    if (body !== undefined) expect(body.example, name).toBeDefined();
  }
});

test('what is taken and what is given are two components where a default makes them differ', () => {
  const { schemas } = document.components as unknown as Record<
    string,
    Record<string, { readonly required: readonly string[] }>
  >;
  expect(schemas?.TenantInput?.required).toEqual(['tenant_id', 'tier']);
  expect(schemas?.Tenant?.required).toEqual(['tenant_id', 'tier', 'pods']);
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1],
  );
  expect(references.length).toBeGreaterThan(3);
  for (const name of references) expect(Object.keys(document.components.schemas ?? {})).toContain(name);
});

test('a query parameter is documented as what it means, not as the text it comes as', () => {
  const list = document.paths['/api/v1/tenants']?.get;
  const limit = list?.parameters.find(({ name }) => name === 'limit');
  expect(limit).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  });
});

test('the plain documentation is one page that asks nothing of any other host', async () => {
  const page = await tell(fixtureApp(), 'GET /docs/plain');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; img-src data:; style-src 'sha256-/);
  expect(page.text).not.toMatch(/<script|src=|https?:\/\/(?!example)/);
  for (const route of ROUTES) expect(page.text).toContain(route.summary);
});

test('a command to copy has no place left to fill in but the address and the token', async () => {
  const page = await tell(fixtureApp(), 'GET /docs/plain');
  const commands = [...page.text.matchAll(/<pre>(curl[^<]*)<\/pre>/g)].map((match) => match[1] ?? '');
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) expect(command.split('\n')[0]).not.toMatch(/[{}]/);
});

test('a problem has a page for browsers and JSON for others', async () => {
  const app = fixtureApp();
  expect((await tell(app, 'GET /problems/not-found', { headers: { accept: 'text/html' } })).text).toContain(
    '<h1>Not found</h1>',
  );
  expect((await tell(app, 'GET /problems/not-found')).json).toMatchObject({ code: 'not-found', status: 404 });
  expect((await tell(app, 'GET /problems/never')).status).toBe(404);
});
