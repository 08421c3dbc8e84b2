/**
 * Routes of a tenant's life: provision, list, read, tier, delete, restore, protect, suspend, resume.
 */
import {
  acceptedSchema,
  plainTextSchema,
  planSchema,
  protectionRequestSchema,
  provisionRequestSchema,
  TENANT_STATUSES,
  TIERS,
  tenantIdSchema,
  tenantRecordSchema,
  tierRequestSchema,
} from '@leasehold/contracts';
import {
  decodeCursor,
  defineRoute,
  encodeCursor,
  PAGE_QUERY,
  pageOf,
  queryBoolean,
  queryNumber,
  READERS,
  type Route,
} from '@leasehold/http';
import { z } from 'zod';
import { dryRun, type Foreseen } from '../app/dry-run.ts';
import { type ListedTenants, listTenants } from '../app/list.ts';
import { acceptedView, provisionedView, statusUrl, tenantView } from '../app/view.ts';
import type { OperatorCommand } from '../domain/command.ts';
import { type AskedTenants, ask, type KnownTenants, knownTenant } from './ask.ts';

const HOUR_MS = 3_600_000;
const GRACE_HOURS_MAX = 24 * 365;
export const TENANT_PARAMS = z.object({ tenant_id: tenantIdSchema });
const ACCEPTED = { description: 'Work has begun; `status_url` tells how it goes.', schema: acceptedSchema };
const PLAN = { description: 'What would be done; nothing was touched.', schema: planSchema };
const DRY_RUN = z.strictObject({
  dry_run: queryBoolean.optional().meta({ description: 'Answer with the plan and touch nothing.' }),
});
export const TENANT_TAGS = ['Tenants'] as const;

/** What these routes ask, foresee, list and read. */
export type TenantRouteParts = AskedTenants & KnownTenants & Foreseen & ListedTenants;

export const tenantRoutes = (parts: TenantRouteParts): readonly Route[] => [
  provision(parts),
  list(parts),
  record(parts),
  tier(parts),
  remove(parts),
  protection(parts),
  turn(parts, 'restore', 'Take a deletion back within its grace', ['platform-admin']),
  turn(parts, 'suspend', 'Withdraw access and keep all data', ['platform-admin']),
  turn(parts, 'resume', 'Give access back after a suspension', ['platform-admin']),
];

const provision = (parts: AskedTenants & Foreseen): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/provision',
      summary: 'Create a tenant',
      description:
        'Idempotent: the same body again is the same operation. On a deleted tenant it begins the next generation.',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin', 'service'], tenant: 'body:tenant_id' },
      request: { body: provisionRequestSchema, query: DRY_RUN },
      responses: { 202: ACCEPTED, 200: PLAN },
      problems: ['tenant-conflict', 'limits-missing', 'conflict'],
      example: { tenant_id: 'acme', tenant_name: 'Acme Corporation', tier: 'starter' },
    },
    async (call) => {
      const { tenant_id, tenant_name, tier, limits, requested_by } = call.body;
      const command = {
        kind: 'create' as const,
        name: tenant_name,
        tier,
        ...(limits === undefined ? {} : { limits }),
        ...(requested_by === undefined ? {} : { by: requested_by }),
      };
      if (call.query.dry_run) return { status: 200 as const, body: await dryRun(parts, call, tenant_id, command) };
      const state = await ask(parts, call, tenant_id, command);
      return { status: 202 as const, location: statusUrl(tenant_id), body: provisionedView(state) };
    },
  );

const list = (parts: ListedTenants): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants',
      summary: 'List tenants',
      description: 'Deleted ones only with `status=deleted`, for 90 days. A page may be short while there is more.',
      tags: TENANT_TAGS,
      access: { roles: READERS, tenant: 'list' },
      request: {
        query: z.strictObject({
          ...PAGE_QUERY,
          tier: z.enum(TIERS).optional(),
          status: z.enum(TENANT_STATUSES).optional(),
        }),
      },
      responses: { 200: { description: 'One page.', schema: pageOf(tenantRecordSchema) } },
    },
    async (call) => {
      const { limit, cursor, tier, status } = call.query;
      const name = `tenants/${tier ?? ''}/${status ?? ''}`;
      const from = cursor === undefined ? undefined : decodeCursor(name, cursor, z.string());
      const page = await listTenants(
        parts,
        {
          limit,
          ...(from === undefined ? {} : { cursor: from }),
          deleted: status === 'deleted',
          chosen: (summary) =>
            (tier === undefined || summary.tier === tier) &&
            (status === undefined ? summary.status !== 'deleted' : summary.status === status),
          accept: (state, stands) =>
            call.canSee(state.tenantId) &&
            (tier === undefined || state.tier === tier) &&
            (status === undefined || stands === status),
        },
        call.signal,
      );
      return {
        status: 200 as const,
        body: {
          items: page.items.map(tenantView),
          next_cursor: page.next === undefined ? null : encodeCursor(name, page.next),
        },
      };
    },
  );

const record = (parts: KnownTenants): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/tenants/{tenant_id}',
      summary: 'Read a tenant',
      tags: TENANT_TAGS,
      access: { roles: READERS, tenant: 'path:tenant_id' },
      request: { params: TENANT_PARAMS },
      responses: { 200: { description: 'The record.', schema: tenantRecordSchema } },
    },
    async (call) => ({
      status: 200 as const,
      body: tenantView(await knownTenant(parts, call, call.params.tenant_id)),
    }),
  );

const tier = (parts: AskedTenants & KnownTenants & Foreseen): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/tenants/{tenant_id}/tier',
      summary: 'Change the tier',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin'], tenant: 'path:tenant_id' },
      request: {
        params: TENANT_PARAMS,
        body: tierRequestSchema,
        query: DRY_RUN,
      },
      responses: { 202: ACCEPTED, 200: PLAN },
      problems: ['limits-missing', 'conflict'],
      example: { tier: 'professional' },
    },
    async (call) => {
      const { tenant_id } = call.params;
      await knownTenant(parts, call, tenant_id);
      const { tier: wanted, limits } = call.body;
      const command: OperatorCommand = { kind: 'tier', tier: wanted, ...(limits === undefined ? {} : { limits }) };
      if (call.query.dry_run) return { status: 200 as const, body: await dryRun(parts, call, tenant_id, command) };
      const state = await ask(parts, call, tenant_id, command);
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );

const remove = (parts: AskedTenants & KnownTenants): Route =>
  defineRoute(
    {
      method: 'DELETE',
      path: '/api/v1/tenants/{tenant_id}',
      summary: 'Delete a tenant',
      description:
        'The tenant is suspended for its grace, then taken down. `force` goes over protection, never over the grace. Asked again with `grace_hours`, the grace is set anew from now. A tenant that is protected during its grace stays until the protection is lifted, or `force` is said. Of a tenant that is being taken down, `force` leaves behind what could not be (condition `LeftBehind`).',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin'], tenant: 'path:tenant_id' },
      request: {
        params: TENANT_PARAMS,
        query: z.strictObject({
          grace_hours: queryNumber(0, GRACE_HOURS_MAX)
            .optional()
            .meta({ description: 'Default: the grace of the tier. 0: nothing can be taken back.' }),
          force: queryBoolean.default(false).meta({ description: 'Go over protection.' }),
          reason: plainTextSchema(1000).optional().meta({ description: 'For the record and the audit.' }),
        }),
      },
      responses: { 202: ACCEPTED },
      problems: ['protected'],
    },
    async (call) => {
      const { tenant_id } = call.params;
      const { grace_hours, force, reason } = call.query;
      await knownTenant(parts, call, tenant_id);
      const state = await ask(parts, call, tenant_id, {
        kind: 'delete',
        force,
        ...(grace_hours === undefined ? {} : { graceMs: grace_hours * HOUR_MS }),
        ...(reason === undefined ? {} : { reason }),
      });
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );

const protection = (parts: AskedTenants & KnownTenants): Route =>
  defineRoute(
    {
      method: 'PUT',
      path: '/api/v1/tenants/{tenant_id}/protection',
      summary: 'Protect a tenant against deletion, or take the protection away',
      tags: TENANT_TAGS,
      access: { roles: ['platform-admin'], tenant: 'path:tenant_id' },
      request: { params: TENANT_PARAMS, body: protectionRequestSchema },
      responses: { 200: { description: 'The record.', schema: tenantRecordSchema } },
      problems: ['conflict'],
    },
    async (call) => {
      const { tenant_id } = call.params;
      await knownTenant(parts, call, tenant_id);
      const state = await ask(parts, call, tenant_id, { kind: 'protect', protected: call.body.protected });
      return { status: 200 as const, body: tenantView(state) };
    },
  );

const turn = (
  parts: AskedTenants & KnownTenants,
  verb: 'restore' | 'suspend' | 'resume',
  summary: string,
  roles: readonly ['platform-admin'],
): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `/api/v1/tenants/{tenant_id}/${verb}`,
      summary,
      tags: TENANT_TAGS,
      access: { roles, tenant: 'path:tenant_id' },
      request: { params: TENANT_PARAMS },
      responses: { 202: ACCEPTED },
      problems: ['conflict'],
    },
    async (call) => {
      const { tenant_id } = call.params as { tenant_id: string };
      await knownTenant(parts, call, tenant_id);
      const state = await ask(parts, call, tenant_id, { kind: verb });
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );
