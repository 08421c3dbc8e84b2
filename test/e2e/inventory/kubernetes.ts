/**
 * A Kubernetes cluster's objects of every kind that its API server offers, cluster-wide and inside namespaces, from plain REST:
 * labels, annotations and settings. What controllers note for themselves (leases, events, status) is left out.
 */
import type { Json } from '@leasehold/kernel';
import { openKubernetes } from '../../support/kubernetes-client.ts';

type Tree = { [key: string]: Json };
type Get = (path: string) => Promise<unknown>;

interface Listed {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Tree;
    readonly annotations?: Tree;
  };
  readonly [field: string]: unknown;
}

const PASSING = new Set(['componentstatuses', 'events', 'leases', 'endpoints', 'endpointslices']);
/** Fields of an object that are no setting, or hold what is secret. */
const LEFT_OUT = new Set(['metadata', 'status', 'data', 'secrets', 'caBundle']);

/** Paths under which the server lists objects of one kind each. */
async function listPaths(get: Get): Promise<readonly string[]> {
  const { groups } = (await get('/apis')) as {
    readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
  };
  const roots = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const paths = roots.map(async (root) => {
    const { resources } = (await get(root)) as {
      readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
    };
    const listed = resources.filter(({ name, verbs }) => verbs.includes('list') && !name.includes('/'));
    return listed.filter(({ name }) => !PASSING.has(name)).map(({ name }) => `${root}/${name}`);
  });
  return (await Promise.all(paths)).flat();
}

const seenOf = ({ metadata, ...fields }: Listed): Json => ({
  labels: metadata.labels ?? {},
  annotations: metadata.annotations ?? {},
  ...(Object.fromEntries(Object.entries(fields).filter(([field]) => !LEFT_OUT.has(field))) as Tree),
  ...(fields['data'] ? { keys: Object.keys(fields['data']).sort() } : {}),
});

type Kinds = Record<string, Tree>;

function put(kinds: Kinds, kind: string, item: Listed): void {
  const ofKind = kinds[kind] ?? {};
  ofKind[item.metadata.name] = seenOf(item);
  kinds[kind] = ofKind;
}

/** @param env STACK_KUBECONFIG. `cluster` by kind and name; `namespaces` by namespace, kind and name. */
export async function kubernetesInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const { call, close } = openKubernetes(env);
  const get: Get = (path) => call('GET', path);
  try {
    const cluster: Kinds = {};
    const namespaces: Record<string, Kinds> = {};
    const lists = (await listPaths(get)).map(async (path) => {
      const kind = path.slice(path.lastIndexOf('/') + 1);
      const { items } = (await get(path)) as { readonly items: readonly Listed[] };
      for (const item of items) {
        const { namespace } = item.metadata;
        const kinds = namespace === undefined ? cluster : (namespaces[namespace] ?? {});
        if (namespace !== undefined) namespaces[namespace] = kinds;
        put(kinds, kind, item);
      }
    });
    await Promise.all(lists);
    return { cluster, namespaces };
  } finally {
    close();
  }
}
