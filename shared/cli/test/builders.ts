/**
 * Answers of the contract with what a test says and plain values for the rest.
 */
import type { ProvisioningStatus } from '@leasehold/contracts';

type Resource = ProvisioningStatus['resources'][number];

export const LIMITS = {
  cpu_cores: 2,
  memory_gb: 4,
  storage_gb: 10,
  max_pods: 5,
  max_services: 3,
  gpu_count: 0,
  monthly_cost_usd: '0',
};

export const resource = (kind: string, name: string, more: Partial<Resource> = {}): Resource => ({
  kind,
  name,
  status: 'ready',
  attempts: 1,
  duration_ms: 43,
  message: null,
  observed_at: '2026-01-31T12:00:00.043Z',
  ...more,
});

export const status = (more: Partial<ProvisioningStatus> = {}): ProvisioningStatus => ({
  tenant_id: 'acme',
  tenant_name: 'Acme Corporation',
  tier: 'free',
  generation: 1,
  status: 'completed',
  operation_id: 'op_acme_1',
  started_at: '2026-01-31T12:00:00.000Z',
  completed_at: '2026-01-31T12:00:00.074Z',
  duration_ms: 74,
  resources: [
    resource('cassandra-keyspace', 'tenant_acme'),
    resource('minio-bucket', 'tenant-acme', { duration_ms: 45 }),
  ],
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Completed',
      message: 'every resource is as it should be',
      last_transition_at: '2026-01-31T12:00:00.074Z',
    },
  ],
  quota: LIMITS,
  ...more,
});

export const running = (...resources: readonly Resource[]): ProvisioningStatus =>
  status({ status: 'provisioning', completed_at: null, duration_ms: null, resources: [...resources], conditions: [] });

export const record = (more: Readonly<Record<string, unknown>> = {}) => ({
  tenant_id: 'acme',
  tenant_name: 'Acme Corporation',
  tier: 'free',
  status: 'completed',
  generation: 1,
  protected: false,
  limits: LIMITS,
  created_at: '2026-01-31T12:00:00.000Z',
  completed_at: '2026-01-31T12:00:00.074Z',
  updated_at: '2026-01-31T12:00:00.074Z',
  deletion: null,
  ...more,
});

export const accepted = (more: Readonly<Record<string, unknown>> = {}) => ({
  tenant_id: 'acme',
  status: 'pending',
  operation_id: 'op_acme_1',
  status_url: '/api/v1/tenants/acme/provisioning-status',
  ...more,
});

export const letter = (more: Readonly<Record<string, unknown>> = {}) => ({
  id: 'dl-20260131-0123456789abcdef',
  topic: 'persistent://platformq/system/tenant-created-events',
  message_id: '8',
  error_code: 'tenant-conflict',
  error_message: 'the tenant exists: its name is "Acme", not "Other"',
  tenant_id: 'acme',
  published_at: '2026-01-31T12:00:00.000Z',
  dead_at: '2026-01-31T12:00:01.000Z',
  attempts: 1,
  redrives: [],
  ...more,
});
