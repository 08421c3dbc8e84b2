/**
 * The events that this service hears, each as the command that it asks of its tenant. The schemas are the contract's.
 */
import { EVENT_SCHEMAS } from '@leasehold/contracts';
import { type EventCatalogue, event } from '@leasehold/controller';
import type { TenantTypes } from '../domain/types.ts';

export const TENANT_EVENTS: EventCatalogue<TenantTypes> = {
  'tenant-created-events': event({
    schema: EVENT_SCHEMAS['tenant-created-events'],
    ownerIdOf: ({ tenant_id }) => tenant_id,
    commandOf: ({ tenant_name, tier, limits, created_at, created_by }) => ({
      kind: 'create',
      name: tenant_name,
      tier,
      ...(limits === undefined ? {} : { limits }),
      ...(created_at === undefined ? {} : { createdAtMs: created_at }),
      ...(created_by === undefined ? {} : { by: created_by }),
    }),
  }),
  'tenant-upgraded-events': event({
    schema: EVENT_SCHEMAS['tenant-upgraded-events'],
    ownerIdOf: ({ tenant_id }) => tenant_id,
    commandOf: ({ previous_tier, new_tier, limits }) => ({
      kind: 'upgrade',
      previousTier: previous_tier,
      newTier: new_tier,
      ...(limits === undefined ? {} : { limits }),
    }),
  }),
  'tenant-deleted-events': event({
    schema: EVENT_SCHEMAS['tenant-deleted-events'],
    ownerIdOf: ({ tenant_id }) => tenant_id,
    commandOf: ({ deleted_by, reason }) => ({
      kind: 'delete',
      force: false,
      ...(deleted_by === undefined ? {} : { by: deleted_by }),
      ...(reason === undefined ? {} : { reason }),
    }),
  }),
};
