/** OpenProject's API on canned answers: lists in pages, what counts as an answer, and the API's own words for refusals. */
import { type CannedReply, type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { afterEach, expect, test } from 'vitest';
import { createOpenProjectApi, formViolation, violations } from './api.ts';

const never = new AbortController().signal;
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function apiOf(routes: CannedRoutes) {
  const server = await createCannedServer(routes);
  const api = createOpenProjectApi({ url: `${server.url}/below`, apiKey: 'the-key' });
  open.push(async () => api.close(), server.close);
  return { server, api };
}

const page = (total: number, ...elements: readonly number[]): CannedReply => ({
  body: { _type: 'Collection', total, _embedded: { elements } },
});
const error = (status: number, message = 'said', more: object = {}): CannedReply => ({
  status,
  body: { _type: 'Error', message, ...more },
});
const PATH = 'GET /below/api/v3/things';

async function listed(routes: CannedRoutes, more: object = {}) {
  const { server, api } = await apiOf(routes);
  const pages: (readonly number[])[] = [];
  for await (const each of api.list<number>({ name: 'list-things', path: '/api/v3/things', ...more }, never))
    pages.push(each);
  return {
    pages,
    queries: server.asked.map(({ path }) => Object.fromEntries(new URLSearchParams(path.split('?')[1]))),
  };
}

test('3 a list is read to its end, by ascending ids, and no page too many', async () => {
  const { pages, queries } = await listed({ [PATH]: [page(3, 1, 2), page(3, 3), page(3)] });
  expect(pages).toEqual([[1, 2], [3]]);
  expect(queries).toEqual([
    { offset: '1', pageSize: '200', filters: '[]', sortBy: '[["id","asc"]]' },
    { offset: '2', pageSize: '200', filters: '[]', sortBy: '[["id","asc"]]' },
  ]);
});

test('3 an empty page ends a list whatever total it tells, and filters and order go with each page', async () => {
  const filters = [{ active: { operator: '=', values: ['t'] } }];
  const { pages, queries } = await listed({ [PATH]: [page(9, 1), page(9)] }, { filters, newestFirst: true });
  expect(pages).toEqual([[1], []]);
  expect(queries[1]).toMatchObject({ filters: JSON.stringify(filters), sortBy: '[["id","desc"]]' });
});

test('3 a list without an end is no list', async () => {
  await expect(listed({ [PATH]: page(1e9, 1) })).rejects.toMatchObject({ class: 'Invalid', code: 'TooManyElements' });
});

const call = async (method: 'GET' | 'PATCH', reply: CannedReply, expect_?: readonly number[]) => {
  const { server, api } = await apiOf({ [`${method} /below/x`]: reply });
  const given = await api.call({ name: 'ask', method, path: '/x', ...(expect_ ? { expect: expect_ } : {}) }, never);
  return { ...given, headers: server.asked[0]?.headers };
};

test('a call is authenticated, and asks for the API’s media type even without a body', async () => {
  const { headers } = await call('GET', { body: { _type: 'Project' } });
  const authorization = `Basic ${Buffer.from('apikey:the-key').toString('base64')}`;
  expect(headers).toMatchObject({ authorization, accept: 'application/hal+json', 'content-type': 'application/json' });
});

test.each([
  ['GET', { body: { _type: 'Project' } }, undefined],
  ['PATCH', { status: 204 }, undefined],
  ['PATCH', { status: 200, body: ' ' }, undefined],
  ['GET', error(404), [404]],
  ['PATCH', error(422), [404, 422]],
  ['PATCH', { status: 302, headers: { location: '/there' } }, [302]],
] as const)('1 %s answered with %o is an answer where %j is expected', async (method, reply, expected) => {
  expect((await call(method, reply as CannedReply, expected)).status).toBe((reply as CannedReply).status ?? 200);
});

const AWAY = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };
test.each([
  ['a page for a login', 'GET', { body: '<html>' }, undefined, AWAY],
  ['nothing where something was asked for', 'GET', { body: '' }, undefined, AWAY],
  ['JSON of somebody else', 'GET', { body: { ok: true } }, undefined, AWAY],
  ['a type that is none', 'GET', { body: { _type: 7 } }, undefined, AWAY],
  ['a 404 of a proxy', 'GET', { status: 404, body: 'no route' }, [404], AWAY],
  ['an empty 404', 'PATCH', { status: 404 }, [404], AWAY],
  ['a 404 that is not expected', 'GET', error(404), [422], { class: 'Invalid', code: 'RefusedByBackend' }],
  ['a failure of the server', 'PATCH', error(500), undefined, { ...AWAY, unknownOutcome: true }],
  ['a server that is busy', 'PATCH', error(503), undefined, { ...AWAY, unknownOutcome: false }],
  ['a server that fails, though that is expected of nobody', 'GET', error(502), [404], AWAY],
  ['a wrong key', 'GET', error(401), undefined, { class: 'Unavailable', code: 'AccessDenied' }],
  ['a refusal', 'PATCH', error(422, 'Name is too long.'), undefined, { class: 'Invalid', code: 'RefusedByBackend' }],
] as const)('1 2 %s is no answer', async (_what, method, reply, expected, fault) => {
  await expect(call(method, reply as CannedReply, expected)).rejects.toMatchObject({
    backend: 'openproject',
    ...fault,
  });
});

test('what a refusal says is told', async () => {
  await expect(call('PATCH', error(422, 'Name is too long.'))).rejects.toThrow('Name is too long.');
});

const violation = (attribute: string, message: string) => ({
  _type: 'Error',
  message,
  _embedded: { details: { attribute } },
});

test('violations are read from one error or a list, and those of no attribute are none', () => {
  expect(violations(violation('identifier', 'taken'))).toEqual([{ attribute: 'identifier', message: 'taken' }]);
  const errors = [violation('name', 'long'), { message: 'no details' }, { _embedded: { details: { attribute: 'x' } } }];
  expect(violations({ _type: 'Error', _embedded: { errors } })).toEqual([
    { attribute: 'name', message: 'long' },
    { attribute: 'x', message: '' },
  ]);
  for (const none of [undefined, null, {}, { _embedded: {} }]) expect(violations(none)).toEqual([]);
});

test('a form tells what is wrong with an attribute, in words or without', () => {
  const form = { _embedded: { validationErrors: { identifier: { message: 'is taken' }, name: {} } } };
  expect(formViolation(form, 'identifier')).toBe('is taken');
  expect(formViolation(form, 'name')).toBe('refused');
  for (const [json, attribute] of [
    [form, 'other'],
    [{}, 'name'],
    [undefined, 'name'],
    [{ _embedded: {} }, 'name'],
  ] as const)
    expect(formViolation(json, attribute)).toBeUndefined();
});
