/**
 * The projects of the fake OpenProject: archiving, renaming, copies in jobs, deletion that takes its time, forms.
 *
 * 1. A former identifier leads to its project, and stays taken.
 * 2. What the key does not see is not there for it, but keeps its identifier.
 */
import { failure, type Hal, type Reply, reply, violation } from './openproject-hal.ts';
import { type Asked, filtersOf, NOT_FOUND, type Project, page, sees, type World } from './openproject-world.ts';

const shownProject = ({ leaving: _leaving, former: _former, workPackages: _workPackages, ...shown }: Project): Hal => ({
  _type: 'Project',
  ...shown,
  _links: { self: { href: `/api/v3/projects/${shown.id}`, title: shown.name } },
});

/** Unless the filter asks for archived ones, only active projects are listed. */
function listProjects(world: World, asked: Asked): Reply {
  const filters = filtersOf(asked);
  const states = filters.find((filter) => filter['active'])?.['active']?.values ?? ['t'];
  const texts = filters.flatMap((filter) => filter['name_and_identifier']?.values ?? []);
  const found = [...world.projects.values()].filter(
    (one) =>
      sees(world, one) &&
      states.includes(one.active ? 't' : 'f') &&
      texts.every((text) => one.name.includes(text) || one.identifier.includes(text)),
  );
  const newestFirst = asked.query.get('sortBy')?.includes('desc') ?? false;
  return page(asked, (newestFirst ? found.toReversed() : found).map(shownProject));
}

/** What the server says against an identifier. @param own the project that it is for */
function against(world: World, identifier: string, own: Project | undefined): string | undefined {
  if (!world.identifiers.test(identifier)) return 'Identifier is invalid.';
  if (['new', 'menu', 'queries'].includes(identifier)) return 'Identifier is reserved.';
  const others = [...world.projects.values()].filter((one) => one !== own);
  const taken = others.some((one) => one.identifier === identifier || one.former?.includes(identifier));
  return taken ? 'Identifier has already been taken.' : undefined;
}

function make(world: World, body: Asked['body']): Project | Reply {
  const identifier = String(body['identifier'] ?? '');
  if (!world.rights.admin && !world.rights.mayAdd) return failure(403, 'MissingPermission', 'You are not authorized.');
  if (typeof body['name'] !== 'string' || body['name'] === '') return violation('name', "Name can't be blank.");
  const words = against(world, identifier, undefined);
  if (words !== undefined) return violation('identifier', words);
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
  const source = find(world, id);
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

function find(world: World, id: string): Project | undefined {
  const all = [...world.projects.values()];
  const found =
    world.projects.get(Number(id)) ??
    all.find((one) => one.identifier === id) ??
    all.find((one) => one.former?.includes(id));
  return found !== undefined && sees(world, found) ? found : undefined;
}

function readProject(world: World, _asked: Asked, id: string): Reply {
  const project = find(world, id);
  if (project?.leaving !== undefined && project.leaving-- <= 0) dropProject(world, project.id);
  const found = find(world, id);
  return found === undefined ? NOT_FOUND : reply(200, shownProject(found));
}

const form = (identifier: string | undefined): Reply => {
  const error = identifier === undefined ? {} : { identifier: violation('identifier', identifier).body };
  return reply(200, { _type: 'Form', _embedded: { payload: {}, schema: {}, validationErrors: error } });
};

function createForm(world: World, { body }: Asked): Reply {
  if (!world.rights.admin && !world.rights.mayAdd) return failure(403, 'MissingPermission', 'You are not authorized.');
  return form(against(world, String(body['identifier'] ?? ''), undefined));
}

function updateForm(world: World, { body }: Asked, id: string): Reply {
  const project = find(world, id);
  return project === undefined ? NOT_FOUND : form(against(world, String(body['identifier'] ?? ''), project));
}

function dropProject(world: World, id: number): void {
  world.projects.delete(id);
  for (const one of [...world.memberships.values()]) if (one.project === id) world.memberships.delete(one.id);
}

function patchProject(world: World, { body }: Asked, id: string): Reply {
  const project = find(world, id);
  if (project === undefined) return NOT_FOUND;
  if (!project.active && body['active'] !== true) return violation('base', 'The project is archived.');
  const identifier = body['identifier'];
  if (typeof identifier === 'string' && identifier !== project.identifier) {
    const words = against(world, identifier, project);
    if (words !== undefined) return violation('identifier', words);
    project.former = [...(project.former ?? []), project.identifier];
    project.identifier = identifier;
  }
  if (typeof body['name'] === 'string') project.name = body['name'];
  if (typeof body['active'] === 'boolean') project.active = body['active'];
  if (typeof body['public'] === 'boolean') project.public = body['public'];
  const description = body['description'] as { readonly raw?: string } | undefined;
  if (description?.raw !== undefined) project.description = { format: 'markdown', raw: description.raw };
  return reply(200, shownProject(project));
}

function deleteProject(world: World, _asked: Asked, id: string): Reply {
  const project = find(world, id);
  if (project === undefined) return NOT_FOUND;
  project.active = false;
  project.leaving ??= world.deletionLooks ?? 1;
  return reply(204, undefined);
}

type Handler = (world: World, asked: Asked, id: string) => Reply;

export const PROJECT_ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ['GET', /^\/api\/v3\/projects$/, listProjects],
  ['POST', /^\/api\/v3\/projects$/, createProject],
  ['POST', /^\/api\/v3\/projects\/form$/, createForm],
  ['POST', /^\/api\/v3\/projects\/([\w-]+)\/form$/, updateForm],
  ['POST', /^\/api\/v3\/projects\/([\w-]+)\/copy$/, copyProject],
  ['GET', /^\/api\/v3\/projects\/([\w-]+)$/, readProject],
  ['PATCH', /^\/api\/v3\/projects\/([\w-]+)$/, patchProject],
  ['DELETE', /^\/api\/v3\/projects\/([\w-]+)$/, deleteProject],
  ['GET', /^\/api\/v3\/job_statuses\/([\w-]+)$/, readJob],
];
