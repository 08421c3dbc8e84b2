/**
 * Schemas for what comes as text: query parameters and headers. Each takes a text and gives a value, so that `limit=ten`
 * is refused with what was received and what is expected.
 */
import { parseInstant } from '@leasehold/kernel';
import { z } from 'zod';

export const queryBoolean = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .meta({ parameter: { type: 'boolean' } });

export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?[0-9]{1,15}$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))
    .meta({ parameter: { type: 'integer', minimum: min, maximum: max } });

export const queryNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$/, `expected a number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ parameter: { type: 'number', minimum: min, maximum: max } });

/** ISO 8601 in (without a zone it is UTC), milliseconds since the epoch out. */
export const queryTime = z
  .string()
  .transform((text, context) => {
    const ms = parseInstant(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'expected a time as in 2026-01-31T12:00:00Z, or a date' });
    return z.NEVER;
  })
  .meta({ parameter: { type: 'string', format: 'date-time' } });
