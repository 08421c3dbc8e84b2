/**
 * Routes of owners for a service without a contract of its own for them: a list, one of them, and a word to look at one again. Platform
 * roles alone may use them.
 *
 * 1. A list shows the owners of one tenant alone where it is asked for one, and is of those that are there.
 */
import { tenantIdSchema } from '@leasehold/contracts';
import { decodeCursor, defineRoute, encodeCursor, notFound, PAGE_QUERY, pageOf, type Route } from '@leasehold/http';
import type { Ledger } from '@leasehold/store';
import { z } from 'zod';
import type { OwnedTypes } from '../model/decision.ts';
import { isGone } from '../model/summary.ts';
import type { OwnerDefinition, Owners } from '../rows/owners.ts';
import { listOwners } from '../shown/list.ts';
import { askOwner } from './ask.ts';
import type { exampleText } from './parameters.ts';

export interface OwnerRoutes<T extends OwnedTypes> {
  /** Where they begin: `/api/v1/filing/drawers`. */
  readonly path: string;
  readonly tag: string;
  /** An id of an owner, and what it is made of. */
  readonly id: ReturnType<typeof exampleText>;
  readonly definition: Pick<OwnerDefinition<T>, 'names' | 'isListed' | 'summaryOf'>;
  readonly controller: { readonly owners: Pick<Owners<T>, 'read' | 'find' | 'command'> };
  readonly ledger: Ledger;
  readonly schema: z.ZodObject;
  readonly view: (state: T['state']) => Readonly<Record<string, unknown>>;
  readonly lookAgain: { readonly command: T['command']; readonly asked: T['asked'] };
}

export const ownerRoutes = <T extends OwnedTypes>(parts: OwnerRoutes<T>): readonly Route[] => [
  list(parts),
  one(parts),
  lookAgain(parts),
];

/** @throws ProblemError `not-found`: there is no owner of which people are told. */
export async function knownOwner<T extends OwnedTypes>(
  {
    definition,
    controller: { owners },
    ledger: { store },
  }: Pick<OwnerRoutes<T>, 'definition' | 'controller' | 'ledger'>,
  ownerId: string,
  signal: AbortSignal,
): Promise<T['state']> {
  const rows = await owners.read(ownerId, { fresh: !store.exclusive, signal });
  if (!definition.isListed(rows)) throw notFound();
  return rows.state;
}

const list = <T extends OwnedTypes>(parts: OwnerRoutes<T>): Route => {
  const { path, tag, definition, controller, ledger, schema, view } = parts;
  const { names } = definition;
  return defineRoute(
    {
      method: 'GET',
      path,
      summary: `List each ${names.ownerType}`,
      description: 'Of all tenants or of one. A page may be short while there is more.',
      tags: [tag],
      access: { roles: ['platform-admin', 'platform-viewer'], tenant: 'none' },
      request: { query: z.strictObject({ ...PAGE_QUERY, tenant_id: tenantIdSchema.optional() }) },
      responses: { 200: { description: 'One page.', schema: pageOf(schema) } },
    },
    async (call) => {
      const { limit, cursor, tenant_id: tenantId } = call.query;
      const cursorName = `${path}/${tenantId ?? ''}`;
      const page = await listOwners<T>(
        { names, owners: controller.owners, store: ledger.store },
        {
          limit,
          withEnded: false,
          ...(cursor === undefined ? {} : { cursor: decodeCursor(cursorName, cursor, z.string()) }),
          chosen: (summary, ownerId) =>
            !isGone(summary) && (tenantId === undefined || names.ownerOf(ownerId).tenantId === tenantId),
          accept: (rows) => definition.isListed(rows) && !isGone(definition.summaryOf(rows.state)),
        },
        call.signal,
      );
      const next_cursor = page.next === undefined ? null : encodeCursor(cursorName, page.next);
      return { status: 200 as const, body: { items: page.items.map(view), next_cursor } };
    },
  );
};

const one = <T extends OwnedTypes>(parts: OwnerRoutes<T>): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${parts.path}/{id}`,
      summary: `How far a ${parts.definition.names.ownerType} is`,
      tags: [parts.tag],
      access: { roles: ['platform-admin', 'platform-viewer'], tenant: 'none' },
      request: { params: z.object({ id: parts.id }) },
      responses: { 200: { description: 'How it is now.', schema: parts.schema } },
    },
    async (call) => ({
      status: 200 as const,
      body: parts.view(await knownOwner(parts, call.params.id, call.signal)),
    }),
  );

const lookAgain = <T extends OwnedTypes>(parts: OwnerRoutes<T>): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `${parts.path}/{id}/reconcile`,
      summary: `Look at a ${parts.definition.names.ownerType} again and repair it`,
      tags: [parts.tag],
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { params: z.object({ id: parts.id }) },
      responses: { 202: { description: 'It is looked at.', schema: parts.schema } },
    },
    async (call) => {
      const { id } = call.params;
      await knownOwner(parts, id, call.signal);
      const { command, asked } = parts.lookAgain;
      return {
        status: 202 as const,
        body: parts.view(await askOwner(parts.controller.owners, call, id, command, asked)),
      };
    },
  );
