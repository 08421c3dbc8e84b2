/**
 * What a tenant id and a tier are on the wire. A tenant id reaches CQL, URLs, paths and topic names, so the rule here is the
 * first of two checks; the adapter that builds a statement quotes once more.
 *
 * 1. A tenant id is compared in lower case: `ACME` and `acme` are one tenant.
 * 2. It has at most 41 characters, because a Cassandra keyspace bears 48 and its prefix takes 7.
 */
import { asciiLower } from '@leasehold/kernel';
import { z } from 'zod';

export const TENANT_ID_MAX = 41;
export const RESERVED_TENANT_IDS: readonly string[] = [
  'system',
  'global',
  'compute',
  'provisioning',
  'public',
  'default',
  'platform',
  'pool',
];

const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,39}[a-z0-9])?$/;

/** Why this text is no tenant id, to be said of it; `undefined` if it is one. Expects lower case. */
export function tenantIdProblem(id: string): string | undefined {
  if (id.length === 0) return 'must not be empty';
  if (id.length > TENANT_ID_MAX) return `must have at most ${TENANT_ID_MAX} characters, got ${id.length}`;
  if (!TENANT_ID.test(id)) return 'must be letters, digits and inner hyphens';
  if (RESERVED_TENANT_IDS.includes(id)) return 'is a reserved word';
  return undefined;
}

export const tenantIdSchema = z
  .string()
  // Before the change of case: what is refused is told as it came, and what is documented is what is taken.
  .superRefine((text, context) => {
    const problem = tenantIdProblem(asciiLower(text));
    if (problem) context.addIssue({ code: 'custom', message: problem, input: text });
  })
  .meta({
    description: `Letters, digits and inner hyphens, at most ${TENANT_ID_MAX}, in any letter case.`,
    examples: ['acme'],
  })
  .transform(asciiLower);

export const TIERS = ['free', 'starter', 'professional', 'enterprise', 'custom'] as const;
export type Tier = (typeof TIERS)[number];

/** Any letter case is taken; the lower-case word is kept. */
export const tierSchema = z
  .string()
  .meta({ description: `One of ${TIERS.join(', ')}, in any letter case.`, examples: ['starter'] })
  .transform(asciiLower)
  .pipe(z.enum(TIERS));

const UNSAYABLE = 'must not hold control characters or half characters';

/**
 * Without control characters, which would break logs and terminals, and without half of a surrogate pair, which is no character at
 * all. The pattern is documented, so it holds nothing but ranges that every engine reads, whether it counts code points or UTF-16 units.
 */
const sayable = (text: z.ZodString, refused: string) =>
  text
    .regex(new RegExp(`^[^${refused}]*$`), { error: UNSAYABLE, abort: true })
    .refine((words) => words.isWellFormed(), UNSAYABLE);

const TENANT_NAME_MAX = 200;
export const tenantNameSchema = sayable(z.string().trim().min(1).max(TENANT_NAME_MAX), String.raw`\x00-\x1f\x7f-\x9f`);

/** What a person says in words, in lines and with tabs: reasons, names of who asked. @param max in UTF-16 units */
export const plainTextSchema = (max: number) =>
  sayable(z.string().max(max), String.raw`\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f`);

/** As bytes a whole number that JSON bears exactly: 2^53 - 1 is one byte short of 8,388,608 GiB. */
const STORAGE_GB_MAX = 8_388_607;

/** Quantities are numbers; money is a decimal string, `null` meaning unlimited. */
export const limitsSchema = z.strictObject({
  cpu_cores: z
    .number()
    .min(0)
    .max(1_000_000)
    .meta({ examples: [16] }),
  memory_gb: z
    .number()
    .min(0)
    .max(10_000_000)
    .meta({ examples: [64] }),
  storage_gb: z
    .number()
    .min(0)
    .max(STORAGE_GB_MAX)
    .meta({ examples: [500] }),
  max_pods: z
    .int()
    .min(0)
    .max(1_000_000)
    .meta({ examples: [50] }),
  max_services: z
    .int()
    .min(0)
    .max(1_000_000)
    .meta({ examples: [25] }),
  gpu_count: z.int().min(0).max(100_000),
  monthly_cost_usd: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$/, 'must be a decimal string such as "500" or "99.90"')
    .meta({ examples: ['500'] })
    .nullable()
    .meta({ description: 'A decimal string; null: unlimited.' }),
});
export type Limits = z.infer<typeof limitsSchema>;

export const TENANT_STATUSES = [
  'pending',
  'provisioning',
  'completed',
  'degraded',
  'suspended',
  'failed',
  'deleting',
  'deleted',
] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

export const RESOURCE_STATUSES = ['pending', 'creating', 'ready', 'failed', 'deleting', 'deleted', 'skipped'] as const;
export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];
