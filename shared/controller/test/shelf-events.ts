/**
 * The events of the store room: a shelf is opened, a shelf is closed. Holds no rule of its own.
 */
import { tenantIdSchema } from '@leasehold/contracts';
import { z } from 'zod';
import { type EventCatalogue, event } from '../src/intake/read-event.ts';
import type { ShelfTypes } from './shelf.ts';

export const OPENED = 'persistent://platformq/system/shelf-opened-events';
export const CLOSED = 'persistent://platformq/system/shelf-closed-events';

const told = { tenant_id: tenantIdSchema, event_id: z.string().optional(), shelf: z.string().regex(/^[a-z]{1,20}$/) };
const ownerIdOf = (each: { readonly tenant_id: string; readonly shelf: string }) => `${each.tenant_id}.${each.shelf}`;

export const EVENTS: EventCatalogue<ShelfTypes> = {
  'shelf-opened-events': event({
    schema: z.strictObject({ ...told, size_cm: z.int().min(1).max(100) }),
    ownerIdOf: (each) => ownerIdOf(each),
    commandOf: ({ size_cm }) => ({ kind: 'open', sizeCm: size_cm }),
  }),
  'shelf-closed-events': event({
    schema: z.strictObject(told),
    ownerIdOf: (each) => ownerIdOf(each),
    commandOf: () => ({ kind: 'close' }),
  }),
};
