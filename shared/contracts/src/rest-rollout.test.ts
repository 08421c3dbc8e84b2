/** Bodies of blueprints and rollouts: what a rollout does where nothing is said, its bounds, and its answers. */
import { expect, test } from 'vitest';
import { AT, type Body, holdTo } from '../test/bodies.ts';
import * as rest from './rest-rollout.ts';

const { rolloutRequestSchema } = rest;
const DEFAULTS = {
  max_failures: 0,
  deadline_seconds: 600,
  pause_seconds: 0,
  removals: 'keep',
  allow_data_loss: false,
  include_failed: false,
};

test('a rollout of which nothing is said is careful: it halts at the first failure, keeps what is no longer named, and loses nothing', () => {
  expect(rolloutRequestSchema.parse({})).toEqual(DEFAULTS);
  expect(rest.rolloutResumeSchema.parse({})).toEqual({ skip_failed: false });
  expect(rest.rolloutResumeSchema.safeParse({ skip: true }).success).toBe(false);
});

test('all that can be said of a rollout', () => {
  const example = {
    tier: 'free',
    waves: [1, 5],
    max_failures: 2,
    deadline_seconds: 60,
    pause_seconds: 30,
    removals: 'delete',
    allow_data_loss: true,
    include_failed: true,
  };
  // Without `removals` the loss would mean nothing.
  holdTo({ schema: rolloutRequestSchema, example, optional: Object.keys(example).filter((key) => key !== 'removals') });
});

test('a loss of data means something with removals that delete only, and is told at its place', () => {
  expect(rolloutRequestSchema.safeParse({ allow_data_loss: true }).error?.issues).toMatchObject([
    { path: ['allow_data_loss'] },
  ]);
  expect(rolloutRequestSchema.safeParse({ allow_data_loss: true, removals: 'keep' }).success).toBe(false);
  expect(rolloutRequestSchema.safeParse({ removals: 'delete' }).success).toBe(true);
});

test.each([
  ['waves', [[1], [50], Array(20).fill(1)], [[], [0], [51], Array(21).fill(1), [1.5]]],
  ['max_failures', [0, 1_000], [-1, 1_001, 0.5]],
  ['deadline_seconds', [1, 86_400], [0, 86_401, 1.5]],
  ['pause_seconds', [0, 86_400], [-1, 86_401, 0.5]],
  ['removals', ['keep', 'delete'], ['', 'drop']],
  ['tier', ['free', 'custom'], ['gold', '']],
])('bounds of %s', (key, good, bad) => {
  const takes = (value: unknown) => rolloutRequestSchema.safeParse({ [key]: value }).success;
  expect([good.map(takes), bad.map(takes)]).toEqual([good.map(() => true), bad.map(() => false)]);
});

const planAction = {
  id: 'ignite-cache.sessions',
  kind: 'ignite-cache',
  action: 'update',
  changes: ['/expiry'],
  holds_data: false,
  reason: 'Drifted',
};
const canaryAction = {
  id: 'minio-bucket',
  kind: 'minio-bucket',
  name: 'tenant-acme',
  action: 'keep',
  depends_on: [],
  reason: 'Converged',
};
const BODIES: Readonly<Record<string, Body>> = {
  blueprint: {
    schema: rest.blueprintSchema,
    example: {
      tier: 'free',
      digest: 'd',
      resources: 7,
      tenants: { current: 1, behind: 2, with_more: 0 },
      rollout: null,
    },
  },
  plan: {
    schema: rest.rolloutPlanSchema,
    example: {
      targets: [{ tier: 'free', digest: 'd' }],
      tenants: { behind: 3, planned: 2, skipped: 1, unplanned: 0 },
      waves: [1, 1],
      counts: [{ kind: 'minio-bucket', create: 0, update: 1, keep: 2, delete: 0 }],
      data_loss: [{ kind: 'minio-bucket', objects: 1 }],
      groups: [{ tenants: 2, examples: ['acme'], actions: [planAction] }],
      skipped: [{ code: 'Failed', message: 'had failed before', tenants: 1, examples: ['zeta'] }],
      canary: { tenant_id: 'acme', actions: [canaryAction] },
    },
  },
  rollout: {
    schema: rest.rolloutSchema,
    example: {
      rollout_id: 'ro_free_1',
      state: 'running',
      targets: [{ tier: 'free', digest: 'd' }],
      requested_by: 'ada',
      created_at: AT,
      updated_at: AT,
      ended_at: null,
      behind: 3,
      outcomes: { updated: 1, unchanged: 0, skipped: 0, failed: 0 },
      wave: 1,
      members: [{ tenant_id: 'acme', outcome: null, reason: null }],
      options: { ...DEFAULTS, waves: [1, 2] },
      stalled: null,
      reasons: [{ at: AT, code: 'Begun', message: 'begun' }],
    },
  },
  'tenant of a rollout': {
    schema: rest.rolloutTenantSchema,
    example: { tenant_id: 'acme', wave: 1, outcome: 'updated', code: 'Updated', message: 'is up to date', at: AT },
  },
};

test.each(Object.entries(BODIES))('answer: %s', (_name, body) => {
  holdTo(body);
});

test.each([
  ['rollout', 'state', ['planned', 'running', 'halted', 'completed', 'cancelled']],
  ['tenant of a rollout', 'outcome', ['updated', 'unchanged', 'skipped', 'failed']],
] as const)('words of a %s: %s', (name, key, words) => {
  const { schema, example } = BODIES[name] as Body;
  const takes = (word: string) => schema.safeParse({ ...(example as object), [key]: word }).success;
  expect([words.map(takes), takes('other')]).toEqual([words.map(() => true), false]);
});

test('what becomes of removals is told in the words in which it was asked', () => {
  const { schema, example } = BODIES['rollout'] as Body;
  const takes = (removals: string) =>
    schema.safeParse({ ...(example as object), options: { ...DEFAULTS, waves: [], removals } }).success;
  expect(['keep', 'delete', 'drop'].map(takes)).toEqual([true, true, false]);
});

test('what happens to a resource has a word of its own', () => {
  const { schema, example } = BODIES['plan'] as Body;
  const takes = (action: string) =>
    schema.safeParse({
      ...(example as object),
      groups: [{ tenants: 1, examples: [], actions: [{ ...planAction, action }] }],
    }).success;
  expect(['create', 'update', 'keep', 'delete', 'drop'].map(takes)).toEqual([true, true, true, true, false]);
});
