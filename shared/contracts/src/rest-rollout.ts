/**
 * What crosses the wire of blueprints and rollouts: what each tier's file says, who is behind, and bringing tenants over in waves.
 */
import { z } from 'zod';
import { planActionSchema } from './rest-tenant.ts';
import { TIERS } from './tenant.ts';

const ROLLOUT_STATES = ['planned', 'running', 'halted', 'completed', 'cancelled'] as const;
const OUTCOMES = ['updated', 'unchanged', 'skipped', 'failed'] as const;
const WAVE_MAX = 50;
const WAVES_MAX = 20;
const FAILURES_MAX = 1_000;
const SECONDS_MAX = 86_400;

const instant = z.iso.datetime();
const tier = z.enum(TIERS);
const target = z.strictObject({ tier, digest: z.string() });

export const blueprintSchema = z.strictObject({
  tier,
  digest: z.string().meta({ description: 'Names what this replica makes of the tier’s file.' }),
  resources: z.int().meta({ description: 'How many a tenant gets.' }),
  tenants: z.strictObject({
    current: z.int(),
    behind: z.int().meta({ description: 'Made of another blueprint; a rollout brings them over.' }),
    with_more: z.int().meta({ description: 'Have resources that their blueprint does not name.' }),
  }),
  rollout: z.string().nullable().meta({ description: 'The unfinished rollout of this tier.' }),
});

export const rolloutRequestSchema = z
  .strictObject({
    tier: tier.optional().meta({ description: 'Default: every tier.' }),
    waves: z
      .array(z.int().min(1).max(WAVE_MAX))
      .min(1)
      .max(WAVES_MAX)
      .optional()
      .meta({ description: 'Tenants of each wave; the last goes on. Default: 1, 2, 4 and so on up to 50.' }),
    max_failures: z.int().min(0).max(FAILURES_MAX).default(0).meta({ description: 'One more halts it.' }),
    deadline_seconds: z.int().min(1).max(SECONDS_MAX).default(600).meta({ description: 'For each tenant.' }),
    pause_seconds: z
      .int()
      .min(0)
      .max(SECONDS_MAX)
      .default(0)
      .meta({ description: 'How long a wave that is done is watched before the next begins.' }),
    removals: z.enum(['keep', 'delete']).default('keep').meta({
      description:
        'What becomes of resources that the blueprint no longer names. `keep`: they stay until the tenant leaves.',
    }),
    allow_data_loss: z
      .boolean()
      .default(false)
      .meta({ description: 'With `delete`: also those that hold data. Without, these stay.' }),
    include_failed: z.boolean().default(false).meta({ description: 'Also tenants that had failed before.' }),
  })
  .refine(({ removals, allow_data_loss: loss }) => !loss || removals === 'delete', {
    path: ['allow_data_loss'],
    message: 'means something with "removals": "delete" only',
  });

const planAction = z.strictObject({
  id: z.string(),
  kind: z.string(),
  action: z.enum(['create', 'update', 'keep', 'delete']),
  changes: z.array(z.string()).meta({ description: 'Settings that differ.' }),
  holds_data: z.boolean(),
  reason: z.string(),
});

export const rolloutPlanSchema = z.strictObject({
  targets: z.array(target),
  tenants: z.strictObject({
    behind: z.int(),
    planned: z.int(),
    skipped: z.int(),
    unplanned: z.int().meta({ description: 'Beyond what one plan looks at.' }),
  }),
  waves: z.array(z.int()).meta({ description: 'Tenants of each wave, of those planned.' }),
  counts: z.array(
    z.strictObject({ kind: z.string(), create: z.int(), update: z.int(), keep: z.int(), delete: z.int() }),
  ),
  data_loss: z
    .array(z.strictObject({ kind: z.string(), objects: z.int() }))
    .meta({ description: 'What holds data and would be deleted.' }),
  groups: z
    .array(z.strictObject({ tenants: z.int(), examples: z.array(z.string()), actions: z.array(planAction) }))
    .meta({ description: 'Tenants to which the same happens, most first; what is kept as it is is left out.' }),
  skipped: z.array(
    z.strictObject({ code: z.string(), message: z.string(), tenants: z.int(), examples: z.array(z.string()) }),
  ),
  canary: z
    .strictObject({
      tenant_id: z.string(),
      actions: z.array(planActionSchema),
    })
    .nullable()
    .meta({ description: 'The first tenant, looked at on its backends as the rollout itself would.' }),
});

export const rolloutSchema = z.strictObject({
  rollout_id: z.string(),
  state: z.enum(ROLLOUT_STATES),
  targets: z.array(target),
  requested_by: z.string(),
  created_at: instant,
  updated_at: instant,
  ended_at: instant.nullable(),
  behind: z.int().meta({ description: 'Tenants that were behind when it was asked for.' }),
  outcomes: z.strictObject({ updated: z.int(), unchanged: z.int(), skipped: z.int(), failed: z.int() }),
  wave: z.int(),
  members: z
    .array(
      z.strictObject({
        tenant_id: z.string(),
        outcome: z.enum(OUTCOMES).nullable().meta({ description: 'Null: under way.' }),
        reason: z.string().nullable(),
      }),
    )
    .meta({ description: 'Of the wave under way.' }),
  options: z.strictObject({
    waves: z.array(z.int()),
    max_failures: z.int(),
    deadline_seconds: z.number(),
    pause_seconds: z.number(),
    removals: z.enum(['keep', 'delete']),
    allow_data_loss: z.boolean(),
    include_failed: z.boolean(),
  }),
  stalled: z.string().nullable().meta({ description: 'Why it does not go on though it runs.' }),
  reasons: z.array(z.strictObject({ at: instant, code: z.string(), message: z.string() })),
});

export const rolloutTenantSchema = z.strictObject({
  tenant_id: z.string(),
  wave: z.int(),
  outcome: z.enum(OUTCOMES),
  code: z.string(),
  message: z.string(),
  at: instant,
});

export const rolloutResumeSchema = z.strictObject({
  skip_failed: z
    .boolean()
    .default(false)
    .meta({ description: 'Leave out those of the wave that failed, rather than try them again.' }),
});
