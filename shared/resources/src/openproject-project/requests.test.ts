/** What OpenProject is sent, against a file written by hand, and how its answers go on. */
import type { Ref } from '@leasehold/engine';
import { type CannedReply, type CannedRoutes, createCannedServer } from '@leasehold/testing/fakes/canned-server';
import { goldenRequests, sentLike } from '@leasehold/testing/fakes/golden-requests';
import { hastyScope, scope } from '@leasehold/testing/suites/provider-steps';
import { afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createOpenProjectApi } from './api.ts';
import { createProject } from './creation.ts';
import { marked, markIn, released } from './mark.ts';
import { findProject, readProject, rolesByGroup, setMembership } from './records.ts';
import { projectSpec } from './spec.ts';

const ref: Ref = { kind: 'openproject-project', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'starter' };
const { signal } = scope();
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const collection = (...elements: readonly object[]): CannedReply => ({
  body: { _type: 'Collection', total: elements.length, _embedded: { elements } },
});
const done: CannedReply = { status: 201, body: { _type: 'Project' } };
const membership = (id: number, href: string, title: string, roles: readonly string[]) => ({
  id,
  _links: { principal: { href, title }, roles: roles.map((role) => ({ href: '', title: role })) },
});
const refused = (...attributes: readonly string[]): CannedReply => ({
  status: 422,
  body: {
    _type: 'Error',
    message: 'several',
    _embedded: {
      errors: attributes.map((attribute) => ({
        message: `${attribute} is bad`,
        _embedded: { details: { attribute } },
      })),
    },
  },
});

async function apiOf(routes: CannedRoutes) {
  const server = await createCannedServer({
    'GET /api/v3/roles': collection({ id: 3, name: 'Reader' }, { id: 4, name: 'Admin' }),
    'GET /api/v3/groups': collection({ id: 6, name: 'Reader' }, { id: 7, name: 'Staff' }),
    'GET /api/v3/memberships': collection(
      membership(88, '/api/v3/users/7', 'Staff', ['Admin']),
      membership(90, '/api/v3/groups/9', 'Support', ['Admin', 'Reader']),
    ),
    ...routes,
  });
  const api = createOpenProjectApi({ url: server.url, apiKey: 'k', around: labelled });
  open.push(async () => api.close(), server.close);
  return { server, api };
}

const [empty, group, other, copy] = goldenRequests(new URL('./fixtures/project.http', import.meta.url));
const golden = (...named: readonly (typeof empty)[]) => named.filter((one) => one !== undefined);
const make = (api: Awaited<ReturnType<typeof apiOf>>['api'], more: object = {}, within = hastyScope()) =>
  createProject(api, ref, projectSpec.parse(more), within.clock, signal);

test('1 an empty project is made by the call of the file', async () => {
  const { server, api } = await apiOf({ 'POST /api/v3/projects': done });
  expect(await make(api)).toBeUndefined();
  expect(sentLike(golden(empty), server.effects())).toEqual(golden(empty));
});

test('a membership is made with the group’s and roles’ ids, a user of the same name left alone', async () => {
  const { server, api } = await apiOf({
    'POST /api/v3/memberships': { status: 201, body: { _type: 'Membership' } },
    'PATCH /api/v3/memberships/90': { body: { _type: 'Membership' } },
  });
  await setMembership(api, 31, { group: 'Staff', roles: ['Admin', 'Reader'] }, signal);
  await setMembership(api, 31, { group: 'Support', roles: ['Reader'] }, signal);
  expect(sentLike(golden(group, other), server.effects())).toEqual(golden(group, other));
  const asked = server.asked.find(({ path }) => path.startsWith('/api/v3/memberships'));
  expect(new URLSearchParams(asked?.path.split('?')[1]).get('filters')).toBe(
    '[{"project":{"operator":"=","values":["31"]}}]',
  );
});

test('groups and roles that the server has not are told by their sort', async () => {
  const { server, api } = await apiOf({});
  const set = (name: string, roles: readonly string[]) => setMembership(api, 1, { group: name, roles }, signal);
  await expect(set('Staff', ['Emperor'])).rejects.toMatchObject({ class: 'Invalid', code: 'RoleUnknown' });
  await expect(set('Nobody', ['Reader'])).rejects.toMatchObject({ class: 'Invalid', code: 'GroupUnknown' });
  expect(server.effects()).toEqual([]);
});

test('roles are told by group, in order, and of users nothing', () => {
  const found = [
    membership(1, '/api/v3/users/1', 'eve', ['Admin']),
    membership(2, '/api/v3/groups/2', 'Staff', ['Reader', 'Admin']),
  ];
  expect(rolesByGroup(found)).toEqual({ Staff: ['Admin', 'Reader'] });
});

const TEMPLATE = { id: 12, identifier: 'shop' };
const copies = (answer: CannedReply, jobs: CannedReply | readonly CannedReply[] = done): CannedRoutes => ({
  'GET /api/v3/projects': collection({ id: 11, identifier: 'shop-2' }, TEMPLATE),
  'POST /api/v3/projects/12/copy': answer,
  'GET /api/v3/job_statuses/ab-1': jobs,
});
const started: CannedReply = { status: 302, headers: { location: 'http://x.example/api/v3/job_statuses/ab-1' } };
const job = (status: string, message: string | null = null): CannedReply => ({
  body: { _type: 'JobStatus', status, message },
});

test('3 a template is copied by the call of the file, and waited for', async () => {
  const { server, api } = await apiOf(copies(started, [job('in_queue'), job('in_process'), job('success')]));
  const within = hastyScope();
  expect(await make(api, { template: 'shop', public: true, access: 'withdrawn' }, within)).toBeUndefined();
  expect(sentLike(golden(copy), server.effects())).toEqual(golden(copy));
  expect(within.sleptMs).toEqual([500, 500]);
});

test.each([
  ['failure', 'out of space', 'out of space'],
  ['error', null, 'error'],
  ['cancelled', null, 'cancelled'],
])('3 a copy that ended in %s says so', async (status, message, said) => {
  const { api } = await apiOf(copies(started, job(status, message)));
  const failing = make(api, { template: 'shop' });
  await expect(failing).rejects.toMatchObject({ class: 'Unavailable', code: 'CopyFailed' });
  await expect(failing).rejects.toThrow(said);
});

test('3 a copy that does not end is waited for within a bound, one whose job is forgotten has ended', async () => {
  const { server, api } = await apiOf(copies(started, job('in_process')));
  const within = hastyScope();
  await expect(make(api, { template: 'shop' }, within)).rejects.toMatchObject({ code: 'StillCopying' });
  expect(within.sleptMs).toHaveLength(240);
  server.route({ 'GET /api/v3/job_statuses/ab-1': { status: 404, body: { _type: 'Error' } } });
  expect(await make(api, { template: 'shop' })).toBeUndefined();
  for (const location of ['/elsewhere', '/api/v3/job_statuses/ab-1/more']) {
    server.route({ 'POST /api/v3/projects/12/copy': { status: 302, headers: { location } } });
    server.asked.length = 0;
    expect(await make(api, { template: 'shop' })).toBeUndefined();
    expect(
      server.lines().filter((line) => line.includes('job')),
      location,
    ).toEqual([]);
  }
});

test('2 an identifier that is refused is an answer, anything else that is refused is a failure', async () => {
  const { server, api } = await apiOf({ 'POST /api/v3/projects': refused('identifier') });
  expect(await make(api)).toBe('identifier is bad');
  server.route({ 'POST /api/v3/projects': refused('name') });
  await expect(make(api)).rejects.toMatchObject({ class: 'Invalid' });
  server.route(copies(refused('identifier')));
  expect(await make(api, { template: 'shop' })).toBe('identifier is bad');
  await expect(make(api, { template: 'none' })).rejects.toMatchObject({ class: 'Invalid', code: 'TemplateMissing' });
});

test('1 a project is found by its identifier to the letter, archived or not', async () => {
  const { server, api } = await apiOf({
    'GET /api/v3/projects': collection({ id: 1, identifier: 'tenant-acme-2' }, { id: 2, identifier: 'tenant-acme' }),
  });
  expect(await findProject(api, 'tenant-acme', signal)).toMatchObject({ id: 2 });
  expect(await findProject(api, 'tenant-acm', signal)).toBeUndefined();
  const query = new URLSearchParams(server.asked[0]?.path.split('?')[1]);
  expect(JSON.parse(query.get('filters') ?? '')).toEqual([
    { active: { operator: '=', values: ['t', 'f'] } },
    { name_and_identifier: { operator: '~', values: ['tenant-acme'] } },
  ]);
});

test('a project that cannot be read is none: by its id where it is gone, by its name where the server takes none', async () => {
  const error = (status: number): CannedReply => ({ status, body: { _type: 'Error' } });
  const { api } = await apiOf({
    'GET /api/v3/projects/1': error(404),
    'GET /api/v3/projects/2': error(400),
    'GET /api/v3/projects/a': error(404),
    'GET /api/v3/projects/b': error(400),
    'GET /api/v3/projects/3': { body: { _type: 'Project', id: 3 } },
  });
  for (const id of [1, 'a', 'b']) expect(await readProject(api, id, signal), String(id)).toBeUndefined();
  await expect(readProject(api, 2, signal)).rejects.toMatchObject({ class: 'Invalid' });
  expect(await readProject(api, 3, signal)).toMatchObject({ id: 3 });
});

test('a mark is a whole sentence, kept among people’s words, and nothing that only looks like it', () => {
  const sentence = 'Managed by Leasehold: tenant acme, tier starter, generation 2.';
  expect(marked('', ref, false)).toBe(sentence);
  expect(marked('Hello.', ref, false)).toBe(`Hello.\n\n${sentence}`);
  const old = 'A. Managed by Leasehold: tenant acme, tier , generation 1, being deleted. $& B.';
  expect(marked(old, { ...ref, tier: '' }, true)).toBe(
    'A. Managed by Leasehold: tenant acme, tier , generation 2, being deleted. $& B.',
  );
  expect(markIn(old)).toEqual({ tenantId: 'acme', tier: '', generation: 1, leaving: true });
  expect(markIn(sentence)).toEqual({ tenantId: 'acme', tier: 'starter', generation: 2, leaving: false });
  expect(released(`X ${sentence}`)).toBe('X Copied from a project of tenant acme.');
  for (const bad of ['generation 0.', 'generation x.', 'generation 2', 'generation 1234567890123456.'])
    expect(markIn(`Managed by Leasehold: tenant acme, tier a, ${bad}`), bad).toBeUndefined();
});
