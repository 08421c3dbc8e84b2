/**
 * The provider of tenants' namespaces on Kubernetes. Owns which call repairs which difference; leaves differences to `spec.ts`, the
 * objects to `manifests.ts`.
 *
 * K1. A namespace comes into being by a plain create with its mark, never by apply: what exists under the name is not taken.
 *     What others made is marked, on an operator's word, only as it was seen: one that changed meanwhile is looked at again.
 * K2. What is inside it is applied in parallel; the binding after its role, because the server asks what a binding grants of
 *     whoever is no administrator.
 *     What others gave the tenant is withdrawn after all that is ours, so that their refusals keep nothing of it.
 * K3. Deletion names the object that was seen (its uid), and ends when the namespace is gone, its contents with it. One that
 *     something holds back says what holds it.
 */
import { ABSENT, type Absent, type Change, isAbsent, type Provider, type Ref, type Scope } from '@leasehold/engine';
import { type Bound, bound, type Clock, conflict, invalid } from '@leasehold/kernel';
import { isAt, touches } from '../edge/difference.ts';
import { appeared, mayAdopt, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import { terminating } from './answers.ts';
import type { KubernetesApi } from './api.ts';
import { clusterBindings, clusterBindingsStand, othersBindings, withdrawOthers } from './bindings.ts';
import { type Listing, listPages } from './list-pages.ts';
import {
  LABEL,
  MANAGER,
  type Manifest,
  markManifest,
  namespaceManifest,
  PARTS,
  type Part,
  partAfter,
  partManifest,
  partPath,
  tenantGroup,
  wantedFacts,
} from './manifests.ts';
import { type ApiObject, ownerIn, seenNamespace } from './observation.ts';
import {
  BINDINGS,
  CLUSTER_BINDINGS,
  type KubernetesNamespaceSeen,
  type KubernetesNamespaceSpec,
  kubernetesNamespaceSpec,
  planNamespace,
} from './spec.ts';

export const KUBERNETES_NAMESPACE_KIND = 'kubernetes-namespace';

export interface KubernetesNamespaceOptions {
  readonly api: KubernetesApi;
  /** Where the platform's services run: its pods and the tenants' may call each other. */
  readonly platformNamespace: string;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly namespaceLimit: Bound;
}

const PAGE = bound('kubernetes-page-namespaces', 250);
const PAGES = bound('kubernetes-pages', 400);
const NAMESPACES: Listing = {
  name: 'list-namespaces',
  path: '/api/v1/namespaces',
  page: PAGE,
  pages: PAGES,
  what: 'namespaces',
};
const LISTED_AT_ONCE = bound('kubernetes-listed-namespaces', 4);
const AT_ONCE = bound('kubernetes-parts-at-once', PARTS.length);
const DELETE_LOOKS = bound('kubernetes-delete-looks', 240);
const LOOK_AGAIN_MS = bound('kubernetes-delete-look-again-ms', 500);

type KubernetesProvider = Provider<KubernetesNamespaceSpec, KubernetesNamespaceSeen>;

export function createKubernetesNamespaceProvider(options: KubernetesNamespaceOptions): KubernetesProvider {
  const { api, platformNamespace: platform } = options;
  const plan: KubernetesProvider['plan'] = (ref, spec, seen) =>
    planNamespace(ref, spec, seen, wantedFacts(ref, spec, platform));
  return {
    kind: KUBERNETES_NAMESPACE_KIND,
    backend: 'kubernetes',
    holdsData: true,
    hasAccess: true,
    embedded: false,
    spec: kubernetesNamespaceSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'kubernetes-namespaces', cost: 1, limit: options.namespaceLimit },
    },
    plan,
    observe: (ref, { signal }) => observe(api, named(ref), signal),
    observeAll: ({ signal }) => observeAll(api, signal),
    listNames: ({ signal }) => listNames(api, signal),
    async ensure(ref, spec, changes, { signal }) {
      const outputs = { namespace: named(ref).name };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      if (whole && (await create(api, ref, spec, signal))) {
        await applyParts(options, ref, spec, PARTS, signal);
        return outputs;
      }
      const seen = await observe(api, ref, signal);
      if (isAbsent(seen)) throw vanished(ref, 'kubernetes');
      mayChange(ref, seen, 'kubernetes');
      if (seen.terminating) throw terminating(ref.name);
      await repair(options, ref, spec, seen, whole ? plan(ref, spec, seen) : changes, signal);
      return outputs;
    },
    adopt: (ref, _spec, { signal }) => adopt(api, named(ref), signal),
    delete: (ref, scope) => remove(api, named(ref), scope),
  };
}

/** The mesh's rules for the cluster are older than the release. */
const unseenNote = (what: string): string =>
  `BindingsUnseen: ${what} of others may not be listed, so that what they give is not seen`;

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

function named(ref: Ref): Ref {
  if (NAME.test(ref.name) && NAME.test(ref.tenantId)) return ref;
  throw invalid(`namespace name ${JSON.stringify(ref.name)} does not match ${NAME}`, { code: 'InvalidName' });
}

const pathOf = (ref: Ref): string => `/api/v1/namespaces/${ref.name}`;

async function observe(api: KubernetesApi, ref: Ref, signal: AbortSignal): Promise<KubernetesNamespaceSeen | Absent> {
  const [namespace, bindings, ...parts] = await Promise.all([
    api.read<ApiObject>('read-namespace', pathOf(ref), signal),
    othersBindings(api, ref, signal),
    ...PARTS.map((part) => api.read<ApiObject>(`read-${part}`, partPath(part, ref), signal)),
  ]);
  if (namespace === undefined) return ABSENT;
  const found = Object.fromEntries(PARTS.map((part, index) => [part, parts[index]]));
  const seen = seenNamespace(ref, namespace, found as Record<Part, ApiObject | undefined>);
  // The whole cluster's are listed only for whom they matter: one that has no access by our own binding.
  const isGranted = seen.access?.subjects.includes(tenantGroup(ref)) === true;
  const wide = isGranted ? [] : await clusterBindings(api, ref, signal);
  const unseen = [...(bindings ? [] : ['role bindings']), ...(wide ? [] : ['cluster role bindings'])];
  return {
    ...seen,
    ...(bindings?.length ? { bindings } : {}),
    ...(wide?.length ? { clusterBindings: wide } : {}),
    ...(unseen.length === 0 ? {} : { notes: unseen.map(unseenNote) }),
  };
}

async function listNames(api: KubernetesApi, signal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { items } of listPages<ApiObject>(api, NAMESPACES, signal))
    names.push(...items.map((item) => item.metadata.name));
  return names;
}

async function* observeAll(
  api: KubernetesApi,
  signal: AbortSignal,
): AsyncGenerator<readonly [Ref, KubernetesNamespaceSeen]> {
  const ofOurs = { ...NAMESPACES, filter: { labelSelector: `${LABEL.managedBy}=${MANAGER}` } };
  for await (const { items } of listPages<ApiObject>(api, ofOurs, signal)) {
    const found = await inParallel(items, LISTED_AT_ONCE, async (item) => {
      const owner = ownerIn(item);
      if (owner === undefined) return [];
      const tier = item.metadata.labels?.[LABEL.tier] ?? '';
      const ref: Ref = { kind: KUBERNETES_NAMESPACE_KIND, name: item.metadata.name, ...owner, tier };
      const seen = await observe(api, ref, signal);
      return isAbsent(seen) ? [] : [[ref, seen] as const];
    });
    yield* found.flat();
  }
}

/** @returns false where the name is taken already, by us or by others. */
async function create(
  api: KubernetesApi,
  ref: Ref,
  spec: KubernetesNamespaceSpec,
  signal: AbortSignal,
): Promise<boolean> {
  const request = {
    name: 'create-namespace',
    method: 'POST',
    path: `/api/v1/namespaces?fieldManager=${MANAGER}`,
  } as const;
  const { status } = await api.call({ ...request, body: namespaceManifest(ref, spec), expect: [409] }, signal);
  return status !== 409;
}

/** K1. */
async function adopt(api: KubernetesApi, ref: Ref, signal: AbortSignal): Promise<void> {
  const namespace = await api.read<ApiObject>('read-namespace', pathOf(ref), signal);
  if (namespace === undefined) throw vanished(ref, 'kubernetes');
  const seen = seenNamespace(ref, namespace, {});
  if (!mayAdopt(ref, seen, 'kubernetes')) return;
  if (seen.terminating) throw terminating(ref.name);
  const { status } = await api.apply('mark-namespace', pathOf(ref), markManifest(ref, namespace.metadata), signal);
  if (status === 409) throw appeared(ref, 'kubernetes');
  if (status === 404) throw vanished(ref, 'kubernetes');
}

async function repair(
  options: KubernetesNamespaceOptions,
  ref: Ref,
  spec: KubernetesNamespaceSpec,
  seen: KubernetesNamespaceSeen,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const { api } = options;
  const ofOurs = changes.filter((change) => !isAt(change, BINDINGS) && !isAt(change, CLUSTER_BINDINGS));
  const due = PARTS.filter((part) => touches(ofOurs, `/${part}`));
  // The role that a binding names cannot be changed, so such a binding is made anew.
  if (touches(changes, '/access/role') && seen.access !== null) {
    const path = partPath('access', ref);
    await api.call({ name: 'delete-access', method: 'DELETE', path, expect: [404] }, signal);
  }
  // So is a quota that counts some pods alone.
  if (touches(changes, '/quota') && seen.hasScopedQuota) {
    const path = partPath('quota', ref);
    await api.call({ name: 'delete-quota', method: 'DELETE', path, expect: [404] }, signal);
  }
  await applyParts(options, ref, spec, due, signal, (part, manifest) => partAfter(part, manifest, seen, changes));
  // The mark's generation comes last: until then an interrupted repair is found again.
  if (touches(changes, '/tier', '/podSecurity', '/generation')) {
    await applied(ref, api.apply('apply-namespace', pathOf(ref), namespaceManifest(ref, spec), signal));
  }
  if (touches(changes, BINDINGS)) await withdrawOthers(api, ref, seen.bindings ?? [], signal);
  if (touches(changes, CLUSTER_BINDINGS) && seen.clusterBindings) throw clusterBindingsStand(ref, seen.clusterBindings);
}

async function applyParts(
  { api, platformNamespace }: KubernetesNamespaceOptions,
  ref: Ref,
  spec: KubernetesNamespaceSpec,
  parts: readonly Part[],
  signal: AbortSignal,
  after: (part: Part, manifest: Manifest) => Manifest = (_part, manifest) => manifest,
): Promise<void> {
  const apply = (part: Part) => {
    const manifest = after(part, partManifest(part, ref, spec, platformNamespace));
    return applied(ref, api.apply(`apply-${part}`, partPath(part, ref), manifest, signal));
  };
  await inParallel(
    parts.filter((part) => part !== 'access'),
    AT_ONCE,
    apply,
  );
  if (parts.includes('access')) await apply('access');
}

/** A 404 to an apply means that the namespace itself has gone. */
async function applied(ref: Ref, answer: ReturnType<KubernetesApi['apply']>): Promise<void> {
  if ((await answer).status === 404) throw vanished(ref, 'kubernetes');
}

async function remove(api: KubernetesApi, ref: Ref, { signal, clock }: Scope): Promise<void> {
  const namespace = await api.read<ApiObject>('read-namespace', pathOf(ref), signal);
  if (namespace === undefined) return;
  const seen = seenNamespace(ref, namespace, {});
  if (!mayDelete(ref, seen, 'kubernetes')) return;
  if (!seen.terminating) {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: seen.uid } };
    const request = { name: 'delete-namespace', method: 'DELETE', path: pathOf(ref), body } as const;
    await api.call({ ...request, expect: [404, 409] }, signal);
  }
  await untilGone(api, ref, seen.uid, clock, signal);
}

/** Another uid under the name is another namespace: the one that was to go has gone. */
async function untilGone(api: KubernetesApi, ref: Ref, uid: string, clock: Clock, signal: AbortSignal): Promise<void> {
  let held = '';
  for (let look = 0; look < DELETE_LOOKS.value; look++) {
    const namespace = await api.read<ApiObject>('read-namespace', pathOf(ref), signal);
    if (namespace === undefined || namespace.metadata.uid !== uid) return;
    held = heldBy(namespace) ?? held;
    await clock.sleep(LOOK_AGAIN_MS.value, signal);
  }
  throw conflict(`namespace ${ref.name} does not go: ${held === '' ? 'its contents are still being deleted' : held}`, {
    code: 'NamespaceTerminating',
    backend: 'kubernetes',
  });
}

const heldBy = (namespace: ApiObject): string | undefined =>
  namespace.status?.conditions?.find(({ status, message }) => status === 'True' && message !== undefined)?.message;
