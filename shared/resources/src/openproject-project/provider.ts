/**
 * The provider of tenants' projects in OpenProject. Owns which call repairs which difference; leaves differences to `spec.ts`, shapes
 * to `records.ts`, the beginning to `creation.ts`.
 *
 * O1. What exists under the identifier without our mark is not taken.
 *     On an operator's word the mark is added to its description; an archived one is made active with it, for it takes no other change.
 * O2. Deletion first says in the mark that the project is leaving, because the server archives it at once and deletes it later: a
 *     project that is only suspended looks the same otherwise. It ends when the project is gone.
 * O3. Access is withdrawn last and granted first among the repairs: an archived project takes no other change.
 */
import { ABSENT, type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { type Bound, bound, conflict, invalid, unavailable } from '@leasehold/kernel';
import { pointer, touches } from '../edge/difference.ts';
import { markOf, mayAdopt, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import type { OpenProjectApi } from './api.ts';
import { createProject } from './creation.ts';
import { marked, markIn } from './mark.ts';
import {
  allProjects,
  findProject,
  membershipsOf,
  type ProjectRecord,
  readProject,
  rolesByGroup,
  setMembership,
} from './records.ts';
import { type ProjectSeen, type ProjectSpec, planProject, projectSpec } from './spec.ts';

export const PROJECT_KIND = 'openproject-project';

export interface ProjectOptions {
  readonly api: OpenProjectApi;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly projectLimit: Bound;
}

const LISTED_AT_ONCE = bound('openproject-listed-projects', 4);
const DELETE_LOOKS = bound('openproject-delete-looks', 240);
const LOOK_AGAIN_MS = bound('openproject-delete-look-again-ms', 500);
const LEAVING_RETRY_MS = bound('openproject-leaving-retry-ms', 2000);

export function createProjectProvider(options: ProjectOptions): Provider<ProjectSpec, ProjectSeen> {
  const { api } = options;
  return {
    kind: PROJECT_KIND,
    backend: 'openproject',
    holdsData: true,
    hasAccess: true,
    embedded: false,
    spec: projectSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'openproject-projects', cost: 1, limit: options.projectLimit },
    },
    plan: planProject,
    observe: async (ref, { signal }) => (await look(api, named(ref), signal)).seen,
    observeAll: ({ signal }) => observeAll(api, signal),
    listNames: ({ signal }) => listNames(api, signal),
    async ensure(ref, spec, changes, { signal, clock }) {
      if (changes.length > 0) {
        const whole = changes.some((change) => change.path === '');
        if (whole) await createProject(api, named(ref), spec, clock, signal);
        const { seen, record } = await look(api, named(ref), signal);
        if (isAbsent(seen) || record === undefined) throw vanished(ref, 'openproject');
        mayChange(ref, seen, 'openproject');
        if (seen.leaving) throw leaving(ref);
        await repair(api, ref, spec, record, whole ? planProject(ref, spec, seen) : changes, signal);
      }
      return { identifier: ref.name };
    },
    adopt: (ref, _spec, { signal }) => adopt(api, named(ref), signal),
    delete: (ref, scope) => remove(api, named(ref), scope),
  };
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,99}$/;

function named(ref: Ref): Ref {
  if (NAME.test(ref.name)) return ref;
  throw invalid(`project identifier ${JSON.stringify(ref.name)} does not match ${NAME}`, { code: 'InvalidName' });
}

const leaving = (ref: Ref) =>
  unavailable(`project ${ref.name} is still being deleted`, {
    code: 'ProjectLeaving',
    backend: 'openproject',
    retryAfterMs: LEAVING_RETRY_MS.value,
  });

interface Look {
  readonly seen: ProjectSeen | Absent;
  readonly record: ProjectRecord | undefined;
}

async function look(api: OpenProjectApi, ref: Ref, signal: AbortSignal): Promise<Look> {
  const record = await findProject(api, ref.name, signal);
  if (record === undefined) return { seen: ABSENT, record };
  return { seen: await seenOf(api, ref, record, signal), record };
}

async function seenOf(api: OpenProjectApi, ref: Ref, record: ProjectRecord, signal: AbortSignal): Promise<ProjectSeen> {
  const mark = markIn(record.description?.raw ?? '');
  return {
    mark: markOf(mark, ref),
    ...(mark === undefined ? {} : { generation: mark.generation }),
    id: record.id,
    tier: mark?.tier ?? '',
    access: record.active ? 'granted' : 'withdrawn',
    public: record.public,
    memberships: rolesByGroup(await membershipsOf(api, record.id, signal)),
    leaving: mark?.leaving ?? false,
  };
}

async function listNames(api: OpenProjectApi, signal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const page of allProjects(api, signal)) names.push(...page.map(({ identifier }) => identifier));
  return names;
}

async function* observeAll(api: OpenProjectApi, signal: AbortSignal): AsyncGenerator<readonly [Ref, ProjectSeen]> {
  for await (const page of allProjects(api, signal)) {
    const found = await inParallel(page, LISTED_AT_ONCE, async (record) => {
      const mark = markIn(record.description?.raw ?? '');
      if (mark === undefined) return [];
      const { tenantId, generation, tier } = mark;
      const ref: Ref = { kind: PROJECT_KIND, name: record.identifier, tenantId, generation, tier };
      return [[ref, await seenOf(api, ref, record, signal)] as const];
    });
    yield* found.flat();
  }
}

async function adopt(api: OpenProjectApi, ref: Ref, signal: AbortSignal): Promise<void> {
  const { seen, record } = await look(api, ref, signal);
  if (isAbsent(seen) || record === undefined) throw vanished(ref, 'openproject');
  if (!mayAdopt(ref, seen, 'openproject')) return;
  const description = { raw: marked(record.description?.raw ?? '', ref, false) };
  const body = { description, ...(record.active ? {} : { active: true }) };
  const path = `/api/v3/projects/${record.id}`;
  const { status } = await api.call({ name: 'mark-project', method: 'PATCH', path, body, expect: [404] }, signal);
  if (status === 404) throw vanished(ref, 'openproject');
}

async function repair(
  api: OpenProjectApi,
  ref: Ref,
  spec: ProjectSpec,
  record: ProjectRecord,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const patch = (name: string, body: object) =>
    api.call({ name, method: 'PATCH', path: `/api/v3/projects/${record.id}`, body }, signal);
  const access = touches(changes, '/access');
  if (access && spec.access === 'granted') await patch('grant-access', { active: true });
  for (const [group, roles] of Object.entries(spec.memberships)) {
    if (touches(changes, `/memberships${pointer(group)}`))
      await setMembership(api, record.id, { group, roles }, signal);
  }
  const description = { raw: marked(record.description?.raw ?? '', ref, false) };
  const fields = {
    ...(touches(changes, '/public') ? { public: spec.public } : {}),
    ...(touches(changes, '/tier', '/generation') ? { description } : {}),
  };
  if (Object.keys(fields).length > 0) await patch('update-project', fields);
  if (access && spec.access === 'withdrawn') await patch('withdraw-access', { active: false });
}

async function remove(api: OpenProjectApi, ref: Ref, { signal, clock }: Scope): Promise<void> {
  const { seen, record } = await look(api, ref, signal);
  if (isAbsent(seen) || record === undefined || !mayDelete(ref, seen, 'openproject')) return;
  const path = `/api/v3/projects/${record.id}`;
  if (!seen.leaving) {
    const body = { description: { raw: marked(record.description?.raw ?? '', ref, true) } };
    // An archived project takes no change; that it is suspended says enough, and it is deleted all the same.
    const expect = record.active ? [404] : [403, 404, 422];
    await api.call({ name: 'mark-leaving', method: 'PATCH', path, body, expect }, signal);
  }
  // Asked again where a mark says so already: the answer, or the request, may have been lost between the two.
  await api.call({ name: 'delete-project', method: 'DELETE', path, expect: [404] }, signal);
  for (let looked = 0; looked < DELETE_LOOKS.value; looked++) {
    if ((await readProject(api, record.id, signal)) === undefined) return;
    await clock.sleep(LOOK_AGAIN_MS.value, signal);
  }
  throw conflict(`project ${ref.name} is still being deleted by the server`, {
    code: 'ProjectLeaving',
    backend: 'openproject',
  });
}
