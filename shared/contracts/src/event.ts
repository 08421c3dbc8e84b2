/**
 * Events that cross the border, as schemas. Unknown fields are ignored, nullable fields are plain optionals, instants come
 * as ISO 8601 text or epoch milliseconds.
 */
import { isInstant, parseInstant } from '@leasehold/kernel';
import { z } from 'zod';
import { limitsSchema, tenantIdSchema, tenantNameSchema, tierSchema } from './tenant.ts';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === null ? undefined : value), schema.optional());

/** Some Avro writers send an optional record that was not given as one of nulls: that is no record either. */
const optionalRecord = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (isBlank(value) ? undefined : value), schema.optional());

const isBlank = (value: unknown): boolean =>
  value === null ||
  (typeof value === 'object' &&
    value !== undefined &&
    Object.values(value as object).every((inner) => inner === null || inner === undefined));

/** Fewer digits are seconds, or a date without its dashes: neither is guessed at. */
const EPOCH_MS_DIGITS = /^\d{12,15}$/;

/** ISO 8601 text (without a zone it is UTC), epoch milliseconds, or the same as digits, as epoch milliseconds. */
export const instantSchema = z.union([z.number(), z.string(), z.date()]).transform((value, context) => {
  const ms =
    value instanceof Date
      ? value.getTime()
      : typeof value === 'number'
        ? Math.trunc(value)
        : EPOCH_MS_DIGITS.test(value)
          ? Number(value)
          : parseInstant(value);
  if (ms !== undefined && isInstant(ms)) return ms;
  context.addIssue({ code: 'custom', message: 'must be ISO 8601 or epoch milliseconds' });
  return z.NEVER;
});

const EVENT_ID_MAX = 200;
const eventId = optional(z.string().min(1).max(EVENT_ID_MAX));
/** Words that are only told on. What no log or terminal would bear is replaced: no event is refused for the sake of its reason. */
const text = optional(
  z
    .string()
    .max(1000)
    .transform((words) => words.replace(/[[\p{Cs}\p{Cc}]--[\t\r\n]]/gv, '\ufffd')),
);

export const tenantCreatedSchema = z.object({
  event_id: eventId,
  tenant_id: tenantIdSchema,
  tenant_name: tenantNameSchema,
  tier: tierSchema,
  created_by: text,
  created_at: optional(instantSchema),
  limits: optionalRecord(limitsSchema),
});

export const tenantUpgradedSchema = z.object({
  event_id: eventId,
  tenant_id: tenantIdSchema,
  previous_tier: tierSchema,
  new_tier: tierSchema,
  limits: optionalRecord(limitsSchema),
});

export const tenantDeletedSchema = z.object({
  event_id: eventId,
  tenant_id: tenantIdSchema,
  deleted_by: text,
  reason: text,
});

export type TenantCreated = z.output<typeof tenantCreatedSchema>;
export type TenantUpgraded = z.output<typeof tenantUpgradedSchema>;
export type TenantDeleted = z.output<typeof tenantDeletedSchema>;

/** Schemas by the last part of the topic's name. */
export const EVENT_SCHEMAS = {
  'tenant-created-events': tenantCreatedSchema,
  'tenant-upgraded-events': tenantUpgradedSchema,
  'tenant-deleted-events': tenantDeletedSchema,
} as const;

export type EventTopic = keyof typeof EVENT_SCHEMAS;
export const isEventTopic = (name: string): name is EventTopic => Object.hasOwn(EVENT_SCHEMAS, name);

/** What the mesh publishes, beside tenant_id, timestamp and event_id. */
export interface PublishedBase {
  readonly tenant_id: string;
  readonly timestamp: string;
  readonly event_id: string;
}
