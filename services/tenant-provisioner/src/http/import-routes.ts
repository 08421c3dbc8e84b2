/**
 * Routes of the import: which tenants exist on the backends and not in the ledger, and taking one over.
 */
import { acceptedSchema, importCandidateSchema, importPlanSchema, importRequestSchema } from '@leasehold/contracts';
import {
  decodeCursor,
  defineRoute,
  encodeCursor,
  PAGE_QUERY,
  pageOf,
  problem,
  queryBoolean,
  type Route,
} from '@leasehold/http';
import { bound } from '@leasehold/kernel';
import { z } from 'zod';
import { dryRun, type Foreseen, refusalsOf } from '../app/dry-run.ts';
import { type ImportSource, importCandidates } from '../app/import.ts';
import { type DefaultsSource, importDefaults } from '../app/import-defaults.ts';
import { acceptedView, statusUrl } from '../app/view.ts';
import { type AskedTenants, ask } from './ask.ts';

const TAGS = ['Import'] as const;

export type ImportRouteParts = ImportSource & DefaultsSource & Foreseen & AskedTenants;

export const importRoutes = (parts: ImportRouteParts): readonly Route[] => [candidates(parts), take(parts)];

const candidates = (parts: ImportSource): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/import',
      summary: 'List tenants that exist on the backends and not here',
      description:
        'By the names of the contract, on the backends that list names. A tenant of ours is named where it failed. Changes nothing; answers 503 while one of those backends is away. A page may be short while there is more.',
      tags: TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { query: z.strictObject(PAGE_QUERY) },
      responses: { 200: { description: 'One page, by tenant id.', schema: pageOf(importCandidateSchema) } },
    },
    async (call) => {
      const { limit, cursor } = call.query;
      const after = cursor === undefined ? undefined : decodeCursor('import', cursor, z.string());
      const page = await importCandidates(parts, { limit, ...(after === undefined ? {} : { after }) }, call.signal);
      const next = page.next === undefined ? null : encodeCursor('import', page.next);
      return { status: 200 as const, body: { items: [...page.items], next_cursor: next } };
    },
  );

const take = (parts: DefaultsSource & Foreseen & AskedTenants): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/import',
      summary: 'Take over a tenant that exists on the backends',
      description:
        'As a creation, and what exists under the tenant’s names without our mark is adopted: it is marked, keeps what it holds, and gets the settings of the tier, but for what was set to something stronger: that waits for a word (`held` in the plan). What is another tenant’s is never adopted, and what could only be made anew is so with `remake` alone; where the plan has one of these, the answer is 409 and nothing is touched. A name and a tier that are not said come from the ledger or from what is found; where nothing exists under the tenant’s names the answer is 409. Look at the plan first: `dry_run=true`.',
      tags: TAGS,
      access: { roles: ['platform-admin'], tenant: 'body:tenant_id' },
      request: {
        body: importRequestSchema,
        query: z.strictObject({
          dry_run: queryBoolean.optional().meta({ description: 'Answer with the plan and touch nothing.' }),
        }),
      },
      responses: {
        202: { description: 'Work has begun; `status_url` tells how it goes.', schema: acceptedSchema },
        200: { description: 'What would be done; nothing was touched.', schema: importPlanSchema },
      },
      problems: ['tenant-conflict', 'limits-missing', 'conflict'],
      example: { tenant_id: 'acme', tenant_name: 'Acme Corporation', tier: 'starter' },
    },
    async (call) => {
      const { tenant_id, requested_by, remake, generation } = call.body;
      const { name, tier, limits } = await importDefaults(parts, call.body, call.signal);
      const command = {
        kind: 'create' as const,
        name,
        tier,
        adopt: true as const,
        ...(remake ? { remake: true as const } : {}),
        ...(limits === undefined ? {} : { limits }),
        ...(generation === undefined ? {} : { generation }),
        ...(requested_by === undefined ? {} : { by: requested_by }),
      };
      if (call.query.dry_run) {
        const plan = await dryRun(parts, call, tenant_id, command);
        return { status: 200 as const, body: { ...plan, tenant_name: name, tier } };
      }
      const refused = await refusalsOf(parts, call, tenant_id, command);
      if (refused.length > 0) throw problem('conflict', refusalText(refused));
      const state = await ask(parts, call, tenant_id, command);
      return { status: 202 as const, location: statusUrl(tenant_id), body: acceptedView(state) };
    },
  );

const TOLD = bound('import-refusals-told', 5);

function refusalText(refused: Awaited<ReturnType<typeof refusalsOf>>): string {
  const told = refused.slice(0, TOLD.value).map(({ kind, name, reason }) => `${kind} ${name} ${reason.message}`);
  const more = refused.length - told.length;
  return `nothing was touched: ${told.join('. ')}${more > 0 ? `. And ${more} more` : ''}`;
}
