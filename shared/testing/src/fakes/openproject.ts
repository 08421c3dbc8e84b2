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
import { PROJECT_ROUTES } from './openproject-projects.ts';
import {
  type Asked,
  type FakeOpenProjectOptions,
  filtersOf,
  idIn,
  type Membership,
  NOT_FOUND,
  type Project,
  page,
  type Rights,
  type World,
} from './openproject-world.ts';

export interface FakeOpenProject {
  readonly url: string;
  readonly projects: Map<number, Project>;
  readonly memberships: Map<number, Membership>;
  readonly rights: Rights;
  /** What the server takes as an identifier from now on; undefined: what it is shipped with. */
  takeIdentifiers(format: RegExp | undefined): void;
  /** The next call of this method is answered with a page by whoever stands before the server. */
  pageNext(method: string, status: number): void;
  /** The next call of this method fails so, before it has an effect. */
  failNext(method: string, status: number, retryAfterSeconds?: number): void;
  project(identifier: string): Project | undefined;
  close(): Promise<void>;
}

/** Lower-case letters, digits, dashes and underscores, and not digits alone. */
const SLUGS = /^(?!\d+$)[a-z0-9_-]{1,100}$/;

export async function createFakeOpenProject(options: FakeOpenProjectOptions): Promise<FakeOpenProject> {
  const world: World = {
    ...options,
    projects: new Map(),
    memberships: new Map(),
    jobs: new Map(),
    rights: { admin: true, mayAdd: true, hidden: new Set() },
    identifiers: SLUGS,
    serial: 0,
    base: '',
  };
  const failures: { readonly method: string; readonly reply: Reply }[] = [];
  const server = createServer((request, response) => {
    void answer(world, request, failures).then((given) => send(response, given));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Keeps no process alive that has nothing else to do.
  server.unref();
  world.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: world.base,
    projects: world.projects,
    memberships: world.memberships,
    rights: world.rights,
    takeIdentifiers: (format = SLUGS) => {
      world.identifiers = format;
    },
    pageNext: (method, status) => {
      failures.push({ method, reply: { ...reply(status, undefined), page: '<html><body>Back soon.</body></html>' } });
    },
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

function send(response: ServerResponse, { status, body, page: text, headers = {} }: Reply): void {
  if (text !== undefined) {
    response.writeHead(status, { 'content-type': 'text/html' }).end(text);
    return;
  }
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
  [
    'GET',
    /^\/api\/v3\/users\/me$/,
    ({ rights }) => reply(200, { _type: 'User', id: 1, ...(rights.admin ? { admin: true } : {}) }),
  ],
  ...PROJECT_ROUTES,
  ['GET', /^\/api\/v3\/memberships$/, listMemberships],
  ['POST', /^\/api\/v3\/memberships$/, createMembership],
  ['PATCH', /^\/api\/v3\/memberships\/(\d+)$/, patchMembership],
  ['GET', /^\/api\/v3\/groups$/, (world, asked) => page(asked, world.groups.map(namedAs('Group')))],
  ['GET', /^\/api\/v3\/roles$/, (world, asked) => page(asked, world.roles.map(namedAs('Role')))],
];

function route(world: World, asked: Asked): Reply {
  for (const [method, path, handler] of ROUTES) {
    const match = path.exec(asked.path);
    if (match !== null && method === asked.method) return handler(world, asked, match[1] ?? '');
  }
  return NOT_FOUND;
}

const namedAs = (type: string) => (name: string, index: number) => ({ _type: type, id: index + 1, name });

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
