/**
 * The topic catalogue: which topics exist, in which namespaces, who consumes them, and where dead letters go. Names are
 * facts of the platform.
 */
export type Service = 'tenant-provisioner' | 'compute-provisioner' | 'scaler';

export interface ConsumedTopic {
  /** The last part of the topic's name. */
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Also as `<pulsar tenant>/<tenant id>/<name>`, made with the tenant. */
  readonly perTenant: boolean;
  readonly service: Service;
}

const topic = (name: string, service: Service, namespaces: readonly string[], perTenant = false): ConsumedTopic => ({
  name,
  service,
  namespaces,
  perTenant,
});

/** What the services consume now; a later service or event is one more line. */
export const CONSUMED_TOPICS: readonly ConsumedTopic[] = [
  topic('tenant-created-events', 'tenant-provisioner', ['system', 'global']),
  topic('tenant-upgraded-events', 'tenant-provisioner', ['system'], true),
  topic('tenant-deleted-events', 'tenant-provisioner', ['system']),
];

/** Of the tenants' own topics, those that some service hears. */
export const HEARD_TENANT_TOPICS: readonly string[] = CONSUMED_TOPICS.filter(({ perTenant }) => perTenant).map(
  ({ name }) => name,
);

/** Every per-tenant topic of the platform: a tenant's blueprint makes them even while no service consumes some of them. */
export const TENANT_TOPICS: readonly string[] = [
  'tenant-upgraded-events',
  'user-created-events',
  'user-deleted-events',
  'quota-exceeded-events',
  'scaling-request-events',
  'service-metrics-events',
  'compute-requested-events',
];

export const PUBLISHED_TOPICS = {
  tenantProvisioned: 'tenant-provisioned-events',
  provisioningFailed: 'provisioning-failed-events',
  tenantDeleting: 'tenant-deleting-events',
  tenantDeprovisioned: 'tenant-deprovisioned-events',
  resourceDrift: 'resource-drift-events',
} as const;

export const PLATFORM_NAMESPACES: readonly string[] = ['system', 'global', 'compute', 'provisioning'];
export const PLATFORM_RETENTION_MS = 7 * 24 * 3_600_000;
export const DEAD_LETTER_RETENTION_MS = 14 * 24 * 3_600_000;
export const DEAD_LETTER_SUBSCRIPTION = 'operator';

export const topicName = (pulsarTenant: string, namespace: string, name: string): string =>
  `persistent://${pulsarTenant}/${namespace}/${name}`;

/** Where letters of a topic that one subscription cannot handle go, also for per-tenant topics. */
export const deadLetterTopic = (pulsarTenant: string, name: string, subscription: string): string =>
  topicName(pulsarTenant, 'system', `${name}-${subscription}-DLQ`);

export interface TopicParts {
  readonly pulsarTenant: string;
  readonly namespace: string;
  readonly name: string;
}

const TOPIC = /^persistent:\/\/([^/]+)\/([^/]+)\/([^/]+)$/;

export function parseTopic(topicText: string): TopicParts | undefined {
  const match = TOPIC.exec(topicText);
  return match
    ? { pulsarTenant: match[1] as string, namespace: match[2] as string, name: match[3] as string }
    : undefined;
}
