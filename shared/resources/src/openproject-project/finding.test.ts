/**
 * Whose project it is, when people rename it, copy it or take rights away: against a server that speaks the documented API v3.
 */
import { isAbsent, type Ref } from '@leasehold/engine';
import { createFakeOpenProject, type FakeOpenProject } from '@leasehold/testing/fakes/openproject';
import { refMaker } from '@leasehold/testing/suites/provider-stack';
import { converge, listAll, scope } from '@leasehold/testing/suites/provider-steps';
import { afterAll, afterEach, expect, test } from 'vitest';
import { labelled } from '../../test/labelled.ts';
import { createOpenProjectBackend } from './backend.ts';

const apiKey = 'a-key-of-the-tests';
const fake = await createFakeOpenProject({ apiKey, groups: [], roles: [], deletionLooks: 0, copyLooks: 0 });
const { backend, providers } = createOpenProjectBackend({ url: fake.url, apiKey, around: labelled });
const [provider] = providers;
const spec = provider.spec.parse({});
const ref = refMaker('openproject-project', (id) => `tenant-${id}`);
type Project = NonNullable<ReturnType<FakeOpenProject['project']>>;
const at = (identifier: string) => fake.project(identifier) as Project;
const observe = (one: Ref, by = provider) => by.observe(one, scope());
const planned = async (one: Ref) => provider.plan(one, spec, await observe(one));
const authorization = `Basic ${Buffer.from(`apikey:${apiKey}`).toString('base64')}`;

async function ask(method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization };
  const answer = await fetch(`${fake.url}/api/v3/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
}

afterEach(() => {
  Object.assign(fake.rights, { admin: true, mayAdd: true });
  fake.rights.hidden.clear();
  fake.takeIdentifiers(undefined);
});
afterAll(async () => {
  await backend.close();
});

/** Ways in which people rename; the last two leave no name of ours anywhere that the server remembers. */
const RENAMINGS: Readonly<Record<string, (project: Project) => unknown>> = {
  'its identifier, by the API': ({ id }) => ask('PATCH', `projects/${id}`, { identifier: `new-${id}` }),
  'its identifier and name, by the API': ({ id }) =>
    ask('PATCH', `projects/${id}`, { identifier: `n-${id}`, name: 'Ours' }),
  'its identifier, on a server that forgets': (project) => {
    project.identifier = `changed-${project.id}`;
  },
  'its identifier and name, on a server that forgets': (project) => {
    project.identifier = `other-${project.id}`;
    project.name = 'Ours';
  },
};

test.each(Object.entries(RENAMINGS))(
  'F1 a project of which people changed %s is the tenant’s still: told, and named back',
  async (_what, rename) => {
    const one = ref('renamed');
    await converge(provider, one, spec);
    const { id } = at(one.name);
    await rename(at(one.name));
    const { identifier } = fake.projects.get(id) as Project;
    expect(await planned(one)).toEqual([{ path: '/identifier', from: identifier, to: one.name, weight: 'settings' }]);
    const listed = await listAll(provider);
    expect(listed.filter(([found]) => found.tenantId === one.tenantId).map(([found]) => found.name)).toEqual([
      one.name,
    ]);
    expect(await provider.listNames?.(scope())).toContain(one.name);
    await converge(provider, one, spec);
    expect([at(one.name).id, await planned(one)]).toEqual([id, []]);
  },
);

test.each(Object.entries(RENAMINGS))(
  'F1 a project of which people changed %s is deleted with its tenant',
  async (_what, rename) => {
    const one = ref('leaving');
    await converge(provider, one, spec);
    const { id } = at(one.name);
    await rename(at(one.name));
    await provider.delete(one, scope());
    expect(fake.projects.has(id)).toBe(false);
    expect(isAbsent(await observe(one))).toBe(true);
  },
);

test('F1 a process that has just started finds a renamed project too', async () => {
  const one = ref('restart');
  await converge(provider, one, spec);
  Object.assign(at(one.name), { identifier: 'after-restart', name: 'Ours' });
  const later = createOpenProjectBackend({ url: fake.url, apiKey });
  expect(await observe(one, later.providers[0])).toMatchObject({ mark: 'ours', identifier: 'after-restart' });
  await later.backend.close();
});

test('a suspended tenant’s project is found and shut off whatever it is called', async () => {
  const one = ref('suspended');
  await converge(provider, one, spec);
  const { id } = at(one.name);
  Object.assign(at(one.name), { identifier: 'elsewhere', name: 'Ours' });
  const withdrawn = provider.spec.parse({ access: 'withdrawn' });
  const changes = provider.plan(one, withdrawn, await observe(one)).filter(({ path }) => path.startsWith('/access'));
  await provider.ensure(one, withdrawn, changes, scope());
  expect(fake.projects.get(id)).toMatchObject({ active: false, identifier: 'elsewhere' });
  await provider.delete(one, scope());
  expect(fake.projects.has(id)).toBe(false);
});

test('who took the identifier of a renamed project stands in its way by name, and stays when the tenant leaves', async () => {
  const one = ref('swapped');
  await converge(provider, one, spec);
  const { id } = at(one.name);
  at(one.name).identifier = 'pushed-aside';
  await ask('POST', 'projects', { identifier: one.name, name: 'Theirs' });
  const theirs = at(one.name);
  expect(await observe(one)).toMatchObject({ mark: 'ours', inTheWay: [`project ${one.name} (id ${theirs.id})`] });
  const changes = [{ path: '/identifier', from: 'pushed-aside', to: one.name, weight: 'settings' as const }];
  const refused = provider.ensure(one, spec, changes, scope());
  await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'openproject' });
  await expect(refused).rejects.toThrow(`(id ${theirs.id})`);
  await provider.delete(one, scope());
  expect([fake.projects.has(id), fake.projects.get(theirs.id)?.name]).toEqual([false, 'Theirs']);
});

test('F3 a copy that people made of a project, mark and all, is neither taken for it nor deleted with it', async () => {
  const one = ref('original');
  await converge(provider, one, spec);
  const { raw } = at(one.name).description;
  await ask('POST', 'projects', { identifier: 'archive-of-it', name: 'Archive', description: { raw } });
  expect(await planned(one)).toEqual([]);
  const listed = await listAll(provider);
  expect(listed.filter(([found]) => found.tenantId === one.tenantId)).toHaveLength(1);
  await provider.delete(one, scope());
  expect(fake.project(one.name)).toBeUndefined();
  expect(at('archive-of-it').description.raw).toBe(`Copied from a project of tenant ${one.tenantId}.`);
  expect(isAbsent(await observe(one))).toBe(true);
});

test.each([
  ['only capitals, as for keys', /^[A-Z][A-Z0-9_]{0,9}$/],
  ['shorter names', /^[a-z0-9-]{1,8}$/],
])('an identifier that the server takes from nobody (%s) is invalid in its words, not taken', async (_what, format) => {
  fake.takeIdentifiers(format);
  const refused = converge(provider, ref('format'), spec);
  await expect(refused).rejects.toMatchObject({ class: 'Invalid', code: 'RefusedByBackend' });
  await expect(refused).rejects.toThrow(/Identifier is invalid/);
});

test('a server that renamed all projects to a format of its own keeps them: told as a note, and nothing is tried', async () => {
  const one = ref('keys');
  await converge(provider, one, spec);
  at(one.name).identifier = 'TENANT7';
  fake.takeIdentifiers(/^[A-Z][A-Z0-9_]{0,9}$/);
  const seen = await observe(one);
  expect(seen).toMatchObject({
    mark: 'ours',
    notes: [expect.stringMatching(/^IdentifierRefused: .*TENANT7.*invalid/)],
  });
  expect(provider.plan(one, spec, seen)).toEqual([]);
});

test('an identifier that another project had before is taken, and that project is named at once', async () => {
  const one = ref('former');
  await ask('POST', 'projects', { identifier: one.name, name: 'Theirs' });
  const { id } = at(one.name);
  await ask('PATCH', `projects/${id}`, { identifier: 'theirs-now' });
  const refused = converge(provider, one, spec);
  await expect(refused).rejects.toMatchObject({ class: 'Conflict', code: 'NameTaken', backend: 'openproject' });
  await expect(refused).rejects.toThrow(`project theirs-now (id ${id})`);
});

test.each([
  ['may make nothing', { admin: false, mayAdd: false }],
  ['may make projects still', { admin: false, mayAdd: true }],
])('F2 a key that lost the sight of a project and %s proves no absence', async (_what, rights) => {
  const one = ref('blind');
  await converge(provider, one, spec);
  const { id } = at(one.name);
  Object.assign(fake.rights, rights);
  fake.rights.hidden.add(id);
  const denied = { class: 'Unavailable', code: 'AccessDenied' };
  await expect(observe(one)).rejects.toMatchObject(denied);
  await expect(provider.delete(one, scope())).rejects.toMatchObject(denied);
  expect(fake.projects.has(id)).toBe(true);
});

test('F2 a key that is no administrator’s makes projects, and sees that there was none', async () => {
  Object.assign(fake.rights, { admin: false });
  const one = ref('modest');
  expect(isAbsent(await observe(one))).toBe(true);
  await converge(provider, one, spec);
  expect(await planned(one)).toEqual([]);
});

test.each([[200], [302], [403], [404], [502], [503]])(
  'a page of HTML with %i is no answer of the server: away, not absent and not gone',
  async (status) => {
    const one = ref('page');
    await converge(provider, one, spec);
    const away = { class: 'Unavailable', away: true, code: 'BackendUnavailable' };
    fake.pageNext('GET', status);
    await expect(observe(one)).rejects.toMatchObject(away);
    fake.pageNext('DELETE', status);
    await expect(provider.delete(one, scope())).rejects.toMatchObject(away);
    expect(fake.project(one.name)).toBeDefined();
  },
);

test('what the server fails at is away: a tenant waits for it', async () => {
  for (const status of [500, 502, 503, 504]) {
    fake.failNext('POST', status);
    await expect(converge(provider, ref('failing'), spec)).rejects.toMatchObject({ class: 'Unavailable', away: true });
  }
});
