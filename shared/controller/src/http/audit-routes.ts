/**
 * Routes that tell what was done: one operation with its steps, and the audit.
 */
import { auditEntrySchema, operationSchema, tenantIdSchema } from '@leasehold/contracts';
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
import type { OwnedTypes } from '../model/decision.ts';
import type { ServiceNames } from '../rows/names.ts';
import { readOperation } from '../rows/operations.ts';
import type { StateCodec } from '../rows/owner-rows.ts';
import { type AuditSource, readAllJournals, readJournal } from '../shown/audit.ts';
import { operationView } from '../shown/view.ts';
import { exampleText } from './parameters.ts';

/**
 * Where owners are tenants a request names its tenant by naming an owner, and is judged before anything else. Else the tenant follows
 * from the owner's name, which the handler admits.
 */
const areTenants = ({ ownerType }: ServiceNames): boolean => ownerType === 'tenant';

export interface AuditRoutes {
  /** Where the routes of the service begin: `/api/v1`. */
  readonly base: string;
  /** Of the ids of owners, where they are not tenants. */
  readonly ownerIdSchema?: z.ZodType<string>;
  readonly names: ServiceNames;
  /** Asked when a route is called. */
  source(): AuditSource;
  /** @throws ProblemError `not-found`: there is no owner of which people are told. */
  requireOwner(ownerId: string, signal: AbortSignal): Promise<unknown>;
}

export const operationRoute = <T extends OwnedTypes>({
  base,
  source,
  codec,
}: Pick<AuditRoutes, 'base' | 'source'> & { readonly codec: StateCodec<T> }): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${base}/operations/{operation_id}`,
      summary: 'One run: steps, attempts, errors, timings',
      tags: ['Operations'],
      access: { roles: READERS, tenant: areTenants(codec.names) ? 'id:operation_id' : 'loaded' },
      request: { params: z.object({ operation_id: exampleText('op_acme_1', 'As answers to writes name it.') }) },
      responses: { 200: { description: 'The operation.', schema: operationSchema } },
    },
    async (call) => {
      const id = parseOwnedId(call.params.operation_id);
      if (id?.prefix !== 'op') throw notFound();
      const { tenantId } = codec.names.ownerOf(id.owner);
      call.admit(tenantId);
      const found = await readOperation<T>({ ledger: source().ledger, codec }, id.owner, id.serial, call.signal);
      if (!found) throw notFound();
      return { status: 200 as const, body: operationView(tenantId, found.operation, found.records) };
    },
  );

/**
 * Where owners are not tenants, `tenant_id` of the query is the id of an owner, whose tenant is known by its id; without it a tenant role
 * sees what was done to all owners of its tenant.
 */
export const auditRoute = (parts: AuditRoutes): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${parts.base}/audit`,
      summary: 'Who changed what, when and why',
      description:
        'Newest first: of one tenant or, without `tenant_id`, of everything for a platform role and of its own tenant for a tenant role. `actor` is the `sub` of who asked, a name that an event gives (`created_by`, `deleted_by`) or an event id.',
      tags: ['Operations'],
      access: {
        roles: ['platform-admin', 'platform-viewer', 'tenant-admin'],
        tenant: areTenants(parts.names) ? 'query:tenant_id' : 'list',
      },
      request: {
        query: z.strictObject({
          ...PAGE_QUERY,
          tenant_id: (parts.ownerIdSchema ?? tenantIdSchema).optional(),
          actor: z.string().max(200).optional().meta({ description: 'Who asked, or in whose name.' }),
          since: queryTime.optional().meta({ description: 'Nothing older than this.' }),
        }),
      },
      responses: { 200: { description: 'Newest first.', schema: pageOf(auditEntrySchema) } },
    },
    async (call) => {
      const { actor, since, limit, cursor } = call.query;
      const own = call.scope.kind === 'tenant' ? call.scope.tenantId : undefined;
      const ownerId = call.query.tenant_id ?? (areTenants(parts.names) ? own : undefined);
      if (ownerId !== undefined) {
        call.admit(parts.names.ownerOf(ownerId).tenantId);
        await parts.requireOwner(ownerId, call.signal);
      }
      const ofTenant = ownerId === undefined ? own : undefined;
      const name = `audit/${ownerId ?? ''}/${actor ?? ''}/${since ?? ''}${ofTenant === undefined ? '' : `/${ofTenant}`}`;
      const from = cursor === undefined ? undefined : decodeCursor(name, cursor, z.string());
      const query = {
        limit,
        ...(from === undefined ? {} : { cursor: from }),
        ...(actor === undefined ? {} : { actor }),
        ...(since === undefined ? {} : { sinceMs: since }),
        ...(ofTenant === undefined ? {} : { ofTenant }),
      };
      const page =
        ownerId === undefined
          ? await readAllJournals(parts.source(), query, call.signal)
          : await readJournal(parts.source(), ownerId, query, call.signal);
      return {
        status: 200 as const,
        body: { items: [...page.items], next_cursor: page.next === undefined ? null : encodeCursor(name, page.next) },
      };
    },
  );
