/**
 * The provider of tenants' projects in OpenProject. Owns which call repairs which difference; leaves differences to `spec.ts`, shapes
 * to `records.ts`, the beginning to `creation.ts`.
 *
 * O1. What exists under the identifier without our mark is not taken; what has our mark is the tenant's whatever it is called.
 *     On an operator's word the mark is added to its description; an archived one is made active with it, for it takes no other change.
 * O2. Deletion first says in the mark that the project is leaving, because the server archives it at once and deletes it later: a
 *     project that is only suspended looks the same otherwise. It ends when the project is gone.
 *     A copy that people made of it, our mark among it, loses the mark and stays.
 * O3. Access is withdrawn last and granted first among the repairs: an archived project takes no other change.
 */
import { ABSENT, type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { type Bound, bound, conflict, invalid, unavailable } from '@leasehold/kernel';
import { pointer, touches } from '../edge/difference.ts';
import { markOf, mayAdopt, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import { formViolation, type OpenProjectApi } from './api.ts';
import { createProject, holderText, isTaken, refusal, throwRefused } from './creation.ts';
import { createFinder, type Finder } from './finding.ts';
import { identifierOf, marked, markIn, type ProjectMark, released } from './mark.ts';
import { allProjects, membershipsOf, type ProjectRecord, readProject, rolesByGroup, setMembership } from './records.ts';
import { type ProjectSeen, type ProjectSpec, planProject, projectSpec } from './spec.ts';

export const PROJECT_KIND = 'openproject-project';

export interface ProjectOptions {
  readonly api: OpenProjectApi;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly projectLimit: Bound;
}

const LISTED_AT_ONCE = bound('openproject-listed-projects', 4);
const OBSERVED_PAGE = bound('openproject-observed-page', 100);
const DELETE_LOOKS = bound('openproject-delete-looks', 240);
const LOOK_AGAIN_MS = bound('openproject-delete-look-again-ms', 500);
const LEAVING_RETRY_MS = bound('openproject-leaving-retry-ms', 2000);

export function createProjectProvider(options: ProjectOptions): Provider<ProjectSpec, ProjectSeen> {
  const { api } = options;
  const tools: Tools = { api, finder: createFinder(api) };
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
    observe: async (ref, scope) => (await look(tools, named(ref), scope)).seen,
    observeAll: ({ signal }) => observeAll(api, signal),
    listNames: ({ signal }) => listNames(api, signal),
    async ensure(ref, spec, changes, scope) {
      if (changes.length > 0) {
        const { signal, clock } = scope;
        const whole = changes.some((change) => change.path === '');
        const refused = whole ? await createProject(api, named(ref), spec, clock, signal) : undefined;
        const { seen, record } = await look(tools, named(ref), scope);
        if (refused !== undefined && isAbsent(seen)) await throwRefused(api, ref, refused, signal);
        if (isAbsent(seen) || record === undefined) throw vanished(ref, 'openproject');
        mayChange(ref, seen, 'openproject');
        if (seen.leaving) throw leaving(ref);
        await repair(api, ref, spec, record, whole ? planProject(ref, spec, seen) : changes, signal);
      }
      return { identifier: ref.name };
    },
    adopt: (ref, _spec, scope) => adopt(tools, named(ref), scope),
    delete: (ref, scope) => remove(tools, named(ref), scope),
  };
}

interface Tools {
  readonly api: OpenProjectApi;
  readonly finder: Finder;
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

async function look({ api, finder }: Tools, ref: Ref, scope: Scope): Promise<Look> {
  const { record, holder } = await finder.find(ref, scope);
  if (record === undefined) return { seen: ABSENT, record };
  const seen = await seenOf(api, ref, record, scope.signal);
  if (record.identifier === ref.name) return { seen, record };
  return { seen: { ...seen, ...(await renaming(api, ref, record, holder, scope.signal)) }, record };
}

/** Why a project that people renamed cannot have its name again, if so: another has it, or the server takes it from nobody. */
async function renaming(
  api: OpenProjectApi,
  ref: Ref,
  { id, identifier }: ProjectRecord,
  holder: ProjectRecord | undefined,
  signal: AbortSignal,
): Promise<Pick<ProjectSeen, 'refusal' | 'inTheWay' | 'notes'>> {
  if (holder !== undefined) return { inTheWay: [holderText(holder)] };
  const body = { identifier: ref.name };
  const asked = {
    name: 'ask-rename',
    method: 'POST',
    path: `/api/v3/projects/${id}/form`,
    kind: 'read',
    body,
  } as const;
  const answer = await api.call({ ...asked, expect: [403, 404, 422] }, signal);
  const words = formViolation(answer.json, 'identifier');
  if (words === undefined) return {};
  if (isTaken(words)) return { inTheWay: [holderText(await readProject(api, ref.name, signal))] };
  return {
    refusal: words,
    notes: [`IdentifierRefused: is called ${identifier}, and the server refuses ours: ${words}`],
  };
}

async function seenOf(api: OpenProjectApi, ref: Ref, record: ProjectRecord, signal: AbortSignal): Promise<ProjectSeen> {
  const mark = markIn(record.description?.raw ?? '');
  return {
    mark: markOf(mark, ref),
    ...(mark === undefined ? {} : { generation: mark.generation }),
    id: record.id,
    ...(record.identifier === ref.name ? {} : { identifier: record.identifier }),
    tier: mark?.tier ?? '',
    access: record.active ? 'granted' : 'withdrawn',
    public: record.public,
    memberships: rolesByGroup(await membershipsOf(api, record.id, signal)),
    leaving: mark?.leaving ?? false,
  };
}

/** What is marked counts under the contract's name, whatever people call it. */
async function listNames(api: OpenProjectApi, signal: AbortSignal): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const page of allProjects(api, signal)) {
    for (const { identifier, description } of page) {
      const mark = markIn(description?.raw ?? '');
      names.add(mark === undefined ? identifier : identifierOf(mark.tenantId));
    }
  }
  return [...names];
}

type Marked = { readonly record: ProjectRecord; readonly mark: ProjectMark };

/** One project a tenant (F3 of finding.ts). */
async function markedProjects(api: OpenProjectApi, signal: AbortSignal): Promise<readonly Marked[]> {
  const byTenant = new Map<string, Marked>();
  for await (const page of allProjects(api, signal)) {
    for (const record of page) {
      const mark = markIn(record.description?.raw ?? '');
      if (mark === undefined) continue;
      if (byTenant.has(mark.tenantId) && record.identifier !== identifierOf(mark.tenantId)) continue;
      byTenant.set(mark.tenantId, { record, mark });
    }
  }
  return [...byTenant.values()];
}

async function* observeAll(api: OpenProjectApi, signal: AbortSignal): AsyncGenerator<readonly [Ref, ProjectSeen]> {
  const all = await markedProjects(api, signal);
  for (let first = 0; first < all.length; first += OBSERVED_PAGE.value) {
    const page = all.slice(first, first + OBSERVED_PAGE.value);
    yield* await inParallel(page, LISTED_AT_ONCE, async ({ record, mark: { tenantId, generation, tier } }) => {
      const ref: Ref = { kind: PROJECT_KIND, name: identifierOf(tenantId), tenantId, generation, tier };
      return [ref, await seenOf(api, ref, record, signal)] as const;
    });
  }
}

async function adopt(tools: Tools, ref: Ref, scope: Scope): Promise<void> {
  const { seen, record } = await look(tools, ref, scope);
  if (isAbsent(seen) || record === undefined) throw vanished(ref, 'openproject');
  if (!mayAdopt(ref, seen, 'openproject')) return;
  const description = { raw: marked(record.description?.raw ?? '', ref, false) };
  const body = { description, ...(record.active ? {} : { active: true }) };
  const path = `/api/v3/projects/${record.id}`;
  const request = { name: 'mark-project', method: 'PATCH', path, body, expect: [404] } as const;
  const { status } = await tools.api.call(request, scope.signal);
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
  if (touches(changes, '/identifier')) await renameBack(api, ref, record, signal);
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

async function renameBack(api: OpenProjectApi, ref: Ref, { id }: ProjectRecord, signal: AbortSignal): Promise<void> {
  const body = { identifier: ref.name };
  const request = { name: 'rename-back', method: 'PATCH', path: `/api/v3/projects/${id}`, body } as const;
  const words = refusal(ref, request, await api.call({ ...request, expect: [422] }, signal));
  if (words !== undefined) await throwRefused(api, ref, words, signal);
}

async function remove(tools: Tools, ref: Ref, scope: Scope): Promise<void> {
  const { api } = tools;
  const { signal, clock } = scope;
  const { seen, record } = await look(tools, ref, scope);
  if (isAbsent(seen) || record === undefined || !mayDelete(ref, seen, 'openproject')) return;
  const path = `/api/v3/projects/${record.id}`;
  await releaseCopies(tools, ref, record, scope);
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

/** O2. Otherwise a later look would take a copy for the project itself, renamed, and delete what people made on purpose. */
async function releaseCopies({ api, finder }: Tools, ref: Ref, { id }: ProjectRecord, scope: Scope): Promise<void> {
  const copies = (await finder.marked(ref, scope)).filter((one) => one.id !== id);
  for (const copy of copies) {
    const body = { description: { raw: released(copy.description?.raw ?? '') } };
    const request = { name: 'release-copy', method: 'PATCH', path: `/api/v3/projects/${copy.id}`, body } as const;
    const { status } = await api.call({ ...request, expect: [403, 404, 422] }, scope.signal);
    if (status !== 403 && status !== 422) continue;
    const text = `${holderText(copy)} carries the mark of ${ref.name} too, and takes no change: make it active, or take the mark out`;
    throw conflict(text, { code: 'MarkCopied', backend: 'openproject' });
  }
}
