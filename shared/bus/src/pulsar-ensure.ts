/**
 * Makes what a plan asks for on a Pulsar cluster: tenant, namespaces, topics, subscriptions, retention.
 *
 * 1. What exists is left as it is, but for retention that is missing or shorter than the plan's.
 * 2. A thing that appeared meanwhile (409) is what was wanted.
 * 3. Topics are unpartitioned and get no schema: a schema of ours would have the broker refuse the upstream service's own.
 * 4. A subscription stands at the earliest message.
 */
import type { Log } from '@leasehold/kernel';
import type { BusBounds } from './bounds.ts';
import { busUnavailable } from './faults.ts';
import type { Bus, NamespacePlan, TopicPlan } from './port.ts';
import type { AdminCall, PulsarAdmin } from './pulsar-admin.ts';
import {
  checkSubscription,
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

async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}

export function createEnsure(options: EnsureOptions): Bus['ensure'] {
  const { admin, log, bounds } = options;
  const call = (method: AdminCall['method'], path: string, body?: unknown, signal?: AbortSignal, expect?: number[]) =>
    admin.call({ method, path: `/admin/v2${path}`, body, expect: expect ?? [EXISTS] }, signal);

  async function localCluster(signal?: AbortSignal): Promise<string> {
    if (options.cluster !== undefined) return options.cluster;
    const clusters = ((await call('GET', '/clusters', undefined, signal)).json() as string[]) ?? [];
    const [only, ...others] = clusters.filter((name) => name !== 'global');
    if (only !== undefined && others.length === 0) return only;
    const runtime = (await call('GET', '/brokers/configuration/runtime', undefined, signal)).json();
    const name = (runtime as { clusterName?: string } | undefined)?.clusterName;
    if (!name)
      throw busUnavailable(`Pulsar names ${clusters.length} clusters and not its own: PULSAR_CLUSTER must be set`);
    return name;
  }

  async function ensureTenant({ tenant }: NamespaceName, signal?: AbortSignal): Promise<void> {
    const path = `/tenants/${encodeURIComponent(tenant)}`;
    if ((await call('GET', path, undefined, signal, [ABSENT])).status !== ABSENT) return;
    await call('PUT', path, { allowedClusters: [await localCluster(signal)] }, signal);
    log.info('made the Pulsar tenant', { tenant });
  }

  async function ensureNamespace(plan: NamespacePlan, signal?: AbortSignal): Promise<void> {
    const name = parseNamespaceName(plan.namespace);
    const path = `/namespaces/${namespacePath(name)}`;
    const wanted = retentionFor(plan.retentionMs);
    let seen = await call('GET', path, undefined, signal, [ABSENT]);
    if (seen.status === ABSENT) {
      await ensureTenant(name, signal);
      const made = await call('PUT', path, { retention_policies: wanted }, signal);
      if (made.status !== EXISTS) {
        log.info('made the Pulsar namespace', { namespace: plan.namespace });
        return;
      }
      seen = await call('GET', path, undefined, signal);
    }
    const policies = seen.json() as { retention_policies?: Retention | null };
    if (!isShorter(policies.retention_policies, wanted)) return;
    await call('POST', `${path}/retention`, wanted, signal);
    log.info('lengthened the retention of the Pulsar namespace', { namespace: plan.namespace });
  }

  async function ensureSubscriptions(path: string, plan: TopicPlan, signal?: AbortSignal): Promise<void> {
    if (plan.subscriptions.length === 0) return;
    const seen = (await call('GET', `${path}/subscriptions`, undefined, signal)).json() as string[];
    for (const subscription of plan.subscriptions) {
      if (seen.includes(checkSubscription(subscription))) continue;
      await call('PUT', `${path}/subscription/${encodeURIComponent(subscription)}`, 'earliest', signal);
    }
  }

  async function ensureTopicRetention(path: string, plan: TopicPlan, signal?: AbortSignal): Promise<void> {
    if (plan.retentionMs === undefined) return;
    const wanted = retentionFor(plan.retentionMs);
    const seen = (await call('GET', `${path}/retention`, undefined, signal)).json() as Retention | undefined;
    if (isShorter(seen, wanted)) await call('POST', `${path}/retention`, wanted, signal);
  }

  async function ensureTopic(plan: TopicPlan, existing: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    const path = `/persistent/${topicPath(parseTopicName(plan.topic))}`;
    if (!existing.has(plan.topic)) await call('PUT', path, undefined, signal);
    await ensureSubscriptions(path, plan, signal);
    await ensureTopicRetention(path, plan, signal);
  }

  return async (plan, signal) => {
    for (const namespace of plan.namespaces) await ensureNamespace(namespace, signal);
    const namespaces = new Set(plan.topics.map(({ topic }) => namespacePath(parseTopicName(topic))));
    const existing = new Set<string>();
    await inLanes([...namespaces], bounds.ensureParallel.value, async (path) => {
      const listed = (await call('GET', `/persistent/${path}`, undefined, signal)).json() as string[];
      for (const topic of listed) existing.add(topic);
    });
    await inLanes(plan.topics, bounds.ensureParallel.value, (topic) => ensureTopic(topic, existing, signal));
  };
}
