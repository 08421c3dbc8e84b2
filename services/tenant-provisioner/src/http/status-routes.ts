/**
 * Routes that tell how it goes: status as JSON and as a stream, reconcile, drift, operations, the audit of a tenant.
 */

import { acceptedSchema, driftSchema, provisioningStatusSchema, reconcileRequestSchema } from '@leasehold/contracts';
import { defineRoute, READERS, type Route } from '@leasehold/http';
import { z } from 'zod';
import { driftOf, type SeenTenants } from '../app/dry-run.ts';
import { acceptedView, statusUrl, statusView } from '../app/view.ts';
import { hasHeardTheEnd, type WatchedTenants, watchTenant } from '../app/watch.ts';
import { type AskedTenants, ask, type KnownTenants, knownTenant } from './ask.ts';
import { TENANT_PARAMS, TENANT_TAGS } from './tenant-routes.ts';

export type StatusRouteParts = WatchedTenants & AskedTenants & KnownTenants & SeenTenants;

export const statusRoutes = (parts: StatusRouteParts): readonly Route[] => [
  status(parts),
  reconcile(parts),
  drift(parts),
];

const status = (parts: WatchedTenants & KnownTenants): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants/{tenant_id}/provisioning-status',
      summary: 'How far a tenant is',
      description:
        'With `Accept: text/event-stream` the same as a stream: the status now, then at each change, until the operation ends or only a grace is waited for. A client that comes back with `Last-Event-ID` misses nothing, and is told 204 once there is no more to come. A deleted tenant is told for 90 days.',
      tags: TENANT_TAGS,
      access: { roles: READERS, tenant: 'path:tenant_id' },
      request: {
        params: TENANT_PARAMS,
        headers: z.object({
          'last-event-id': z
            .string()
            .optional()
            .meta({ description: 'Of the last event that came, to resume a stream.' }),
        }),
      },
      responses: {
        200: { description: 'The status now.', schema: provisioningStatusSchema, events: provisioningStatusSchema },
        204: { description: 'The stream that is resumed has ended, and its last event was the one named.' },
      },
    },
    async (call) => {
      const { tenant_id } = call.params;
      const state = await knownTenant(parts, call, tenant_id);
      if (call.accepts('text/event-stream')) {
        const lastId = call.headers['last-event-id'];
        if (lastId !== undefined && (await hasHeardTheEnd(parts, tenant_id, lastId, call.signal)))
          return { status: 204 as const };
        return { status: 200 as const, events: (after, signal) => watchTenant(parts, tenant_id, after, signal) };
      }
      return { status: 200 as const, body: statusView(state, parts.control.now()) };
    },
  );

const reconcile = (parts: AskedTenants & KnownTenants): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/tenants/{tenant_id}/reconcile',
      summary: 'Look at everything again and repair it now',
      description:
        'Goes on from a failure too. Lost data is made anew, empty, only with `accept_data_loss`; what would destroy or weaken (the condition `NeedsConsent` names it) is made only with `accept_weakening`. What others undo each time is repaired at once.',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin'], tenant: 'path:tenant_id' },
      request: { params: TENANT_PARAMS, body: reconcileRequestSchema.optional() },
      responses: { 202: { description: 'The repair has begun.', schema: acceptedSchema } },
      problems: ['conflict'],
    },
    async (call) => {
      const { tenant_id } = call.params;
      await knownTenant(parts, call, tenant_id);
      const state = await ask(parts, call, tenant_id, {
        kind: 'reconcile',
        acceptLoss: call.body?.accept_data_loss ?? false,
        ...(call.body?.accept_weakening ? { acceptWeakening: true } : {}),
        ...(call.body?.reason === undefined ? {} : { reason: call.body.reason }),
      });
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );

const drift = (parts: KnownTenants & SeenTenants): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants/{tenant_id}/drift',
      summary: 'What differs from what should be',
      description: 'Looks at the backends now and changes nothing. What could not be looked at is in `unseen`.',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin', 'platform-viewer', 'tenant-admin', 'service'], tenant: 'path:tenant_id' },
      request: { params: TENANT_PARAMS },
      responses: { 200: { description: 'The differences.', schema: driftSchema } },
    },
    async (call) => {
      const state = await knownTenant(parts, call, call.params.tenant_id);
      return { status: 200 as const, body: await driftOf(parts, state, call.signal) };
    },
  );
