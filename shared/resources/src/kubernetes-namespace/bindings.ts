/**
 * Bindings of others that give the tenant's group rights in its own namespace, beside the one that we make. They are the operator's
 * business while the tenant has access; without access they go, like every right that was given back by hand.
 *
 * 1. A binding for the tenant's group alone is deleted. One that names others too loses that group alone; a server that does not let
 *    us (it asks who changes a binding to hold its rights) refuses, and the right is told as standing.
 * 2. Who may not list bindings does not see them: a cluster whose rules for us are older than this works as before, with a note.
 */
import type { Ref } from '@leasehold/engine';
import { bound, invalid } from '@leasehold/kernel';
import type { KubernetesApi } from './api.ts';
import { partPath, tenantGroup } from './manifests.ts';

export interface OtherBinding {
  readonly name: string;
  readonly resourceVersion: string;
  /** Whom else it names, as the API has them. */
  readonly others: readonly unknown[];
}

interface Binding {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[] | null;
}

interface BindingList {
  readonly items?: readonly Binding[] | null;
  readonly metadata?: { readonly continue?: string };
}

const PAGE = bound('kubernetes-bindings-page', 250);
const PAGES = bound('kubernetes-bindings-pages', 40);
const FORBIDDEN = 403;

const folderOf = (ref: Ref): string => {
  const path = partPath('access', ref);
  return path.slice(0, path.lastIndexOf('/'));
};

/** @returns undefined where they may not be listed (2). */
export async function othersBindings(
  api: KubernetesApi,
  ref: Ref,
  signal: AbortSignal,
): Promise<readonly OtherBinding[] | undefined> {
  const found: OtherBinding[] = [];
  const ours = partPath('access', ref);
  const group = tenantGroup(ref);
  let next = '';
  for (let page = 0; page < PAGES.value; page++) {
    const query = new URLSearchParams({ limit: String(PAGE.value), ...(next === '' ? {} : { continue: next }) });
    const request = { name: 'list-bindings', method: 'GET', path: `${folderOf(ref)}?${query}` } as const;
    const { status, json } = await api.call({ ...request, expect: [FORBIDDEN, 404] }, signal);
    if (status === FORBIDDEN) return undefined;
    const { items, metadata } = (status === 404 ? {} : json) as BindingList;
    for (const {
      metadata: { name, resourceVersion = '' },
      subjects,
    } of items ?? []) {
      const isGroup = (subject: { readonly kind: string; readonly name: string }): boolean =>
        subject.kind === 'Group' && subject.name === group;
      if (`${folderOf(ref)}/${name}` === ours || !subjects?.some(isGroup)) continue;
      found.push({ name, resourceVersion, others: subjects.filter((subject) => !isGroup(subject)) });
    }
    next = metadata?.continue ?? '';
    if (next === '') return found;
  }
  throw invalid(`namespace ${ref.name} has more than ${PAGES.value * PAGE.value} role bindings`, {
    code: 'TooManyElements',
    backend: 'kubernetes',
  });
}

/** 1. */
export async function withdrawOthers(
  api: KubernetesApi,
  ref: Ref,
  bindings: readonly OtherBinding[],
  signal: AbortSignal,
): Promise<void> {
  for (const { name, resourceVersion, others } of bindings) {
    const path = `${folderOf(ref)}/${encodeURIComponent(name)}`;
    if (others.length === 0) {
      await api.call({ name: 'delete-binding', method: 'DELETE', path, expect: [404] }, signal);
      continue;
    }
    const body = { metadata: { resourceVersion }, subjects: others };
    const contentType = 'application/merge-patch+json';
    await api.call({ name: 'shut-binding', method: 'PATCH', path, contentType, body, expect: [404, 409] }, signal);
  }
}
