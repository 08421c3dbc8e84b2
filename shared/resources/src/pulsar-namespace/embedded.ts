/**
 * The embedded backend of tenants' namespaces: one record, `<DATA_DIR>/pulsar/<tenant>%2F<namespace>.json`, of policies,
 * permissions, topics and subscriptions. It carries no messages: the embedded bus does.
 */
import { join } from 'node:path';
import type { Backend, Change, Provider } from '@leasehold/engine';
import { invalid } from '@leasehold/kernel';
import type { Around } from '../edge/caller.ts';
import { chosen, touches } from '../edge/difference.ts';
import { createDisk } from '../embedded/disk.ts';
import { recordFiles } from '../embedded/places.ts';
import { createRecordBackend, type Viewed } from '../embedded/record-backend.ts';
import type { SeenPolicies } from './policies.ts';
import { NAMESPACE_KIND, topicNames } from './provider.ts';
import {
  BACKLOG_POLICY,
  type NamespaceSeen,
  type NamespaceSettings,
  type NamespaceSpec,
  namespaceSpec,
  planNamespace,
  wantedPermissions,
} from './spec.ts';
import type { Topics } from './topics.ts';

export interface EmbeddedPulsarOptions {
  readonly dataDir: string;
  readonly around?: Around;
}

interface State extends SeenPolicies {
  readonly topics: Topics;
}

const NAME = /^[-=:.\w]+\/[-=:.\w]+$/;

export function createEmbeddedPulsarBackend({ dataDir, around }: EmbeddedPulsarOptions): {
  readonly backend: Backend;
  readonly providers: readonly [Provider<NamespaceSpec, NamespaceSeen>];
} {
  const disk = createDisk({ backend: 'pulsar', folder: join(dataDir, 'pulsar'), around });
  const provider = createRecordBackend<NamespaceSpec, NamespaceSeen, State>(disk, recordFiles(disk.folder), {
    kind: NAMESPACE_KIND,
    backend: 'pulsar',
    holdsData: false,
    hasAccess: true,
    spec: namespaceSpec,
    plan: planNamespace,
    view,
    bare: () => BARE,
    next,
    outputs: (ref, spec) => ({ namespace: ref.name, topics: topicNames(ref, spec) }),
    checkName: (name) => {
      if (!NAME.test(name)) {
        throw invalid(`namespace ${JSON.stringify(name)} is not of the form tenant/namespace`, { code: 'InvalidName' });
      }
    },
  });
  return { backend: disk.backend, providers: [provider] };
}

const BARE: State = {
  retentionMinutes: 0,
  retentionMegabytes: 0,
  messageTtlSeconds: null,
  backlogQuotaBytes: null,
  backlogPolicy: null,
  evictsByAge: false,
  publishRate: null,
  dispatchRate: null,
  permissions: {},
  topics: {},
};

const view = ({ state, tier }: Viewed<State>): Omit<NamespaceSeen, 'mark' | 'generation'> => ({
  ...BARE,
  ...state,
  tier,
});

function next(spec: NamespaceSpec, changes: readonly Change[], before: State | undefined): State {
  const old = before ?? BARE;
  const due = (path: string) => before === undefined || touches(changes, path);
  const pick = <K extends keyof NamespaceSettings>(field: K): NamespaceSettings[K] =>
    due(`/${field}`) ? spec[field] : old[field];
  return {
    retentionMinutes: pick('retentionMinutes'),
    retentionMegabytes: pick('retentionMegabytes'),
    messageTtlSeconds: pick('messageTtlSeconds'),
    backlogQuotaBytes: pick('backlogQuotaBytes'),
    backlogPolicy: due('/backlogQuotaBytes')
      ? spec.backlogQuotaBytes === null
        ? null
        : BACKLOG_POLICY
      : old.backlogPolicy,
    evictsByAge: due('/evictsByAge') ? false : old.evictsByAge,
    ...expirationAfter(old, due('/subscriptionExpirationMinutes')),
    publishRate: pick('publishRate'),
    dispatchRate: pick('dispatchRate'),
    permissions: before
      ? chosen('/access', old.permissions, wantedPermissions(spec, old.permissions), changes)
      : wantedPermissions(spec, {}),
    topics: due('/topics') ? joined(old.topics, spec.topics) : old.topics,
  };
}

const expirationAfter = (
  { subscriptionExpirationMinutes: minutes }: State,
  isDue: boolean,
): Pick<State, 'subscriptionExpirationMinutes'> =>
  isDue || minutes === undefined ? {} : { subscriptionExpirationMinutes: minutes };

function joined(present: Topics, wanted: Topics): Topics {
  const names = [...new Set([...Object.keys(present), ...Object.keys(wanted)])].sort();
  return Object.fromEntries(
    names.map((name) => [name, [...new Set([...(present[name] ?? []), ...(wanted[name] ?? [])])].sort()]),
  );
}
