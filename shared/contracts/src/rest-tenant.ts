/**
 * Bodies of the tenants' REST endpoints. Requests are strict: an unknown field is refused by name. Instants are ISO 8601
 * with `Z`, durations milliseconds, limits numbers, money decimal strings.
 */
import { z } from 'zod';
import {
  limitsSchema,
  plainTextSchema,
  RESOURCE_STATUSES,
  TENANT_STATUSES,
  TIERS,
  tenantIdSchema,
  tenantNameSchema,
  tierSchema,
} from './tenant.ts';

const instant = z.string().meta({ description: 'ISO 8601, UTC', examples: ['2026-01-31T12:00:00.000Z'] });
const maybeInstant = instant.nullable();
const maybeTier = z.enum(TIERS).nullable().meta({ description: 'Null: it never was a tenant.' });

const customLimits = limitsSchema.optional().meta({ description: 'Needed by, and only for, the custom tier.' });

/** Limits that would be ignored in silence are refused. */
function refuseLimits(
  { tier, limits }: { readonly tier?: string | undefined; readonly limits?: unknown },
  context: z.RefinementCtx,
): void {
  if (limits !== undefined && tier !== 'custom')
    context.addIssue({
      code: 'custom',
      path: ['limits'],
      message: `only the custom tier takes limits, not ${tier ?? 'a tier that is not named'}`,
    });
}

const provisionFields = {
  tenant_id: tenantIdSchema,
  tenant_name: tenantNameSchema.meta({ description: 'For people.', examples: ['Acme Corporation'] }),
  tier: tierSchema,
  requested_by: plainTextSchema(200).min(1).optional().meta({ description: 'On whose behalf; default: the caller.' }),
  limits: customLimits,
};

export const provisionRequestSchema = z.strictObject(provisionFields).superRefine(refuseLimits);

/** More deletions and creations than any tenant sees. */
const GENERATION_MAX = 1_000_000;

export const importRequestSchema = z
  .strictObject({
    ...provisionFields,
    tenant_name: provisionFields.tenant_name.optional().meta({
      description: 'Absent: as the ledger or what is found on the backends tells it, else the id.',
    }),
    tier: tierSchema.optional().meta({
      description: 'Absent: as the ledger or what is found on the backends tells it, else `free`.',
    }),
    generation: z.int().min(1).max(GENERATION_MAX).optional().meta({
      description:
        'The generation in the marks that are found, where the ledger has lost it: the tenant goes on with it. Without it such marks are another mesh’s (`NameTaken`).',
    }),
    remake: z.boolean().optional().meta({
      description: 'What holds no data (a cache) and cannot become what the tier asks for is made anew, empty.',
    }),
  })
  .superRefine(refuseLimits);

export const acceptedSchema = z.strictObject({
  tenant_id: z.string(),
  status: z.enum(TENANT_STATUSES),
  operation_id: z.string().nullable(),
  status_url: z.string(),
});

const moneySchema = z.strictObject({ amount: z.string(), currency: z.string() });

const heldSchema = z
  .array(z.strictObject({ path: z.string(), from: z.unknown(), to: z.unknown(), would: z.string().nullable() }))
  .optional()
  .meta({
    description:
      'Differences that are left as they are. `would`: what making one would destroy or weaken; null: others undo it each time.',
  });

export const planActionSchema = z.strictObject({
  id: z
    .string()
    .meta({ description: 'What `depends_on` of other actions names.', examples: ['pulsar-namespace.data'] }),
  kind: z.string(),
  name: z.string(),
  action: z.enum(['create', 'update', 'keep', 'delete']),
  depends_on: z.array(z.string()).meta({ description: 'Ids of actions of this plan.' }),
  reason: z.string(),
  refused: z
    .string()
    .optional()
    .meta({ description: 'The tenant would fail by it: the code of its failure.', examples: ['NameTaken'] }),
  differences: z
    .array(z.strictObject({ path: z.string(), from: z.unknown(), to: z.unknown() }))
    .optional()
    .meta({ description: 'Of what is adopted: each field that is changed, by a JSON pointer.' }),
  held: heldSchema,
});

export const planSchema = z.strictObject({
  actions: z.array(planActionSchema),
  estimated_monthly_cost: moneySchema,
});

/** The plan of an import names whom it would make: what was not said comes from what is found. */
export const importPlanSchema = planSchema.extend({ tenant_name: z.string(), tier: z.enum(TIERS) });

export const tenantRecordSchema = z.strictObject({
  tenant_id: z.string(),
  tenant_name: z.string(),
  tier: maybeTier,
  status: z.enum(TENANT_STATUSES),
  generation: z.int().meta({ description: '0: it never was a tenant, but something was decided of it.' }),
  protected: z.boolean(),
  limits: limitsSchema.nullable(),
  created_at: maybeInstant,
  completed_at: maybeInstant,
  updated_at: instant,
  deletion: z
    .strictObject({
      requested_at: instant,
      grace_until: instant,
      requested_by: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
});

export const conditionSchema = z.strictObject({
  type: z.string(),
  status: z.enum(['True', 'False']),
  reason: z.string(),
  message: z.string(),
  last_transition_at: instant,
});

export const resourceStatusSchema = z.strictObject({
  kind: z.string(),
  name: z.string(),
  status: z.enum(RESOURCE_STATUSES),
  attempts: z.int(),
  duration_ms: z.int().nullable(),
  message: z.string().nullable(),
  observed_at: maybeInstant,
});

export const provisioningStatusSchema = z.strictObject({
  tenant_id: z.string(),
  tenant_name: z.string(),
  tier: maybeTier,
  generation: z.int(),
  status: z.enum(TENANT_STATUSES),
  operation_id: z.string().nullable(),
  started_at: maybeInstant,
  completed_at: maybeInstant,
  duration_ms: z.int().nullable(),
  resources: z.array(resourceStatusSchema),
  conditions: z.array(conditionSchema),
  quota: limitsSchema.nullable(),
});
export type ProvisioningStatus = z.infer<typeof provisioningStatusSchema>;

export const tierRequestSchema = z.strictObject({ tier: tierSchema, limits: customLimits }).superRefine(refuseLimits);
export const protectionRequestSchema = z.strictObject({ protected: z.boolean() });
export const reconcileRequestSchema = z.strictObject({
  accept_data_loss: z.boolean().default(false).meta({ description: 'Make lost objects that held data anew, empty.' }),
  accept_weakening: z.boolean().default(false).meta({
    description:
      'Make also what destroys or weakens: fewer replicas, shorter retention, a quota below what is used, another’s rule.',
  }),
  reason: z.string().min(1).max(500).optional().meta({ description: 'Why; kept in the audit.' }),
});

export const driftSchema = z.strictObject({
  tenant_id: z.string(),
  observed_at: instant,
  drift: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      action: z.string(),
      reason: z.string(),
      differences: z.array(z.strictObject({ path: z.string(), from: z.unknown(), to: z.unknown() })),
      held: heldSchema,
    }),
  ),
  unseen: z.array(z.strictObject({ kind: z.string(), name: z.string(), reason: z.string() })),
});

export const operationSchema = z.strictObject({
  operation_id: z.string(),
  tenant_id: z.string(),
  kind: z.string(),
  generation: z.int(),
  requested_by: z.string().nullable(),
  started_at: instant,
  finished_at: maybeInstant,
  outcome: z.enum(['running', 'completed', 'failed', 'superseded']),
  steps: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      status: z.enum(RESOURCE_STATUSES),
      attempts: z.int(),
      started_at: maybeInstant,
      finished_at: maybeInstant,
      duration_ms: z.int().nullable(),
      fate: z.string().nullable(),
      error: z.strictObject({ code: z.string(), message: z.string(), at: instant }).nullable(),
    }),
  ),
});

export const DEAD_LETTER_STATES = ['open', 'waiting', 'solved'] as const;

export const deadLetterSchema = z.strictObject({
  id: z.string(),
  topic: z.string(),
  message_id: z.string(),
  error_code: z.string(),
  error_message: z.string(),
  tenant_id: z.string().nullable().meta({ description: 'Whom the message names, as far as it can be read.' }),
  state: z.enum(DEAD_LETTER_STATES).meta({
    description:
      '`solved`: a redrive was taken; `waiting`: it was, and waits for its tenant or the brake; what dies again is `open` again.',
  }),
  published_at: instant,
  dead_at: instant,
  attempts: z.int(),
  redrives: z.array(
    z.strictObject({ at: instant, by: z.string(), reason: z.string().nullable(), outcome: z.string() }),
  ),
});

export const deadLetterDetailSchema = deadLetterSchema.extend({
  key: z.string().nullable(),
  properties: z.record(z.string(), z.string()),
  payload_base64: z.string(),
  decoded: z.unknown(),
});

export const redriveRequestSchema = z.strictObject({ reason: plainTextSchema(1000).trim().min(1) });
export const redriveSchema = z.strictObject({
  id: z.string(),
  outcome: z.string(),
  detail: z.string().nullable(),
  state: z.enum(DEAD_LETTER_STATES).meta({ description: '`open`: it failed again.' }),
});

const switchSchema = z.enum(['running', 'paused']);
export const controlRequestSchema = z.strictObject({
  reconcile: switchSchema.optional(),
  deletions: switchSchema.optional().meta({ description: '`running` also opens the brake on mass deletion.' }),
  backends: z.record(z.string(), switchSchema).optional(),
});
export const controlSchema = z.strictObject({
  reconcile: switchSchema,
  deletions: z
    .enum(['running', 'paused', 'braked'])
    .meta({ description: '`braked`: running, but for deletions by event, which the brake holds.' }),
  brake: z.enum(['open', 'shut']).meta({ description: 'Shut by the mesh itself; `deletions: running` opens it.' }),
  backends: z.record(z.string(), switchSchema),
  updated_at: maybeInstant,
});

const factsSchema = z.record(z.string(), z.unknown()).nullable();

export const auditEntrySchema = z.strictObject({
  at: instant,
  tenant_id: z.string().nullable().meta({ description: "Null for what is no tenant's: switches, redrives." }),
  actor: z
    .string()
    .nullable()
    .meta({ description: 'The `sub` of who asked, else whom the event names, else the event.' }),
  requested_by: z
    .string()
    .nullable()
    .meta({ description: 'In whose name: `requested_by`, `created_by` or `deleted_by`.' }),
  reason: z.string().nullable().meta({ description: 'Why, in the words of whoever asked.' }),
  event_id: z.string().nullable().meta({ description: 'By which event, where it was one.' }),
  request_id: z.string().nullable(),
  command: z.string().nullable(),
  disposition: z.string().nullable(),
  before: factsSchema.meta({ description: 'What differs in `after`, as it was.' }),
  after: factsSchema,
  reasons: z.array(z.strictObject({ code: z.string(), message: z.string() })),
});

export const publishedEventSchema = z.strictObject({ topic: z.string(), message_id: z.string() });
