/**
 * How a project comes into being: empty, or as a copy of a template, which the server makes in a job of its own.
 *
 * 1. The mark is in the first record of both ways, so there is no project of ours without it.
 * 2. An identifier that is refused is an answer, with the server's words: it may be taken, by us too. Any other violation is the
 *    blueprint's or the server's.
 * 3. A copy is waited for within a bound; one that failed says what the server says.
 */
import type { Ref } from '@leasehold/engine';
import { bound, type Clock, invalid, unavailable } from '@leasehold/kernel';
import { nameTaken } from '../edge/ownership.ts';
import { type OpenProjectApi, type ProjectAnswer, type ProjectCall, violations } from './api.ts';
import { marked } from './mark.ts';
import { findProject, type ProjectRecord, readProject } from './records.ts';
import type { ProjectSpec } from './spec.ts';

const COPY_LOOKS = bound('openproject-copy-looks', 240);
const COPY_LOOK_MS = bound('openproject-copy-look-ms', 500);

/** @returns what the server says against the identifier; undefined: the project is made. */
export async function createProject(
  api: OpenProjectApi,
  ref: Ref,
  spec: ProjectSpec,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const body = {
    identifier: ref.name,
    name: ref.tenantId,
    public: spec.public,
    active: spec.access === 'granted',
    description: { format: 'markdown', raw: marked('', ref, false) },
  };
  if (spec.template === null) {
    const request = { name: 'create-project', method: 'POST', path: '/api/v3/projects', body } as const;
    return refusal(ref, request, await api.call({ ...request, expect: [422] }, signal));
  }
  const template = await findProject(api, spec.template, signal);
  if (template === undefined) {
    const text = `openproject has no project ${JSON.stringify(spec.template)} to copy from`;
    throw invalid(text, { code: 'TemplateMissing', backend: 'openproject' });
  }
  const meta = { copyMembers: false, sendNotifications: false };
  const path = `/api/v3/projects/${template.id}/copy`;
  const request = { name: 'copy-project', method: 'POST', path, body: { ...body, _meta: meta } } as const;
  const answer = await api.call({ ...request, expect: [302, 422] }, signal);
  const refused = refusal(ref, request, answer);
  if (refused === undefined) await untilCopied(api, ref, answer, clock, signal);
  return refused;
}

/** @throws Invalid `RefusedByBackend` for a violation of anything but the identifier. */
export function refusal(ref: Ref, request: ProjectCall, { status, json }: ProjectAnswer): string | undefined {
  if (status !== 422) return undefined;
  const identifier = violations(json).find(({ attribute }) => attribute === 'identifier');
  if (identifier !== undefined) return identifier.message;
  const text = `openproject refused project ${ref.name} (${request.name}): ${(json as { message?: string }).message}`;
  throw invalid(text, { code: 'RefusedByBackend', backend: 'openproject' });
}

/** What a server says of an identifier that another project has or had; of one that it would never take it says something else. */
const TAKEN = /\btaken\b/i;

export const isTaken = (words: string): boolean => TAKEN.test(words);

/** @throws Conflict `NameTaken`, Invalid `RefusedByBackend` for an identifier that the server takes from nobody. */
export async function throwRefused(api: OpenProjectApi, ref: Ref, words: string, signal: AbortSignal): Promise<never> {
  if (isTaken(words)) throw nameTaken(ref, 'openproject', holderText(await readProject(api, ref.name, signal)));
  const text = `openproject does not take ${ref.name} as an identifier: ${words}`;
  throw invalid(text, { code: 'RefusedByBackend', backend: 'openproject' });
}

/** Who has a name, for a person. @param holder undefined: one that is not shown to us. */
export const holderText = (holder: ProjectRecord | undefined): string =>
  holder === undefined ? 'a project that is not shown to us' : `project ${holder.identifier} (id ${holder.id})`;

const JOB = /\/api\/v3\/job_statuses\/[A-Za-z0-9-]+$/;

async function untilCopied(
  api: OpenProjectApi,
  ref: Ref,
  { location = '' }: ProjectAnswer,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const path = JOB.exec(location)?.[0];
  if (path === undefined) return;
  for (let look = 0; look < COPY_LOOKS.value; look++) {
    const { status, json } = await api.call({ name: 'read-job', method: 'GET', path, expect: [404] }, signal);
    const job = (json ?? {}) as { readonly status?: string; readonly message?: string | null };
    if (status === 404 || job.status === 'success') return;
    if (job.status === 'failure' || job.status === 'error' || job.status === 'cancelled') {
      const text = `openproject could not copy project ${ref.name}: ${job.message ?? job.status}`;
      throw unavailable(text, { code: 'CopyFailed', backend: 'openproject' });
    }
    await clock.sleep(COPY_LOOK_MS.value, signal);
  }
  throw unavailable(`openproject is still copying project ${ref.name}`, {
    code: 'StillCopying',
    backend: 'openproject',
  });
}
