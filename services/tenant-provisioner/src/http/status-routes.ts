/**
 * Routes that tell how it goes: status as JSON and as a stream, reconcile, drift, operations, the audit of a tenant.
 */

import {
  acceptedSchema,
  auditEntrySchema,
  driftSchema,
  operationSchema,
  provisioningStatusSchema,
  reconcileRequestSchema,
  tenantIdSchema,
} from '@leasehold/contracts';
import { readOperation } from '@leasehold/controller';
import {
  decodeCursor,
  defineRoute,
  encodeCursor,
  notFound,
  PAGE_QUERY,
  pageOf,
  queryTime,
  READERS,
  type Route,
} from '@leasehold/http';
import { parseOwnedId } from '@leasehold/kernel';
import { z } from 'zod';
import { readAllJournals, readJournal } from '../app/audit.ts';
import { driftOf } from '../app/dry-run.ts';
import type { Provisioner } from '../app/provisioner.ts';
import { TENANT } from '../app/tenants.ts';
import { acceptedView, operationView, statusUrl, statusView } from '../app/view.ts';
import { hasHeardTheEnd, watchTenant } from '../app/watch.ts';
import type { TenantTypes } from '../domain/types.ts';
import { ask, exampleText, knownTenant } from './ask.ts';
import { TENANT_PARAMS, TENANT_TAGS } from './tenant-routes.ts';

export const statusRoutes = (provisioner: Provisioner): readonly Route[] => [
  status(provisioner),
  reconcile(provisioner),
  drift(provisioner),
  operation(provisioner),
  audit(provisioner),
];

const status = (provisioner: Provisioner): Route =>
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
      const state = await knownTenant(provisioner, call, tenant_id);
      if (call.accepts('text/event-stream')) {
        const lastId = call.headers['last-event-id'];
        if (lastId !== undefined && (await hasHeardTheEnd(provisioner, tenant_id, lastId, call.signal)))
          return { status: 204 as const };
        return { status: 200 as const, events: (after, signal) => watchTenant(provisioner, tenant_id, after, signal) };
      }
      return { status: 200 as const, body: statusView(state, provisioner.control.now()) };
    },
  );

const reconcile = (provisioner: Provisioner): Route =>
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
      await knownTenant(provisioner, call, tenant_id);
      const state = await ask(provisioner, call, tenant_id, {
        kind: 'reconcile',
        acceptLoss: call.body?.accept_data_loss ?? false,
        ...(call.body?.accept_weakening ? { acceptWeakening: true } : {}),
        ...(call.body?.reason === undefined ? {} : { reason: call.body.reason }),
      });
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );

const drift = (provisioner: Provisioner): Route =>
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
      const state = await knownTenant(provisioner, call, call.params.tenant_id);
      return { status: 200 as const, body: await driftOf(provisioner, state, call.signal) };
    },
  );

const operation = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/operations/{operation_id}',
      summary: 'One run: steps, attempts, errors, timings',
      tags: ['Operations'],
      access: { roles: READERS, tenant: 'id:operation_id' },
      request: { params: z.object({ operation_id: exampleText('op_acme_1', 'As answers to writes name it.') }) },
      responses: { 200: { description: 'The operation.', schema: operationSchema } },
    },
    async (call) => {
      const id = parseOwnedId(call.params.operation_id);
      if (id?.prefix !== 'op') throw notFound();
      const found = await readOperation<TenantTypes>(
        { ledger: provisioner.deps.ledger, codec: TENANT },
        id.owner,
        id.serial,
        call.signal,
      );
      if (!found) throw notFound();
      return { status: 200 as const, body: operationView(id.owner, found.operation, found.records) };
    },
  );

const audit = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/audit',
      summary: 'Who changed what, when and why',
      description:
        'Newest first: of one tenant or, without `tenant_id`, of everything for a platform role and of its own tenant for a tenant role. `actor` is the `sub` of who asked, a name that an event gives (`created_by`, `deleted_by`) or an event id.',
      tags: ['Operations'],
      access: { roles: ['platform-admin', 'platform-viewer', 'tenant-admin'], tenant: 'query:tenant_id' },
      request: {
        query: z.strictObject({
          ...PAGE_QUERY,
          tenant_id: tenantIdSchema.optional(),
          actor: z.string().max(200).optional().meta({ description: 'Who asked, or in whose name.' }),
          since: queryTime.optional().meta({ description: 'Nothing older than this.' }),
        }),
      },
      responses: { 200: { description: 'Newest first.', schema: pageOf(auditEntrySchema) } },
    },
    async (call) => {
      const { actor, since, limit, cursor } = call.query;
      const tenantId = call.query.tenant_id ?? (call.scope.kind === 'tenant' ? call.scope.tenantId : undefined);
      if (tenantId !== undefined) await knownTenant(provisioner, call, tenantId);
      const name = `audit/${tenantId ?? ''}/${actor ?? ''}/${since ?? ''}`;
      const from = cursor === undefined ? undefined : decodeCursor(name, cursor, z.string());
      const query = {
        limit,
        ...(from === undefined ? {} : { cursor: from }),
        ...(actor === undefined ? {} : { actor }),
        ...(since === undefined ? {} : { sinceMs: since }),
      };
      const page =
        tenantId === undefined
          ? await readAllJournals(provisioner, query, call.signal)
          : await readJournal(provisioner, tenantId, query, call.signal);
      return {
        status: 200 as const,
        body: { items: [...page.items], next_cursor: page.next === undefined ? null : encodeCursor(name, page.next) },
      };
    },
  );
