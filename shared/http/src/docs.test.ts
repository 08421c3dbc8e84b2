import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fixtureApp, tell } from '../test/fixture.ts';
import { docsOperation } from './docs-operation.ts';
import { docsSchema, typeWords } from './docs-schema.ts';
import { escapeHtml, htmlAnswer, prose } from './html.ts';
import type { JsonSchema } from './openapi-schema.ts';
import { defineRoute, type Route } from './route.ts';

test('what is a mark in HTML is shown as itself', () => {
  expect(escapeHtml(`<a href="x" id='y'>&amp;</a>`)).toBe(
    '&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
  );
  expect(prose('One `<b>` and **two**.\n \nThree.')).toBe(
    '<p>One <code>&lt;b&gt;</code> and <strong>two</strong>.</p><p>Three.</p>',
  );
});

test('a page allows its own style sheet by its hash and nothing else', () => {
  const { headers, body, status } = htmlAnswer('<T>', '<p>x</p>');
  const style = /<style>([\s\S]*)<\/style>/.exec(String(body))?.[1] ?? expect.unreachable();
  const hash = createHash('sha256').update(style).digest('base64');
  expect([status, headers]).toEqual([
    200,
    {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'cache-control': 'no-cache',
    },
  ]);
  expect(body).toContain('<title>&lt;T&gt;</title>');
  expect(body).toContain('</head><body><p>x</p></body></html>');
});

test.each<[JsonSchema, string]>([
  [{ enum: ['a', 'b'] }, 'one of a, b'],
  [{ const: 7 }, '7'],
  [{ $ref: '#/components/schemas/Tenant' }, 'Tenant'],
  [{ anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'string' }] }, 'string or null'],
  [{ oneOf: [{ const: 1 }, { const: 2 }] }, '1 or 2'],
  [{}, 'anything'],
  [{ type: ['number', 'null'] }, 'number or null'],
  [{ type: 'integer', minimum: 1, maximum: 9 }, 'integer, 1 to 9'],
  [{ type: 'integer', minimum: 0 }, 'integer, at least 0'],
  [{ type: 'integer', maximum: 9 }, 'integer, at most 9'],
  [{ type: 'integer', minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 }, 'integer'],
  [{ type: 'string', minLength: 1, maxLength: 9 }, 'string, 1 to 9 characters'],
  [{ type: 'string', minLength: 1 }, 'string, at least 1 characters'],
  [{ type: 'string', maxLength: 9 }, 'string, at most 9 characters'],
  [{ type: 'string', pattern: '^a$' }, 'string, ^a$'],
  [{ type: 'string', pattern: 'x'.repeat(60) }, `string, ${'x'.repeat(60)}`],
  [{ type: 'string', pattern: 'x'.repeat(61) }, 'string'],
  [{ type: 'string', format: 'uuid', pattern: '^a$' }, 'string, uuid'],
  [{ type: 'boolean', default: false }, 'boolean, default false'],
  [{ type: 'string', default: 'x' }, 'string, default "x"'],
])('%j is told as %j', (schema, words) => {
  expect(typeWords(schema)).toBe(words);
});

const row = (name: string, words: string, text = '', need = false) =>
  `<tr><td><code>${name}</code>${need ? ' <span class="need">required</span>' : ''}</td><td>${words}</td><td>${text}</td></tr>`;
const string = { type: 'string' };

test('a schema without fields is told in words, one with fields is a table of them, however deep', () => {
  expect(docsSchema({ type: 'string' }, {})).toBe('<p>string</p>');
  const inner = { type: 'object', properties: { c: { type: 'boolean' } } };
  const schema = {
    type: 'object',
    required: ['a'],
    properties: { a: { ...string, description: 'Who.' }, b: { type: 'array', items: inner }, d: inner },
  };
  expect(docsSchema(schema, {})).toBe(
    `<table>${row('a', 'string', '<p>Who.</p>', true)}${row('b', 'array')}${row('b[].c', 'boolean')}${row('d', 'object')}${row('d.c', 'boolean')}</table>`,
  );
});

test('a component is shown where it is used, under its own words where it has some there', () => {
  const components = { Part: { type: 'object', description: 'A part.', properties: { x: string } } };
  const schema = {
    type: 'object',
    properties: {
      one: { $ref: '#/components/schemas/Part' },
      two: { $ref: '#/components/schemas/Part', description: 'Mine.' },
      lost: { $ref: '#/components/schemas/Nobody' },
    },
  };
  expect(docsSchema(schema, components)).toBe(
    `<table>${row('one', 'Part', '<p>A part.</p>')}${row('one.x', 'string')}${row('two', 'Part', '<p>Mine.</p>')}${row('two.x', 'string')}${row('lost', 'Nobody')}</table>`,
  );
});

test('forms that differ are told apart; one that may be null is one form', () => {
  const form = (name: string) => ({ type: 'object', properties: { [name]: string } });
  const head = (text: string) => `<tr><th colspan="3">${text}</th></tr>`;
  expect(docsSchema({ anyOf: [form('a'), form('b')] }, {})).toBe(
    `<table>${head('form 1')}${row('a', 'string')}${head('form 2')}${row('b', 'string')}</table>`,
  );
  expect(docsSchema({ type: 'object', properties: { x: { oneOf: [form('a'), string] } } }, {})).toBe(
    `<table>${row('x', 'object or string')}${head('x form 1')}${row('x.a', 'string')}</table>`,
  );
  expect(docsSchema({ anyOf: [form('a'), { type: 'null' }] }, {})).toBe(`<table>${row('a', 'string')}</table>`);
});

test('what holds itself is shown five levels deep', () => {
  const components = { Tree: { type: 'object', properties: { n: { $ref: '#/components/schemas/Tree' } } } };
  const shown = docsSchema({ $ref: '#/components/schemas/Tree' }, components);
  expect(shown.match(/<code>/g)).toHaveLength(5);
  expect(shown).toContain('<code>n.n.n.n.n</code>');
});

const done = () => ({ status: 204 }) as const;
const base = { summary: 'Does <it>', tags: ['x'], responses: { 204: { description: 'Done.' } } } as const;
const shownOf = (route: Route): string => {
  const document = fixtureApp({ routes: [route] }).openapi();
  const operation = document.paths[route.path]?.[route.method.toLowerCase()] ?? expect.unreachable();
  return docsOperation({ method: route.method, path: route.path, operation }, document);
};
const commandOf = (route: Route): string =>
  (/<h4>Try it<\/h4><pre>([\s\S]*?)<\/pre>/.exec(shownOf(route))?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");

test('a command to copy: the path filled in, the token, what is required, the body', () => {
  expect(commandOf(defineRoute({ ...base, access: 'public', method: 'GET', path: '/x/{tenant_id}' }, done))).toBe(
    'curl -s "$LEASEHOLD_URL/x/TENANT_ID"',
  );
  const write = defineRoute(
    {
      ...base,
      access: { roles: ['service'], tenant: 'none' },
      method: 'PUT',
      path: '/x/{id}',
      ifMatch: 'required',
      request: {
        params: z.object({ id: z.string().meta({ examples: ['a7'] }) }),
        headers: z.object({ 'x-other': z.string().optional() }),
        body: z.strictObject({ a: z.string().meta({ examples: ["it's"] }) }),
      },
    },
    done,
  );
  expect(commandOf(write)).toBe(
    [
      'curl -s -X PUT "$LEASEHOLD_URL/x/a7"',
      '-H "Authorization: Bearer $LEASEHOLD_TOKEN"',
      `-H 'If-Match: "1"'`,
      "-H 'Content-Type: application/json'",
      `-d '{"a":"it'\\''s"}'`,
    ].join(' \\\n  '),
  );
});

test('an operation shows who may, what it takes and what it answers, and nothing that it has not', () => {
  const open = shownOf(defineRoute({ ...base, access: 'public', method: 'GET', path: '/x' }, done));
  expect(open).toContain(
    '<span class="verb GET">GET</span><code class="path">/x</code><span class="what">Does &lt;it&gt;</span>',
  );
  expect(open).toContain('<div class="inner" id="get_x">');
  expect(open).toContain('<h4>Who may</h4><span class="pill">no token needed</span>');
  expect(open).toContain('<tr><td>204</td><td><p>Done.</p></td></tr>');
  for (const absent of ['<h4>Parameters</h4>', '<h4>Body</h4>', 'shape and example', 'event-stream']) {
    expect(open).not.toContain(absent);
  }
  const full = shownOf(
    defineRoute(
      {
        ...base,
        description: 'At **length**.',
        access: { roles: ['service', 'tenant-user'], tenant: 'none' },
        method: 'POST',
        path: '/x',
        request: {
          query: z.object({ q: z.string().meta({ description: 'What.' }), r: z.string().optional() }),
          body: z.strictObject({ a: z.boolean() }),
        },
        responses: { 200: { description: 'It.', schema: z.strictObject({ b: z.boolean() }), events: z.number() } },
      },
      () => ({ status: 200, body: { b: true } }),
    ),
  );
  expect(full).toContain('<p>At <strong>length</strong>.</p>');
  expect(full).toContain('<span class="pill">service</span><span class="pill">tenant-user</span>');
  expect(full).toContain(
    '<tr><td><code>q</code> <span class="need">required</span></td><td>query</td><td>string</td><td><p>What.</p></td></tr><tr><td><code>r</code></td><td>query</td><td>string</td><td></td></tr>',
  );
  expect(full).toContain(
    `<h4>Body</h4><table>${row('a', 'boolean', '', true)}</table><pre>{\n  &quot;a&quot;: true\n}</pre>`,
  );
  expect(full).toContain(
    `<tr><td>200</td><td><p>It.</p> <span class="pill">also as text/event-stream</span><details><summary>shape and example</summary><table>${row('b', 'boolean', '', true)}</table><pre>{\n  &quot;b&quot;: true\n}</pre></details></td></tr>`,
  );
  expect(full).toContain(
    '<tr><td>401</td><td><a class="pill" href="/problems/unauthenticated">unauthenticated</a></td></tr>',
  );
});

test('the page lists operations under the first of their tags, in the navigation too, and no tag without any', async () => {
  const tagged = (path: string, tags: readonly [string, ...string[]]) =>
    defineRoute({ ...base, access: 'public', method: 'GET', path, tags }, done);
  const routes = [tagged('/api/v1/b', ['B & C', 'Other']), tagged('/api/v1/a', ['A'])];
  const { text } = await tell(fixtureApp({ routes, description: 'What `it` is.' }), 'GET /docs/plain');
  const tags = [...text.matchAll(/<h2 class="tag">([^<]*)<\/h2>/g)].map(([, name]) => name);
  expect(tags).toEqual(['B &amp; C', 'A', 'Process']);
  expect(text).toContain(
    '<nav><strong>Fixture</strong><h2>B &amp; C</h2><a href="#get_b"><span class="verb GET">GET</span>/b</a><h2>A</h2><a href="#get_a">',
  );
  expect(text).toContain('<h1>Fixture <small class="what">1.0.0</small></h1>\n<p>What <code>it</code> is.</p>');
  for (const path of ['/openapi.json', '/problems', '/health', '/ready', '/metrics']) {
    expect(text).toContain(`<a href="${path}">`);
  }
});

test('problems for browsers: a table of all, and a page of each; JSON for others', async () => {
  const app = fixtureApp();
  const html = { headers: { accept: 'text/html,*/*' } };
  const all = await tell(app, 'GET /problems', html);
  expect(all.text).toContain(
    '<tr><td>404</td><td><a href="/problems/not-found"><code>not-found</code></a></td><td>Not found</td></tr>',
  );
  const { items } = (await tell(app, 'GET /problems')).json as { items: readonly object[] };
  expect(items).toContainEqual({
    type: '/problems/not-found',
    code: 'not-found',
    status: 404,
    title: 'Not found',
    description: expect.any(String),
  });
  expect(all.text.match(/<tr><td>/g)).toHaveLength(items.length);
  const one = await tell(app, 'GET /problems/not-found', html);
  expect(one.text).toContain('<title>Not found</title>');
  expect(one.text).toContain('<p class="what">404 <code>not-found</code></p><h1>Not found</h1><p>');
  expect((await tell(app, 'GET /problems/never', html)).status).toBe(404);
});

test('who asks for nothing is led to the documentation', async () => {
  const answer = await tell(fixtureApp(), 'GET /');
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
});
