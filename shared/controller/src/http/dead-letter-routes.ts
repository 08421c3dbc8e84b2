/**
 * Routes of a service's dead letters: list, read, hand in again. The first service has them at the root of the API, a further one
 * of the same process below its own name.
 */
import {
  DEAD_LETTER_STATES,
  deadLetterDetailSchema,
  deadLetterSchema,
  redriveRequestSchema,
  redriveSchema,
  tenantIdSchema,
} from '@leasehold/contracts';
import {
  decodeCursor,
  defineRoute,
  encodeCursor,
  notFound,
  PAGE_QUERY,
  pageOf,
  queryTime,
  type Route,
} from '@leasehold/http';
import { z } from 'zod';
import { type RedriveParts, redrive } from '../dead-letters/redrive.ts';
import type { OwnedTypes } from '../model/decision.ts';
import { deadLetterDetailView, deadLetterView } from '../shown/view.ts';
import { exampleText } from './parameters.ts';

const TAGS = ['Dead letters'] as const;
const PARAMS = z.object({ id: exampleText('dl-20260131-00112233aabbccdd', 'As the list names it.') });

const QUERY = z.strictObject({
  ...PAGE_QUERY,
  topic: z.string().min(1).max(512).optional().meta({ description: 'The topic, or the last part of its name.' }),
  code: z.string().min(1).max(100).optional().meta({ description: 'Its `error_code`.' }),
  tenant_id: tenantIdSchema.optional().meta({ description: 'Whom the message names.' }),
  state: z.enum(DEAD_LETTER_STATES).optional(),
  since: queryTime.optional().meta({ description: 'None that died before this.' }),
});

/**
 * @param base where the routes of the service begin: `/api/v1`.
 * @param parts asked when a route is called: the table of routes is made without a service too, for its documentation.
 */
export const deadLetterRoutes = <T extends OwnedTypes>(
  base: string,
  parts: () => RedriveParts<T>,
): readonly Route[] => [list(base, parts), read(base, parts), redriveOne(base, parts)];

const list = <T extends OwnedTypes>(base: string, parts: () => RedriveParts<T>): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${base}/dead-letters`,
      summary: 'List dead letters',
      tags: TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { query: QUERY },
      responses: { 200: { description: 'Newest first, by when they died.', schema: pageOf(deadLetterSchema) } },
    },
    async (call) => {
      const { limit, cursor, topic, code, tenant_id, state, since } = call.query;
      const name = `dead-letters/${JSON.stringify([topic, code, tenant_id, state, since])}`;
      const from = cursor === undefined ? undefined : decodeCursor(name, cursor, z.string());
      const page = await parts().deadLetters.list(
        {
          limit,
          ...(from === undefined ? {} : { cursor: from }),
          ...(topic === undefined ? {} : { topic }),
          ...(code === undefined ? {} : { code }),
          ...(tenant_id === undefined ? {} : { tenantId: tenant_id }),
          ...(state === undefined ? {} : { state }),
          ...(since === undefined ? {} : { sinceMs: since }),
        },
        call.signal,
      );
      const next = page.next === undefined ? null : encodeCursor(name, page.next);
      return { status: 200 as const, body: { items: page.items.map(deadLetterView), next_cursor: next } };
    },
  );

const read = <T extends OwnedTypes>(base: string, parts: () => RedriveParts<T>): Route =>
  defineRoute(
    {
      method: 'GET',
      path: `${base}/dead-letters/{id}`,
      summary: 'Read a dead letter with its original message',
      tags: TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { params: PARAMS },
      responses: { 200: { description: 'The letter.', schema: deadLetterDetailSchema } },
    },
    async (call) => {
      const found = await parts().deadLetters.get(call.params.id, call.signal);
      if (!found) throw notFound();
      return { status: 200 as const, body: deadLetterDetailView(found) };
    },
  );

const redriveOne = <T extends OwnedTypes>(base: string, parts: () => RedriveParts<T>): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `${base}/dead-letters/{id}/redrive`,
      summary: 'Hand a dead letter to the service again',
      description:
        'The original is decided anew, as if it came now with the time of its publication. What came of it is kept with the letter.',
      tags: TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { params: PARAMS, body: redriveRequestSchema },
      example: { reason: 'the tier is mended' },
      responses: { 200: { description: 'What came of it.', schema: redriveSchema } },
    },
    async (call) => {
      const found = await parts().deadLetters.get(call.params.id, call.signal);
      if (!found) throw notFound();
      const result = await redrive(
        parts(),
        found,
        { subject: call.principal.sub, requestId: call.requestId, reason: call.body.reason },
        call.signal,
      );
      return {
        status: 200 as const,
        body: { id: found.id, outcome: result.outcome, detail: result.detail ?? null, state: result.state },
      };
    },
  );
