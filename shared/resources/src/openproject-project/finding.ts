/**
 * Which project is a tenant's. Owns the search; leaves what to do with it to the provider.
 *
 * F1. A project is known by our mark. Its identifier is only where it is looked for first: people rename projects, and a server that is
 *     set to other identifiers renames all of them.
 * F2. Absence is concluded when neither the identifier, nor a former one that the server remembers, nor any mark leads to a
 *     project, and the key would see one: it is an administrator's, or the server would give the identifier to it.
 * F3. Of several projects with the mark (people copy a project, its description with it) the one with the identifier is the
 *     tenant's, else the oldest.
 */
import type { Ref } from '@leasehold/engine';
import { bound, unavailable } from '@leasehold/kernel';
import { markOf } from '../edge/ownership.ts';
import { formViolation, type OpenProjectApi } from './api.ts';
import { markIn } from './mark.ts';
import { allProjects, findProject, type ProjectRecord, readProject } from './records.ts';

/** After this long all marks are read again: somebody may have put one into an old project. */
const RELIST_MS = bound('openproject-directory-ms', 600_000);

export interface Found {
  /** What carries the mark, else what has the identifier without it. */
  readonly record: ProjectRecord | undefined;
  /** A stranger's project that has the identifier of ours. */
  readonly holder?: ProjectRecord;
}

type Look = { readonly signal: AbortSignal; readonly clock: { now(): number } };

export interface Finder {
  find(ref: Ref, look: Look): Promise<Found>;
  /** All that carry the tenant's mark, as they are now, oldest first. */
  marked(ref: Ref, look: Look): Promise<readonly ProjectRecord[]>;
}

const isMarked = (record: ProjectRecord, ref: Ref): boolean =>
  markOf(markIn(record.description?.raw ?? ''), ref) === 'ours';

export function createFinder(api: OpenProjectApi): Finder {
  const directory = createDirectory(api);
  const marked: Finder['marked'] = async (ref, look) => {
    const found: ProjectRecord[] = [];
    for (const id of await directory.ids(ref.tenantId, look)) {
      const record = await readProject(api, id, look.signal);
      if (record !== undefined && isMarked(record, ref)) found.push(record);
    }
    return found;
  };
  return {
    marked,
    async find(ref, look) {
      const named = await findProject(api, ref.name, look.signal);
      if (named !== undefined) directory.note(named);
      if (named !== undefined && isMarked(named, ref)) return { record: named };
      const former = named === undefined ? await readProject(api, ref.name, look.signal) : undefined;
      const ours = former !== undefined && isMarked(former, ref) ? former : (await marked(ref, look))[0];
      if (ours !== undefined) return { record: ours, ...(named === undefined ? {} : { holder: named }) };
      if (named === undefined) await mustSeeAll(api, ref, look.signal);
      return { record: named };
    },
  };
}

/** Ids by the tenant in a mark. A mark stays with its project whatever that is called, so only new projects are read again. */
function createDirectory(api: OpenProjectApi) {
  const byTenant = new Map<string, Set<number>>();
  let highest = 0;
  let listedAtMs: number | undefined;
  const note = ({ id, description }: ProjectRecord): void => {
    const tenantId = markIn(description?.raw ?? '')?.tenantId;
    if (tenantId !== undefined) byTenant.set(tenantId, (byTenant.get(tenantId) ?? new Set()).add(id));
  };
  const refresh = async ({ signal, clock }: Look): Promise<void> => {
    const atMs = clock.now();
    const known = listedAtMs !== undefined && atMs >= listedAtMs && atMs - listedAtMs < RELIST_MS.value ? highest : 0;
    let top = known;
    for await (const page of allProjects(api, signal, known > 0)) {
      for (const record of page) {
        note(record);
        top = Math.max(top, record.id);
      }
      if (page.some(({ id }) => id <= known)) break;
    }
    highest = top;
    if (known === 0) listedAtMs = atMs;
  };
  return {
    note,
    async ids(tenantId: string, look: Look): Promise<readonly number[]> {
      await refresh(look);
      return [...(byTenant.get(tenantId) ?? [])].sort((a, b) => a - b);
    },
  };
}

/** F2. @throws Unavailable `AccessDenied`, where the project may be there all the same. */
async function mustSeeAll(api: OpenProjectApi, ref: Ref, signal: AbortSignal): Promise<void> {
  const me = await api.call({ name: 'read-key', method: 'GET', path: '/api/v3/users/me', expect: [404] }, signal);
  if ((me.json as { readonly admin?: boolean }).admin === true) return;
  const body = { identifier: ref.name, name: ref.tenantId };
  const asked = { name: 'ask-identifier', method: 'POST', path: '/api/v3/projects/form', kind: 'read', body } as const;
  const words = formViolation((await api.call({ ...asked, expect: [404] }, signal)).json, 'identifier');
  if (words === undefined) return;
  throw unavailable(
    `openproject shows no project ${ref.name} and would not make it (${words}): the key may lack the right to see it`,
    { code: 'AccessDenied', backend: 'openproject' },
  );
}
