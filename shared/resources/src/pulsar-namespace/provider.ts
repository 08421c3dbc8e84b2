/**
 * The provider of tenants' namespaces on a real Pulsar. Owns which admin call repairs which difference, and their order;
 * leaves differences to `spec.ts`, the broker's record to `policies.ts`.
 *
 * N1. A namespace comes into being by one PUT with every policy and the mark; a 409 means that somebody has the name, and it
 *     goes on only where the mark is ours.
 * N2. Retention and backlog quota are set in the order in which the broker accepts them.
 * N3. Deletion closes the namespace to new topics first, so that a client that reconnects cannot make one again; then topics
 *     with their subscriptions and schemas go, then the namespace.
 */
import { ABSENT, type Absent, isAbsent, type Provider, type Ref, type Scope, type SeenBase } from '@leasehold/engine';
import { type Bound, bound, conflict, invalid, unavailable } from '@leasehold/kernel';
import { markOf, mayAdopt, mayChange, mayDelete, vanished } from '../edge/ownership.ts';
import { inParallel } from '../edge/parallel.ts';
import { type PulsarAdmin, reasonOf } from './admin.ts';
import { markProperties, ownerIn, type Policies, policiesOf, settingsIn } from './policies.ts';
import { repairNamespace } from './repair.ts';
import { type NamespaceSeen, type NamespaceSpec, namespaceSpec, planNamespace } from './spec.ts';
import { readTopicPolicies } from './topic-policy-calls.ts';
import { makeTopics, readBacklogBytes, readTopics, removeTopics } from './topics.ts';

export const NAMESPACE_KIND = 'pulsar-namespace';

export interface NamespaceOptions {
  readonly admin: PulsarAdmin;
  /** The Pulsar tenant whose namespaces are listed. */
  readonly pulsarTenant: string;
  readonly timeoutMs: Bound;
  readonly parallelism: Bound;
  readonly topicLimit: Bound;
  /** By the last part of their names: the topics of which nothing may be lost while nobody is there to hear. */
  readonly heardTopics: readonly string[];
}

const LISTED_AT_ONCE = bound('pulsar-listed-namespaces', 4);
const ABSENT_STATUS = 404;
const DELETE_ROUNDS = bound('pulsar-delete-rounds', 5);

export function createNamespaceProvider(options: NamespaceOptions): Provider<NamespaceSpec, NamespaceSeen> {
  const { admin } = options;
  return {
    kind: NAMESPACE_KIND,
    backend: 'pulsar',
    holdsData: false,
    hasAccess: true,
    embedded: false,
    spec: namespaceSpec,
    bounds: {
      timeoutMs: options.timeoutMs,
      parallelism: options.parallelism,
      ceiling: { name: 'pulsar-topics', cost: 10, limit: options.topicLimit },
    },
    plan: planNamespace,
    observe: (ref, { signal }) => observe(options, named(ref), signal),
    observeAll: (scope) => observeAll(options, scope),
    listNames: ({ signal }) => listNames(options, signal),
    async ensure(ref, spec, changes, { signal }) {
      const outputs = { namespace: named(ref).name, topics: topicNames(ref, spec) };
      if (changes.length === 0) return outputs;
      const whole = changes.some((change) => change.path === '');
      if (whole && (await create(admin, ref, spec, signal))) {
        await makeTopics(admin, ref.name, allTopics(spec), signal);
        return outputs;
      }
      const seen = await observe(options, ref, signal);
      if (isAbsent(seen)) throw vanished(ref, 'pulsar');
      mayChange(ref, seen, 'pulsar');
      await repairNamespace(admin, ref, spec, seen, whole ? planNamespace(ref, spec, seen) : changes, signal);
      return outputs;
    },
    measure: async (ref, seen, { signal }) => ({
      ...seen,
      backlogBytes: await readBacklogBytes(admin, named(ref).name, signal),
    }),
    adopt: (ref, _spec, { signal }) => adopt(options, named(ref), signal),
    delete: (ref, { signal }) => remove(options, named(ref), signal),
  };
}

const NAME = /^[-=:.\w]+\/[-=:.\w]+$/;

function named(ref: Ref): Ref {
  if (NAME.test(ref.name)) return ref;
  throw invalid(`namespace ${JSON.stringify(ref.name)} is not of the form tenant/namespace`, { code: 'InvalidName' });
}

export const topicNames = (ref: Ref, spec: NamespaceSpec): readonly string[] =>
  Object.keys(spec.topics).map((topic) => `persistent://${ref.name}/${topic}`);

const allTopics = (spec: NamespaceSpec) =>
  Object.entries(spec.topics).map(([topic, subscriptions]) => ({ topic, missing: true, subscriptions }));

async function observe(
  { admin, heardTopics }: NamespaceOptions,
  ref: Ref,
  signal: AbortSignal,
): Promise<NamespaceSeen | Absent> {
  const [policies, cluster, topics] = await Promise.all([
    readRecord(admin, ref, signal),
    admin.cluster(signal),
    readTopics(admin, ref.name, signal),
  ]);
  if (policies.status === ABSENT_STATUS) return ABSENT;
  const record = policies.json as Policies;
  return {
    ...markIn(ref, record),
    ...settingsIn(record, cluster),
    topics,
    ...(await readTopicPolicies(admin, ref.name, heardTopics, topics, signal)),
    tier: record.properties?.['leasehold-tier'] ?? '',
  };
}

function markIn(ref: Ref, { properties = {} }: Policies): SeenBase {
  const owner = ownerIn(properties);
  return {
    mark: markOf(owner, ref, properties['leasehold-tenant']),
    ...(owner === undefined ? {} : { generation: owner.generation }),
  };
}

/** Whose it is, without what is in it. */
async function readMark(admin: PulsarAdmin, ref: Ref, signal: AbortSignal): Promise<SeenBase | undefined> {
  const { status, json } = await readRecord(admin, ref, signal);
  return status === ABSENT_STATUS ? undefined : markIn(ref, json as Policies);
}

const readRecord = (admin: PulsarAdmin, { name }: Ref, signal: AbortSignal) =>
  admin.call({ name: 'read-namespace', method: 'GET', path: `/namespaces/${name}`, expect: [ABSENT_STATUS] }, signal);

/** The broker adds the properties of the mark to those that are there. */
async function adopt(options: NamespaceOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { admin } = options;
  const seen = await readMark(admin, ref, signal);
  if (seen === undefined) throw vanished(ref, 'pulsar');
  if (!mayAdopt(ref, seen, 'pulsar')) return;
  const path = `/namespaces/${ref.name}/properties`;
  await admin.call({ name: 'mark-namespace', method: 'PUT', path, body: markProperties(ref) }, signal);
}

async function listNames({ admin, pulsarTenant }: NamespaceOptions, signal: AbortSignal): Promise<readonly string[]> {
  const path = `/namespaces/${encodeURIComponent(pulsarTenant)}`;
  const { status, json } = await admin.call({ name: 'list-namespaces', method: 'GET', path, expect: [404] }, signal);
  return status === 404 ? [] : (json as readonly string[]);
}

async function* observeAll(
  options: NamespaceOptions,
  { signal }: Scope,
): AsyncGenerator<readonly [Ref, NamespaceSeen]> {
  const names = await listNames(options, signal);
  for (let start = 0; start < names.length; start += LISTED_AT_ONCE.value) {
    const page = names.slice(start, start + LISTED_AT_ONCE.value);
    yield* (await inParallel(page, LISTED_AT_ONCE, (name) => observeMarked(options, name, signal))).flat();
  }
}

/** The policies are read first: the topics of a namespace that is not ours are of no interest. */
async function observeMarked(
  options: NamespaceOptions,
  name: string,
  signal: AbortSignal,
): Promise<readonly (readonly [Ref, NamespaceSeen])[]> {
  const path = `/namespaces/${name}/properties`;
  const { status, json } = await options.admin.call({ name: 'read-mark', method: 'GET', path, expect: [404] }, signal);
  const properties = status === 404 ? {} : ((json ?? {}) as Record<string, string>);
  const owner = ownerIn(properties);
  if (owner === undefined) return [];
  const ref: Ref = { kind: NAMESPACE_KIND, name, ...owner, tier: properties['leasehold-tier'] ?? '' };
  const seen = await observe(options, ref, signal);
  return isAbsent(seen) ? [] : [[ref, seen]];
}

/** @returns false where the namespace exists already. */
async function create(admin: PulsarAdmin, ref: Ref, spec: NamespaceSpec, signal: AbortSignal): Promise<boolean> {
  const body = policiesOf(ref, spec, await admin.cluster(signal));
  const request = { name: 'create-namespace', method: 'PUT', path: `/namespaces/${ref.name}`, body } as const;
  const { status, json } = await admin.call({ ...request, expect: [404, 409, 412] }, signal);
  if (status === 404) {
    throw unavailable(`pulsar has no tenant for namespace ${ref.name}`, {
      code: 'TenantMissing',
      backend: 'pulsar',
      away: true,
    });
  }
  if (status === 412) {
    const reason = reasonOf(json);
    const ceiling = /max|limit|exceed/i.test(reason);
    const options = { code: ceiling ? 'CeilingReached' : 'RefusedByBackend', backend: 'pulsar' };
    throw invalid(`pulsar refused namespace ${ref.name}: ${reason}`, options);
  }
  return status !== 409;
}

async function remove(options: NamespaceOptions, ref: Ref, signal: AbortSignal): Promise<void> {
  const { admin } = options;
  const seen = await readMark(admin, ref, signal);
  if (seen === undefined || !mayDelete(ref, seen, 'pulsar')) return;
  const path = `/namespaces/${ref.name}`;
  const closed = { name: 'close-namespace', method: 'POST', path: `${path}/autoTopicCreation` } as const;
  await admin.call({ ...closed, body: { allowAutoTopicCreation: false }, expect: [404] }, signal);
  for (let round = 0; round < DELETE_ROUNDS.value; round++) {
    await removeTopics(admin, ref.name, signal);
    const gone = { name: 'delete-namespace', method: 'DELETE', path, expect: [404, 409] } as const;
    if ((await admin.call(gone, signal)).status !== 409) return;
  }
  const text = `namespace ${ref.name} is not empty after ${DELETE_ROUNDS.value} rounds of deleting its topics`;
  throw conflict(text, { code: 'NamespaceNotEmpty', backend: 'pulsar' });
}
