/**
 * Projects, memberships, groups and roles as API v3 tells them, found by name. Owns their shapes; leaves decisions to the
 * provider, and whose a project is to `finding.ts`.
 *
 * 1. A filter for an identifier also matches names, so the identifier is compared again.
 * 2. A membership is told apart by its group; roles are compared by their names.
 */
import { invalid } from '@leasehold/kernel';
import type { OpenProjectApi } from './api.ts';

export interface ProjectRecord {
  readonly id: number;
  readonly identifier: string;
  readonly active: boolean;
  readonly public: boolean;
  readonly description: { readonly raw: string | null } | null;
}

interface Link {
  readonly href: string;
  readonly title?: string;
}

export interface MembershipRecord {
  readonly id: number;
  readonly _links: { readonly principal: Link; readonly roles: readonly Link[] };
}

interface Named {
  readonly id: number;
  readonly name: string;
}

async function all<T>(pages: AsyncGenerator<readonly T[]>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

/** Archived ones too: a suspended tenant's project is one. */
const ANY_STATE = { active: { operator: '=', values: ['t', 'f'] } } as const;

export const allProjects = (
  api: OpenProjectApi,
  signal: AbortSignal,
  newestFirst = false,
): AsyncGenerator<readonly ProjectRecord[]> =>
  api.list({ name: 'list-projects', path: '/api/v3/projects', filters: [ANY_STATE], newestFirst }, signal);

export async function findProject(
  api: OpenProjectApi,
  identifier: string,
  signal: AbortSignal,
): Promise<ProjectRecord | undefined> {
  const filters = [ANY_STATE, { name_and_identifier: { operator: '~', values: [identifier] } }];
  const found = await all(api.list<ProjectRecord>({ name: 'find-project', path: '/api/v3/projects', filters }, signal));
  return found.find((project) => project.identifier === identifier);
}

/**
 * undefined: there is none, or none any more, or the key does not see it.
 *
 * @param id or an identifier, a former one too where the server remembers those.
 */
export async function readProject(
  api: OpenProjectApi,
  id: number | string,
  signal: AbortSignal,
): Promise<ProjectRecord | undefined> {
  const path = `/api/v3/projects/${id}`;
  // Some servers take no identifier here.
  const expect = typeof id === 'string' ? [400, 404] : [404];
  const { status, json } = await api.call({ name: 'read-project', method: 'GET', path, expect }, signal);
  return status >= 400 ? undefined : (json as ProjectRecord);
}

export const membershipsOf = (
  api: OpenProjectApi,
  projectId: number,
  signal: AbortSignal,
): Promise<readonly MembershipRecord[]> => {
  const filters = [{ project: { operator: '=', values: [String(projectId)] } }];
  return all(api.list<MembershipRecord>({ name: 'list-memberships', path: '/api/v3/memberships', filters }, signal));
};

const isGroup = ({ _links }: MembershipRecord): boolean => _links.principal.href.includes('/groups/');

export const rolesByGroup = (memberships: readonly MembershipRecord[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    memberships
      .filter(isGroup)
      .map(({ _links }) => [_links.principal.title ?? '', _links.roles.map(({ title }) => title ?? '').sort()]),
  );

/** Makes a group's membership, or gives it these roles and no others. */
export async function setMembership(
  api: OpenProjectApi,
  projectId: number,
  { group, roles }: { readonly group: string; readonly roles: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const present = (await membershipsOf(api, projectId, signal)).find(
    (one) => isGroup(one) && one._links.principal.title === group,
  );
  const known = await all(api.list<Named>({ name: 'list-roles', path: '/api/v3/roles' }, signal));
  const links = roles.map((name) => ({ href: `/api/v3/roles/${idOf('role', name, known)}` }));
  const quiet = { sendNotifications: false };
  if (present !== undefined) {
    const body = { _links: { roles: links }, _meta: quiet };
    const path = `/api/v3/memberships/${present.id}`;
    await api.call({ name: 'update-membership', method: 'PATCH', path, body }, signal);
    return;
  }
  const groups = await all(api.list<Named>({ name: 'list-groups', path: '/api/v3/groups' }, signal));
  const principal = { href: `/api/v3/groups/${idOf('group', group, groups)}` };
  const project = { href: `/api/v3/projects/${projectId}` };
  const body = { _links: { principal, project, roles: links }, _meta: quiet };
  await api.call({ name: 'create-membership', method: 'POST', path: '/api/v3/memberships', body }, signal);
}

function idOf(what: string, name: string, known: readonly Named[]): number {
  const found = known.find((one) => one.name === name);
  if (found !== undefined) return found.id;
  throw invalid(`openproject has no ${what} ${JSON.stringify(name)}`, {
    code: what === 'role' ? 'RoleUnknown' : 'GroupUnknown',
    backend: 'openproject',
  });
}
