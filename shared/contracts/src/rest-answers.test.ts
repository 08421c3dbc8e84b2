/** Answers of the tenants' endpoints: bodies by hand from the contract, each field needed and no other taken. */
import { expect, test } from 'vitest';
import { AT, type Body, holdTo } from '../test/bodies.ts';
import { importCandidateSchema } from './rest-import.ts';
import * as rest from './rest-tenant.ts';

const action = {
  id: 'minio-bucket',
  kind: 'minio-bucket',
  name: 'tenant-acme',
  action: 'create',
  depends_on: ['pulsar-namespace.data'],
  reason: 'does not exist yet',
  refused: 'NameTaken',
  differences: [{ path: '/quota', from: 1, to: 2 }],
  held: [{ path: '/copies', from: 3, to: 1, would: 'keep 1 instead of 3' }],
};
const OF_ACTION = ['refused', 'differences', 'held'].map((key) => `actions.0.${key}`);
const plan = { actions: [action], estimated_monthly_cost: { amount: '1.25', currency: 'USD' } };
const limits = {
  cpu_cores: 1,
  memory_gb: 2,
  storage_gb: 3,
  max_pods: 4,
  max_services: 5,
  gpu_count: 0,
  monthly_cost_usd: null,
};
const condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Completed',
  message: 'is complete',
  last_transition_at: AT,
};
const resource = {
  kind: 'minio-bucket',
  name: 'tenant-acme',
  status: 'ready',
  attempts: 1,
  duration_ms: 5,
  message: null,
  observed_at: AT,
};
const letter = {
  id: 'dl_acme_1',
  topic: 'persistent://platformq/system/tenant-created-events',
  message_id: '1:2:-1',
  error_code: 'invalid',
  error_message: 'tier',
  tenant_id: 'acme',
  state: 'open',
  published_at: AT,
  dead_at: AT,
  attempts: 1,
  redrives: [{ at: AT, by: 'ada', reason: null, outcome: 'accepted' }],
};

const BODIES: Readonly<Record<string, Body>> = {
  accepted: {
    schema: rest.acceptedSchema,
    example: {
      tenant_id: 'acme',
      status: 'pending',
      operation_id: 'op_acme_1',
      status_url: '/api/v1/tenants/acme/provisioning-status',
    },
  },
  plan: { schema: rest.planSchema, example: plan, optional: OF_ACTION },
  'plan of an import': {
    schema: rest.importPlanSchema,
    example: { ...plan, tenant_name: 'Acme', tier: 'free' },
    optional: OF_ACTION,
  },
  'record of a tenant': {
    schema: rest.tenantRecordSchema,
    example: {
      tenant_id: 'acme',
      tenant_name: 'Acme',
      tier: 'custom',
      status: 'suspended',
      generation: 1,
      protected: false,
      limits,
      created_at: AT,
      completed_at: null,
      updated_at: AT,
      deletion: { requested_at: AT, grace_until: AT, requested_by: null, reason: 'moved' },
    },
  },
  'status of provisioning': {
    schema: rest.provisioningStatusSchema,
    example: {
      tenant_id: 'acme',
      tenant_name: 'Acme',
      tier: 'free',
      generation: 1,
      status: 'completed',
      operation_id: null,
      started_at: AT,
      completed_at: AT,
      duration_ms: 12,
      resources: [resource],
      conditions: [condition],
      quota: limits,
    },
  },
  drift: {
    schema: rest.driftSchema,
    example: {
      tenant_id: 'acme',
      observed_at: AT,
      drift: [
        {
          kind: 'minio-bucket',
          name: 'tenant-acme',
          action: 'update',
          reason: 'Drifted',
          differences: [{ path: '/quota', from: 1, to: 2 }],
          held: [{ path: '/copies', from: 3, to: 1, would: null }],
        },
      ],
      unseen: [{ kind: 'ignite-cache', name: 'sessions_acme', reason: 'Away' }],
    },
    optional: ['drift.0.held'],
  },
  operation: {
    schema: rest.operationSchema,
    example: {
      operation_id: 'op_acme_1',
      tenant_id: 'acme',
      kind: 'provision',
      generation: 1,
      requested_by: 'ada',
      started_at: AT,
      finished_at: null,
      outcome: 'running',
      steps: [
        {
          kind: 'minio-bucket',
          name: 'tenant-acme',
          status: 'failed',
          attempts: 2,
          started_at: AT,
          finished_at: null,
          duration_ms: null,
          fate: null,
          error: { code: 'Away', message: 'no answer', at: AT },
        },
      ],
    },
  },
  'dead letter': { schema: rest.deadLetterSchema, example: letter },
  'dead letter with its bytes': {
    schema: rest.deadLetterDetailSchema,
    example: { ...letter, key: null, properties: { event_id: 'e' }, payload_base64: 'e30=', decoded: { tier: 'gold' } },
    optional: ['properties.event_id'],
    free: ['decoded'],
  },
  redrive: {
    schema: rest.redriveSchema,
    example: { id: 'dl_acme_1', outcome: 'accepted', detail: null, state: 'solved' },
  },
  control: {
    schema: rest.controlSchema,
    example: {
      reconcile: 'running',
      deletions: 'braked',
      brake: 'shut',
      backends: { minio: 'paused' },
      updated_at: null,
    },
    optional: ['backends.minio'],
  },
  'entry of the audit': {
    schema: rest.auditEntrySchema,
    example: {
      at: AT,
      tenant_id: 'acme',
      actor: 'ada',
      requested_by: null,
      reason: null,
      event_id: null,
      request_id: 'r1',
      command: 'provision',
      disposition: 'accepted',
      before: null,
      after: { tier: 'free' },
      reasons: [{ code: 'Created', message: 'is new' }],
    },
    free: ['after'],
  },
  'published event': { schema: rest.publishedEventSchema, example: { topic: 't', message_id: '1:2:-1' } },
  'candidate of an import': {
    schema: importCandidateSchema,
    example: {
      tenant_id: 'acme',
      status: null,
      resources: [{ kind: 'minio-bucket', name: 'tenant-acme', mark: 'none', generation: null, adoptable: true }],
      newer_release: true,
    },
    optional: ['newer_release'],
  },
};

test.each(Object.entries(BODIES))('%s', (_name, body) => {
  holdTo(body);
});

test('marks of what could be imported', () => {
  const { schema, example } = BODIES['candidate of an import'] as Body;
  const resource = { kind: 'minio-bucket', name: 'tenant-acme', generation: null, adoptable: true };
  const takes = (mark: string) =>
    schema.safeParse({ ...(example as object), resources: [{ ...resource, mark }] }).success;
  expect(['none', 'ours', 'other', 'theirs'].map(takes)).toEqual([true, true, true, false]);
});

test.each([
  ['actions of a plan', rest.planActionSchema, action, 'action', ['create', 'update', 'keep', 'delete']],
  ['conditions', rest.conditionSchema, condition, 'status', ['True', 'False']],
  [
    'ends of an operation',
    rest.operationSchema,
    BODIES['operation']?.example,
    'outcome',
    ['running', 'completed', 'failed', 'superseded'],
  ],
  ['states of a dead letter', rest.deadLetterSchema, letter, 'state', ['open', 'waiting', 'solved']],
  ['switches', rest.controlSchema, BODIES['control']?.example, 'reconcile', ['running', 'paused']],
  [
    'switches of deletions',
    rest.controlSchema,
    BODIES['control']?.example,
    'deletions',
    ['running', 'paused', 'braked'],
  ],
  ['the brake', rest.controlSchema, BODIES['control']?.example, 'brake', ['open', 'shut']],
] as const)('words of %s', (_what, schema, example, key, words) => {
  for (const word of words) expect(schema.safeParse({ ...(example as object), [key]: word }).success, word).toBe(true);
  for (const word of ['other', ''])
    expect(schema.safeParse({ ...(example as object), [key]: word }).success, word).toBe(false);
});
