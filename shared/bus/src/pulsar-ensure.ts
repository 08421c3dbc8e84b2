/**
 * Makes what a plan asks for on a Pulsar cluster: tenant, namespaces, topics, subscriptions, retention.
 *
 * 1. What exists is left as it is, but for retention that is missing or shorter than the plan's.
 * 2. A thing that appeared meanwhile (409) is what was wanted.
 * 3. A topic that has partitions stays as it is; its subscriptions are made on each of them.
 * 4. Topics are made unpartitioned and get no schema: a schema of ours would have the broker refuse the upstream service's own.
 * 5. A subscription stands at the earliest message.
 * 6. A topic that cannot be made keeps no other from being made; then the first such fault is thrown.
 */
import { Fault, type Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { Bus, NamespacePlan, TopicPlan } from './port.ts';
import type { AdminAnswer, AdminCall, PulsarAdmin } from './pulsar-admin.ts';
import {
  checkSubscription,
  checkTopicMade,
  type NamespaceName,
  namespacePath,
  parseNamespaceName,
  parseTopicName,
  topicPath,
} from './topic-name.ts';

export interface EnsureOptions {
  readonly admin: PulsarAdmin;
  readonly cluster?: string | undefined;
  readonly log: Log;
  readonly bounds: BusBounds;
}

interface Retention {
  readonly retentionTimeInMinutes: number;
  readonly retentionSizeInMB: number;
}

const MINUTE_MS = 60_000;
const EXISTS = 409;
const ABSENT = 404;

const retentionFor = (ms: number): Retention => ({
  retentionTimeInMinutes: Math.ceil(ms / MINUTE_MS),
  retentionSizeInMB: -1,
});

/** -1 keeps for ever. */
function isShorter(seen: Retention | undefined | null, wanted: Retention): boolean {
  if (!seen || typeof seen.retentionTimeInMinutes !== 'number') return true;
  return seen.retentionTimeInMinutes >= 0 && seen.retentionTimeInMinutes < wanted.retentionTimeInMinutes;
}

/** All of them, also after one has failed; an away broker fails the rest at once. @throws the first fault. */
async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const faults: unknown[] = [];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await run(item);
      } catch (error) {
        faults.push(error);
        if (!(error instanceof Fault) || error.away) queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (faults.length > 0) throw faults[0];
}

type Call = (
  method: AdminCall['method'],
  path: string,
  body?: unknown,
  expect?: readonly number[],
) => Promise<AdminAnswer>;

/** One run: every call with the caller's signal. */
interface Run extends EnsureOptions {
  readonly call: Call;
}

async function localCluster({ call, cluster }: Run): Promise<string> {
  if (cluster !== undefined) return cluster;
  const clusters = ((await call('GET', '/clusters')).json() as string[] | undefined) ?? [];
  const [only, ...others] = clusters.filter((name) => name !== 'global');
  if (only !== undefined && others.length === 0) return only;
  const runtime = (await call('GET', '/brokers/configuration/runtime')).json();
  const name = (runtime as { readonly clusterName?: string } | undefined)?.clusterName;
  if (name) return name;
  throw busUnavailable(`Pulsar names ${clusters.length} clusters and not its own: PULSAR_CLUSTER must be set`);
}

async function ensureTenant(run: Run, { tenant }: NamespaceName): Promise<void> {
  const path = `/tenants/${encodeURIComponent(tenant)}`;
  if ((await run.call('GET', path, undefined, [ABSENT])).status !== ABSENT) return;
  await run.call('PUT', path, { allowedClusters: [await localCluster(run)] });
  run.log.info('made the Pulsar tenant', { tenant });
}

async function ensureNamespace(run: Run, plan: NamespacePlan): Promise<void> {
  const { call, log } = run;
  const name = parseNamespaceName(plan.namespace);
  const path = `/namespaces/${namespacePath(name)}`;
  const wanted = retentionFor(plan.retentionMs);
  let seen = await call('GET', path, undefined, [ABSENT]);
  if (seen.status === ABSENT) {
    await ensureTenant(run, name);
    const made = await call('PUT', path, { retention_policies: wanted });
    if (made.status !== EXISTS) return log.info('made the Pulsar namespace', { namespace: plan.namespace });
    seen = await call('GET', path);
  }
  const policies = seen.json() as { readonly retention_policies?: Retention | null };
  if (!isShorter(policies.retention_policies, wanted)) return;
  await call('POST', `${path}/retention`, wanted);
  log.info('lengthened the retention of the Pulsar namespace', { namespace: plan.namespace });
}

/** Topics of the namespaces that there are. */
interface Existing {
  readonly plain: Set<string>;
  readonly partitioned: Set<string>;
}

async function ensureTopic({ call }: Run, plan: TopicPlan, existing: Existing): Promise<void> {
  const path = `/persistent/${topicPath(checkTopicMade(parseTopicName(plan.topic)))}`;
  const isPartitioned = existing.partitioned.has(plan.topic);
  if (!isPartitioned && !existing.plain.has(plan.topic)) await call('PUT', path);
  if (plan.subscriptions.length > 0) {
    // What a partitioned topic tells is what one of its partitions has: each is asked for, and those that have it say so.
    const seen = isPartitioned ? [] : ((await call('GET', `${path}/subscriptions`)).json() as string[]);
    for (const subscription of plan.subscriptions) {
      if (seen.includes(checkSubscription(subscription))) continue;
      await call('PUT', `${path}/subscription/${encodeURIComponent(subscription)}`, 'earliest');
    }
  }
  if (plan.retentionMs === undefined) return;
  const wanted = retentionFor(plan.retentionMs);
  const seen = (await call('GET', `${path}/retention`)).json() as Retention | undefined;
  if (isShorter(seen, wanted)) await call('POST', `${path}/retention`, wanted);
}

export function createEnsure(options: EnsureOptions): Bus['ensure'] {
  const lanes = options.bounds.ensureParallel.value;
  return async ({ namespaces, topics }, signal) => {
    const call: Call = (method, path, body, expect = [EXISTS]) =>
      options.admin.call({ method, path: `/admin/v2${path}`, body, expect }, signal);
    const run: Run = { ...options, call };
    for (const namespace of namespaces) await ensureNamespace(run, namespace);
    const paths = new Set(topics.map(({ topic }) => namespacePath(parseTopicName(topic))));
    const existing: Existing = { plain: new Set(), partitioned: new Set() };
    await inLanes([...paths], lanes, async (path) => {
      for (const topic of (await call('GET', `/persistent/${path}`)).json() as string[]) existing.plain.add(topic);
      const parted = (await call('GET', `/persistent/${path}/partitioned`)).json() as string[];
      for (const topic of parted) existing.partitioned.add(topic);
    });
    await inLanes(topics, lanes, (topic) => ensureTopic(run, topic, existing));
  };
}
