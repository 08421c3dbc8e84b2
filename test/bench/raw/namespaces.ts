/**
 * A tenant's namespaces by Pulsar's admin REST API: each with all its policies in one PUT, then seven topics and a
 * subscription. `how` says whether they go one after the other or all at once; a topic comes after its namespace and a
 * subscription after its topic in either case.
 */
import { type Env, ROLES } from '../../support/installation.ts';
import { namespacesOf } from '../../support/tenant-facts.ts';
import { each, type How } from './how.ts';

const SUBSCRIBED = 'tenant-upgraded-events';
const TOPICS = [
  SUBSCRIBED,
  'user-created-events',
  'user-deleted-events',
  'quota-exceeded-events',
  'scaling-request-events',
  'service-metrics-events',
  'compute-requested-events',
];
const EARLIEST = { ledgerId: -1, entryId: -1, partitionIndex: -1 };

interface Rates {
  readonly messages: number;
  readonly bytes: number;
}

/** The shipped `starter` tier: publish, and dispatch at five times that. */
const PUBLISH: Rates = { messages: 1_000, bytes: 10_485_760 };
const DISPATCH: Rates = { messages: 5_000, bytes: 52_428_800 };

const policiesOf = (cluster: string, roles: readonly string[]) => ({
  replication_clusters: [cluster],
  properties: { bench: 'raw' },
  auth_policies: {
    namespace_auth: Object.fromEntries(roles.map((role) => [role, ['produce', 'consume']])),
    destination_auth: {},
    subscription_auth_roles: {},
  },
  retention_policies: { retentionTimeInMinutes: 10_080, retentionSizeInMB: -1 },
  backlog_quota_map: {
    destination_storage: { limitSize: 1_073_741_824, limitTime: -1, policy: 'producer_request_hold' },
  },
  publishMaxMessageRate: {
    [cluster]: { publishThrottlingRateInMsg: PUBLISH.messages, publishThrottlingRateInByte: PUBLISH.bytes },
  },
  topicDispatchRate: {
    [cluster]: {
      dispatchThrottlingRateInMsg: DISPATCH.messages,
      dispatchThrottlingRateInByte: DISPATCH.bytes,
      relativeToPublishRate: false,
      ratePeriodInSecond: 1,
    },
  },
});

/** One call that must succeed. */
async function adminPut(env: Env, path: string, body?: object): Promise<void> {
  const answer = await fetch(`${env['STACK_PULSAR_URL']}/admin/v2/${path}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${env['STACK_PULSAR_TOKEN']}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${text.slice(0, 200)}`);
}

export async function makeNamespaces(
  env: Env,
  pulsarTenant: string,
  cluster: string,
  tenantId: string,
  how: How,
): Promise<void> {
  const [main = '', data = ''] = namespacesOf(pulsarTenant, tenantId);
  const makeTopic = async (topic: string): Promise<void> => {
    await adminPut(env, `persistent/${main}/${topic}`);
    if (topic === SUBSCRIBED)
      await adminPut(env, `persistent/${main}/${topic}/subscription/tenant-provisioner`, EARLIEST);
  };
  await each([main, data], how, async (namespace) => {
    await adminPut(env, `namespaces/${namespace}`, policiesOf(cluster, namespace === main ? ROLES : []));
    if (namespace === main) await each(TOPICS, how, makeTopic);
  });
}
