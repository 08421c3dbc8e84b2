/**
 * A Pulsar cluster's tenants, namespaces with their policies and grants, topics with their subscriptions and own retention,
 * through the admin REST API.
 *
 * A topic with partitions is one topic, there as long as its partitions or its record are. Left out: the broker's tenant `pulsar`,
 * system topics (`__...`), and the `public` tenant's empty default namespace is kept, because somebody may leave something in it.
 */
import { bound, type Json } from '@leasehold/kernel';
import { variable } from './variable.ts';

const PARALLEL = bound('inventory.pulsar-calls', 8);
const CALL_MS = 30_000;
const OWN_TENANT = 'pulsar';

type Get = (path: string) => Promise<Json>;
type Tree = { [key: string]: Json };

async function treeOf(names: readonly string[], value: (name: string) => Promise<Json>): Promise<Tree> {
  const tree: Tree = {};
  const waiting = [...names].sort();
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) tree[name] = await value(name);
  };
  await Promise.all(Array.from({ length: PARALLEL.value }, work));
  return tree;
}

const isSystemTopic = (topic: string): boolean => topic.split('/').at(-1)?.startsWith('__') === true;
const sorted = (value: Json): readonly string[] => [...(value as readonly string[])].sort();

async function topicOf(get: Get, topic: string): Promise<Json> {
  const path = topic.replace('://', '/').split('/').map(encodeURIComponent).join('/');
  return {
    subscriptions: sorted(await get(`${path}/subscriptions`)),
    retention: await get(`${path}/retention?applied=false`),
  };
}

async function namespaceOf(get: Get, namespace: string): Promise<Json> {
  const partitioned = new Set(sorted((await get(`persistent/${namespace}/partitioned`)) ?? []));
  const isPart = (topic: string): boolean => partitioned.has(topic.replace(/-partition-\d+$/, ''));
  const listed = sorted((await get(`persistent/${namespace}`)) ?? []);
  const topics = listed.filter((topic) => !isSystemTopic(topic) && !isPart(topic));
  return {
    policies: await get(`namespaces/${namespace}`),
    topics: await treeOf([...topics, ...partitioned], (topic) => topicOf(get, topic)),
  };
}

/** @param env STACK_PULSAR_URL, STACK_PULSAR_TOKEN. */
export async function pulsarInventory(env: Readonly<Record<string, string | undefined>>): Promise<Json> {
  const root = `${variable(env, 'STACK_PULSAR_URL')}/admin/v2`;
  const headers = { authorization: `Bearer ${variable(env, 'STACK_PULSAR_TOKEN')}` };
  const get: Get = async (path) => {
    const answer = await fetch(`${root}/${path}`, { headers, signal: AbortSignal.timeout(CALL_MS) });
    const text = await answer.text();
    // Something deleted between the listing and the look is not there.
    if (answer.status === 404 || answer.status === 204 || text === '') return null;
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return JSON.parse(text) as Json;
  };
  const tenants = sorted(await get('tenants')).filter((tenant) => tenant !== OWN_TENANT);
  return treeOf(tenants, async (tenant) => ({
    settings: await get(`tenants/${tenant}`),
    namespaces: await treeOf(sorted((await get(`namespaces/${tenant}`)) ?? []), (namespace) =>
      namespaceOf(get, namespace),
    ),
  }));
}
