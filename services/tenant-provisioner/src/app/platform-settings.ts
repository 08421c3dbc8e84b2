/**
 * What of a resource's spec depends on the tenant or the platform rather than on its tier's file: limits as quotas, topics with
 * their subscriptions, the platform's roles. Pure; the file's own settings are the catalog's.
 */
import { CONSUMED_TOPICS, type Limits } from '@leasehold/contracts';

export interface PlatformFacts {
  readonly limits: Limits;
  /** The tenant's own topics, by the last part of their names. */
  readonly topics: readonly string[];
  readonly platformRoles: readonly string[];
  readonly services: readonly string[];
}

type PlatformSettings = (facts: PlatformFacts) => Readonly<Record<string, unknown>>;

const BY_NODE: Readonly<Record<string, PlatformSettings>> = {
  'minio-bucket.main': ({ limits }) => ({
    quotaBytes: limits.storage_gb > 0 ? Math.max(1, Math.round(limits.storage_gb * 1024 ** 3)) : null,
  }),
  'pulsar-namespace.main': ({ topics, services, platformRoles }) => ({
    topics: Object.fromEntries(topics.map((topic) => [topic, subscriptionsOf(topic, services)])),
    roles: Object.fromEntries(platformRoles.map((role) => [role, ['produce', 'consume']])),
  }),
  'kubernetes-namespace.main': ({ limits }) => ({
    quota: {
      cpuCores: limits.cpu_cores,
      memoryGb: limits.memory_gb,
      storageGb: limits.storage_gb,
      pods: limits.max_pods,
      services: limits.max_services,
      gpus: limits.gpu_count,
    },
  }),
};

export const platformSettings = (kind: string, part: string, facts: PlatformFacts): Readonly<Record<string, unknown>> =>
  BY_NODE[`${kind}.${part}`]?.(facts) ?? {};

const subscriptionsOf = (topic: string, services: readonly string[]): readonly string[] =>
  CONSUMED_TOPICS.filter(
    (consumed) => consumed.perTenant && consumed.name === topic && services.includes(consumed.service),
  ).map(({ service }) => service);
