/**
 * Bindings of others that give the tenant's group rights, beside the one that we make. They are the operator's business while the
 * tenant has access; without access they go, like every right that was given back by hand.
 *
 * 1. A binding for the tenant's group alone is deleted, as it was seen. One that names others too loses that group alone; a server
 *    that does not let us (it asks who changes a binding to hold its rights) refuses, and the right is told as standing.
 * 2. Each is tried whatever becomes of the others. One that changed meanwhile is left to the next look.
 * 3. Bindings of the whole cluster reach beyond the tenant's namespace: they are named, and never touched.
 * 4. Who may not list bindings does not see them: a cluster whose rules for us are older than this works as before, with a note.
 */
import type { Ref } from '@leasehold/engine';
import { bound, conflict, type Fault } from '@leasehold/kernel';
import { inParallel } from '../edge/parallel.ts';
import type { KubernetesApi } from './api.ts';
import { type Listing, listPages } from './list-pages.ts';
import { partPath, tenantGroup } from './manifests.ts';

export interface OtherBinding {
  readonly name: string;
  readonly resourceVersion: string;
  /** Whom else it names, as the API has them. */
  readonly others: readonly unknown[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
}

interface Binding {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly subjects?: readonly Subject[] | null;
}

const PAGE = bound('kubernetes-bindings-page', 250);
const PAGES = bound('kubernetes-bindings-pages', 40);
const WITHDRAWN_AT_ONCE = bound('kubernetes-bindings-at-once', 4);
/** As many as people read. */
const NAMED = bound('kubernetes-named-bindings', 10);
const FORBIDDEN = 403;
const ABSENT_STATUS = 404;
const CHANGED = 409;

const folderOf = (ref: Ref): string => {
  const path = partPath('access', ref);
  return path.slice(0, path.lastIndexOf('/'));
};

const CLUSTER_BINDINGS: Listing = {
  name: 'list-cluster-bindings',
  path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  page: PAGE,
  pages: PAGES,
  what: 'cluster role bindings',
};

const names =
  (group: string) =>
  ({ kind, name }: Subject): boolean =>
    kind === 'Group' && name === group;

/** @returns undefined where they may not be listed (4). */
export async function othersBindings(
  api: KubernetesApi,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly OtherBinding[] | undefined> {
  const what = `role bindings in namespace ${ref.name}`;
  const path = folderOf(ref);
  const all = await listed(api, { name: 'list-bindings', path, page: PAGE, pages: PAGES, what }, signal);
  const isGroup = names(tenantGroup(ref));
  return all
    ?.filter(({ metadata: { name } }) => `${path}/${name}` !== partPath('access', ref))
    .flatMap(({ metadata: { name, resourceVersion = '' }, subjects }) =>
      subjects?.some(isGroup)
        ? [{ name, resourceVersion, others: subjects.filter((subject) => !isGroup(subject)) }]
        : [],
    );
}

/** 3. @returns undefined where they may not be listed (4). */
export async function clusterBindings(
  api: KubernetesApi,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const isGroup = names(tenantGroup(ref));
  const all = await listed(api, CLUSTER_BINDINGS, signal);
  return all?.filter(({ subjects }) => subjects?.some(isGroup)).map(({ metadata: { name } }) => name);
}

async function listed(
  api: KubernetesApi,
  listing: Listing,
  signal: AbortSignal,
): Promise<readonly Binding[] | undefined> {
  const found: Binding[] = [];
  for await (const { status, items } of listPages<Binding>(
    api,
    { ...listing, expect: [FORBIDDEN, ABSENT_STATUS] },
    signal,
  )) {
    if (status === FORBIDDEN) return undefined;
    found.push(...items);
  }
  return found;
}

/** 1, 2. @throws what kept one of them: a refusal rather than a server that was away. */
export async function withdrawOthers(
  api: KubernetesApi,
  ref: Ref,
  bindings: readonly OtherBinding[],
  signal: AbortSignal,
): Promise<void> {
  const kept = await inParallel(bindings, WITHDRAWN_AT_ONCE, (binding) =>
    withdraw(api, ref, binding, signal).then(
      () => [],
      (error: unknown) => [error],
    ),
  );
  const faults = kept.flat();
  if (faults.length > 0) throw faults.find((fault) => (fault as Fault).away !== true) ?? faults[0];
}

async function withdraw(
  api: KubernetesApi,
  ref: Ref,
  { name, resourceVersion, others }: OtherBinding,
  signal: AbortSignal,
): Promise<void> {
  const path = `${folderOf(ref)}/${encodeURIComponent(name)}`;
  const expect = [ABSENT_STATUS, CHANGED];
  if (others.length === 0) {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } };
    await api.call({ name: 'delete-binding', method: 'DELETE', path, body, expect }, signal);
    return;
  }
  const body = { metadata: { resourceVersion }, subjects: others };
  const contentType = 'application/merge-patch+json';
  await api.call({ name: 'shut-binding', method: 'PATCH', path, contentType, body, expect }, signal);
}

/** 3. */
export function clusterBindingsStand(ref: Ref, bindings: readonly string[]): Fault {
  const named = bindings.slice(0, NAMED.value).join(', ');
  const text = `${bindings.length} ClusterRoleBindings of others give ${tenantGroup(ref)} rights (${named}): take it out of them by hand`;
  return conflict(text, { code: 'ClusterBindingStands', backend: 'kubernetes' });
}
