/**
 * OpenProject's API v3 as its documentation tells it, over real HTTP: projects with archiving, copies in jobs, deletion that
 * takes its time, memberships, groups, roles, the API's own errors. For a server that cannot be started here.
 * https://www.openproject.org/docs/api/endpoints/projects/
 *
 * 1. Whoever does not show the key is told 401; what is not there is 404, as for whoever may not see it.
 * 2. A deleted project is archived at once and goes after `deletionLooks` more reads of it.
 * 3. An archived project takes no change but being made active.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failure, type Hal, type Reply, reply, violation } from './openproject-hal.ts';

interface Project {
  readonly id: number;
  identifier: string;
  name: string;
  active: boolean;
  public: boolean;
  description: { readonly format: 'markdown'; readonly raw: string };
  /** Reads that still find it after its deletion. */
  leaving: number | undefined;
  workPackages: number;
}

interface Membership {
  readonly id: number;
  readonly project: number;
  readonly group: number;
  roles: readonly number[];
}

export interface FakeOpenProject {
  readonly url: string;
  readonly projects: Map<number, Project>;
  readonly memberships: Map<number, Membership>;
  /** The next call of this method fails so, before it has an effect. */
  failNext(method: string, status: number, retryAfterSeconds?: number): void;
  project(identifier: string): Project | undefined;
  close(): Promise<void>;
}

export interface FakeOpenProjectOptions {
  readonly apiKey: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly deletionLooks?: number;
  readonly copyLooks?: number;
}

interface World extends FakeOpenProjectOptions {
  readonly projects: Map<number, Project>;
  readonly memberships: Map<number, Membership>;
  readonly jobs: Map<string, { looks: number; readonly project: number }>;
  serial: number;
  base: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function createFakeOpenProject(options: FakeOpenProjectOptions): Promise<FakeOpenProject> {
  const world: World = {
    ...options,
    projects: new Map(),
    memberships: new Map(),
    jobs: new Map(),
    serial: 0,
    base: '',
  };
  const failures: { readonly method: string; readonly reply: Reply }[] = [];
  const server = createServer((request, response) => {
    void answer(world, request, failures).then((given) => send(response, given));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: world.base,
    projects: world.projects,
    memberships: world.memberships,
    failNext: (method, status, retryAfterSeconds) => {
      const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
      failures.push({ method, reply: { ...failure(status, 'InternalServerError', 'told to fail'), headers } });
    },
    project: (identifier) => [...world.projects.values()].find((one) => one.identifier === identifier),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/hal+json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function answer(
  world: World,
  request: IncomingMessage,
  failures: { readonly method: string; readonly reply: Reply }[],
): Promise<Reply> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { method = 'GET', headers } = request;
  const due = failures.findIndex((one) => one.method === method);
  if (due >= 0) return (failures.splice(due, 1)[0] as { reply: Reply }).reply;
  const key = Buffer.from(headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  if (key !== `apikey:${world.apiKey}`) return failure(401, 'Unauthenticated', 'You need to be authenticated.');
  if (method !== 'GET' && headers['content-type'] !== 'application/json') {
    return failure(415, 'TypeNotSupported', 'Expected CONTENT-TYPE to be application/json');
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', world.base);
  const text = Buffer.concat(parts).toString();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return route(world, { method, path: pathname, query: searchParams, body });
}

type Handler = (world: World, asked: Asked, id: string) => Reply;

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/api\/v3\/?$/, () => reply(200, { _type: 'Root', instanceName: 'OpenProject' })],
  ['GET', /^\/api\/v3\/projects$/, listProjects],
  ['POST', /^\/api\/v3\/projects$/, createProject],
  ['POST', /^\/api\/v3\/projects\/(\d+)\/copy$/, copyProject],
  ['GET', /^\/api\/v3\/projects\/(\d+)$/, readProject],
  ['PATCH', /^\/api\/v3\/projects\/(\d+)$/, patchProject],
  ['DELETE', /^\/api\/v3\/projects\/(\d+)$/, deleteProject],
  ['GET', /^\/api\/v3\/job_statuses\/([\w-]+)$/, readJob],
  ['GET', /^\/api\/v3\/memberships$/, listMemberships],
  ['POST', /^\/api\/v3\/memberships$/, createMembership],
  ['PATCH', /^\/api\/v3\/memberships\/(\d+)$/, patchMembership],
  ['GET', /^\/api\/v3\/groups$/, (world, asked) => page(asked, world.groups.map(namedAs('Group')))],
  ['GET', /^\/api\/v3\/roles$/, (world, asked) => page(asked, world.roles.map(namedAs('Role')))],
];

const NOT_FOUND = failure(404, 'NotFound', 'The requested resource could not be found.');

function route(world: World, asked: Asked): Reply {
  for (const [method, path, handler] of ROUTES) {
    const match = path.exec(asked.path);
    if (match !== null && method === asked.method) return handler(world, asked, match[1] ?? '');
  }
  return NOT_FOUND;
}

const namedAs = (type: string) => (name: string, index: number) => ({ _type: type, id: index + 1, name });

function page(asked: Asked, elements: readonly Hal[]): Reply {
  const size = Number(asked.query.get('pageSize') ?? 20);
  const offset = Number(asked.query.get('offset') ?? 1);
  const shown = elements.slice((offset - 1) * size, offset * size);
  const body = { _type: 'Collection', total: elements.length, count: shown.length, pageSize: size, offset };
  return reply(200, { ...body, _embedded: { elements: shown } });
}

const shownProject = ({ leaving: _leaving, workPackages: _workPackages, ...shown }: Project): Hal => ({
  _type: 'Project',
  ...shown,
  _links: { self: { href: `/api/v3/projects/${shown.id}`, title: shown.name } },
});

type Filters = readonly Readonly<Record<string, { readonly operator: string; readonly values: readonly string[] }>>[];
const filtersOf = ({ query }: Asked): Filters => JSON.parse(query.get('filters') ?? '[]') as Filters;

/** Unless the filter asks for archived ones, only active projects are listed. */
function listProjects(world: World, asked: Asked): Reply {
  const filters = filtersOf(asked);
  const states = filters.find((filter) => filter['active'])?.['active']?.values ?? ['t'];
  const texts = filters.flatMap((filter) => filter['name_and_identifier']?.values ?? []);
  const found = [...world.projects.values()].filter(
    (one) =>
      states.includes(one.active ? 't' : 'f') &&
      texts.every((text) => one.name.includes(text) || one.identifier.includes(text)),
  );
  return page(asked, found.map(shownProject));
}

function make(world: World, body: Asked['body']): Project | Reply {
  const identifier = String(body['identifier'] ?? '');
  if (!/^[a-z0-9_-]{1,100}$/.test(identifier)) return violation('identifier', 'Identifier is invalid.');
  if (typeof body['name'] !== 'string' || body['name'] === '') return violation('name', "Name can't be blank.");
  if ([...world.projects.values()].some((one) => one.identifier === identifier)) {
    return violation('identifier', 'Identifier has already been taken.');
  }
  const { raw = '' } = (body['description'] ?? {}) as { readonly raw?: string };
  const project: Project = {
    id: ++world.serial,
    identifier,
    name: body['name'],
    active: body['active'] !== false,
    public: body['public'] === true,
    description: { format: 'markdown', raw },
    leaving: undefined,
    workPackages: 0,
  };
  world.projects.set(project.id, project);
  return project;
}

const isReply = (made: Project | Reply): made is Reply => 'status' in made;

function createProject(world: World, { body }: Asked): Reply {
  const made = make(world, body);
  return isReply(made) ? made : reply(201, shownProject(made));
}

function copyProject(world: World, { body }: Asked, id: string): Reply {
  const source = world.projects.get(Number(id));
  if (source === undefined) return NOT_FOUND;
  const made = make(world, body);
  if (isReply(made)) return made;
  made.workPackages = source.workPackages;
  const job = `job-${made.id}`;
  world.jobs.set(job, { looks: world.copyLooks ?? 1, project: made.id });
  return { ...reply(302, undefined), headers: { location: `${world.base}/api/v3/job_statuses/${job}` } };
}

function readJob(world: World, _asked: Asked, id: string): Reply {
  const job = world.jobs.get(id);
  if (job === undefined) return NOT_FOUND;
  const done = job.looks-- <= 0;
  return reply(200, { _type: 'JobStatus', jobId: id, status: done ? 'success' : 'in_process', message: null });
}

function readProject(world: World, _asked: Asked, id: string): Reply {
  const project = world.projects.get(Number(id));
  if (project?.leaving !== undefined && project.leaving-- <= 0) dropProject(world, project.id);
  const found = world.projects.get(Number(id));
  return found === undefined ? NOT_FOUND : reply(200, shownProject(found));
}

function dropProject(world: World, id: number): void {
  world.projects.delete(id);
  for (const one of [...world.memberships.values()]) if (one.project === id) world.memberships.delete(one.id);
}

function patchProject(world: World, { body }: Asked, id: string): Reply {
  const project = world.projects.get(Number(id));
  if (project === undefined) return NOT_FOUND;
  if (!project.active && body['active'] !== true) return violation('base', 'The project is archived.');
  if (typeof body['active'] === 'boolean') project.active = body['active'];
  if (typeof body['public'] === 'boolean') project.public = body['public'];
  const description = body['description'] as { readonly raw?: string } | undefined;
  if (description?.raw !== undefined) project.description = { format: 'markdown', raw: description.raw };
  return reply(200, shownProject(project));
}

function deleteProject(world: World, _asked: Asked, id: string): Reply {
  const project = world.projects.get(Number(id));
  if (project === undefined) return NOT_FOUND;
  project.active = false;
  project.leaving ??= world.deletionLooks ?? 1;
  return reply(204, undefined);
}

const shownMembership = (world: World, { id, project, group, roles }: Membership): Hal => ({
  _type: 'Membership',
  id,
  _links: {
    self: { href: `/api/v3/memberships/${id}` },
    project: { href: `/api/v3/projects/${project}` },
    principal: { href: `/api/v3/groups/${group}`, title: world.groups[group - 1] },
    roles: roles.map((role) => ({ href: `/api/v3/roles/${role}`, title: world.roles[role - 1] })),
  },
});

function listMemberships(world: World, asked: Asked): Reply {
  const projects = filtersOf(asked).flatMap((filter) => filter['project']?.values ?? []);
  const found = [...world.memberships.values()].filter(
    (one) => projects.length === 0 || projects.includes(String(one.project)),
  );
  return page(
    asked,
    found.map((one) => shownMembership(world, one)),
  );
}

interface Linked {
  readonly principal?: { readonly href: string };
  readonly project?: { readonly href: string };
  readonly roles?: readonly { readonly href: string }[];
}
const idIn = (link: { readonly href: string } | undefined): number => Number(link?.href.split('/').at(-1));

function createMembership(world: World, { body }: Asked): Reply {
  const { principal, project, roles = [] } = (body['_links'] ?? {}) as Linked;
  if (!world.projects.has(idIn(project))) return violation('project', "Project can't be blank.");
  if (roles.length === 0) return violation('roles', 'Roles need to be assigned.');
  const twice = [...world.memberships.values()].some(
    (one) => one.project === idIn(project) && one.group === idIn(principal),
  );
  if (twice) return violation('principal', 'User has already been taken.');
  const made: Membership = {
    id: ++world.serial,
    project: idIn(project),
    group: idIn(principal),
    roles: roles.map(idIn),
  };
  world.memberships.set(made.id, made);
  return reply(201, shownMembership(world, made));
}

function patchMembership(world: World, { body }: Asked, id: string): Reply {
  const membership = world.memberships.get(Number(id));
  if (membership === undefined) return NOT_FOUND;
  const { roles = [] } = (body['_links'] ?? {}) as Linked;
  membership.roles = roles.map(idIn);
  return reply(200, shownMembership(world, membership));
}
