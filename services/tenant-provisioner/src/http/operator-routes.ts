/**
 * Routes of the operator: dead letters, the switches, and events on the embedded bus.
 */
import {
  CONSUMED_TOPICS,
  controlRequestSchema,
  controlSchema,
  DEAD_LETTER_STATES,
  deadLetterDetailSchema,
  deadLetterSchema,
  publishedEventSchema,
  redriveRequestSchema,
  redriveSchema,
  tenantIdSchema,
  topicName,
} from '@leasehold/contracts';
import {
  decodeCursor,
  defineRoute,
  encodeCursor,
  invalidInput,
  nearestName,
  notFound,
  PAGE_QUERY,
  pageOf,
  problem,
  queryTime,
  type Route,
} from '@leasehold/http';
import { z } from 'zod';
import { controlView } from '../app/control.ts';
import type { Provisioner } from '../app/provisioner.ts';
import { redrive } from '../app/redrive.ts';
import { letterDetailView, letterView } from '../app/view.ts';
import { exampleText } from './ask.ts';

const LETTER_TAGS = ['Dead letters'] as const;
const LETTER_PARAMS = z.object({ id: exampleText('dl-20260131-00112233aabbccdd', 'As the list names it.') });

const LETTER_QUERY = z.strictObject({
  ...PAGE_QUERY,
  topic: z.string().min(1).max(512).optional().meta({ description: 'The topic, or the last part of its name.' }),
  code: z.string().min(1).max(100).optional().meta({ description: 'Its `error_code`.' }),
  tenant_id: tenantIdSchema.optional().meta({ description: 'Whom the message names.' }),
  state: z.enum(DEAD_LETTER_STATES).optional(),
  since: queryTime.optional().meta({ description: 'None that died before this.' }),
});

export const operatorRoutes = (provisioner: Provisioner, backends: readonly string[]): readonly Route[] => [
  letters(provisioner),
  letter(provisioner),
  redriveLetter(provisioner),
  readControl(provisioner, backends),
  writeControl(provisioner, backends),
  publishEvent(provisioner),
];

const letters = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/dead-letters',
      summary: 'List dead letters',
      tags: LETTER_TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { query: LETTER_QUERY },
      responses: { 200: { description: 'Newest first, by when they died.', schema: pageOf(deadLetterSchema) } },
    },
    async (call) => {
      const { limit, cursor, topic, code, tenant_id, state, since } = call.query;
      const name = `dead-letters/${JSON.stringify([topic, code, tenant_id, state, since])}`;
      const from = cursor === undefined ? undefined : decodeCursor(name, cursor, z.string());
      const page = await provisioner.letters.list(
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
      return { status: 200 as const, body: { items: page.items.map(letterView), next_cursor: next } };
    },
  );

const letter = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/dead-letters/{id}',
      summary: 'Read a dead letter with its original message',
      tags: LETTER_TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { params: LETTER_PARAMS },
      responses: { 200: { description: 'The letter.', schema: deadLetterDetailSchema } },
    },
    async (call) => {
      const found = await provisioner.letters.get(call.params.id, call.signal);
      if (!found) throw notFound();
      return { status: 200 as const, body: letterDetailView(found) };
    },
  );

const redriveLetter = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/dead-letters/{id}/redrive',
      summary: 'Hand a dead letter to the service again',
      description:
        'The original is decided anew, as if it came now with the time of its publication. What came of it is kept with the letter.',
      tags: LETTER_TAGS,
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { params: LETTER_PARAMS, body: redriveRequestSchema },
      example: { reason: 'the tier is mended' },
      responses: { 200: { description: 'What came of it.', schema: redriveSchema } },
    },
    async (call) => {
      const found = await provisioner.letters.get(call.params.id, call.signal);
      if (!found) throw notFound();
      const result = await redrive(
        provisioner,
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

const readControl = (provisioner: Provisioner, backends: readonly string[]): Route =>
  defineRoute(
    {
      method: 'GET',
      path: '/api/v1/control',
      summary: 'Read the switches',
      tags: ['Control'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      responses: { 200: { description: 'The switches.', schema: controlSchema } },
    },
    async (call) => ({
      status: 200 as const,
      body: controlView(await provisioner.control.refresh(call.signal), backends),
    }),
  );

const writeControl = (provisioner: Provisioner, backends: readonly string[]): Route =>
  defineRoute(
    {
      method: 'PUT',
      path: '/api/v1/control',
      summary: 'Pause or resume reconciling, deletions, or one backend',
      description: 'What is not named stays as it is. `deletions: running` also opens the brake on mass deletion.',
      tags: ['Control'],
      access: { roles: ['platform-admin'], tenant: 'none' },
      request: { body: controlRequestSchema },
      example: { backends: { minio: 'paused' } },
      responses: { 200: { description: 'The switches now.', schema: controlSchema } },
    },
    async (call) => {
      const unknown = Object.keys(call.body.backends ?? {}).filter((name) => !backends.includes(name));
      if (unknown.length > 0)
        throw invalidInput(
          unknown.map((name) => {
            const near = nearestName(name, backends);
            return {
              pointer: `/backends/${name}`,
              message: `there is no backend ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ''}`,
            };
          }),
        );
      const state = await provisioner.control.write(
        call.body,
        { subject: call.principal.sub, request_id: call.requestId },
        call.signal,
      );
      provisioner.tick.kick();
      return { status: 200 as const, body: controlView(state, backends) };
    },
  );

/** Only where somebody listens: the contract's namespaces of the topic, or a tenant's own where it has one. */
const isHeard = ({ topics }: Provisioner, topic: string, namespace: string): boolean =>
  CONSUMED_TOPICS.some(
    ({ name, namespaces, perTenant }) =>
      name === topic && (namespaces.includes(namespace) || (perTenant && topics.hears(namespace))),
  );

/** Who may publish may know what there is to publish. */
function notHeard(name: string, namespace: string) {
  const known = CONSUMED_TOPICS.find((topic) => topic.name === name);
  const near = nearestName(
    name,
    CONSUMED_TOPICS.map((topic) => topic.name),
  );
  const places = known && [...known.namespaces, ...(known.perTenant ? ["the tenants' own"] : [])];
  const hint = places ? `it is heard in ${places.join(', ')}` : near && `did you mean ${near}?`;
  return problem(
    'not-found',
    `nobody hears ${JSON.stringify(name)} in the namespace ${namespace}${hint ? `; ${hint}` : ''}`,
  );
}

const publishEvent = (provisioner: Provisioner): Route =>
  defineRoute(
    {
      method: 'POST',
      path: '/api/v1/events/{topic}',
      summary: 'Publish an event on the embedded bus',
      description:
        'So that a laptop has upstream services too. The body is the event as an upstream service would publish it.',
      tags: ['Events'],
      access: { roles: ['service', 'platform-admin'], tenant: 'none' },
      request: {
        params: z.object({ topic: exampleText('tenant-created-events', 'The last part of its name.') }),
        body: z.record(z.string(), z.unknown()),
        query: z.strictObject({
          namespace: z
            .string()
            .regex(/^[a-z0-9][a-z0-9-]{0,60}$/)
            .default('system')
            .meta({ description: 'A namespace in which the topic is heard.' }),
        }),
      },
      responses: { 202: { description: 'The event is on the bus.', schema: publishedEventSchema } },
      problems: ['not-embedded'],
      example: { tenant_id: 'acme', tenant_name: 'Acme Corporation', tier: 'free' },
    },
    async (call) => {
      const { bus, pulsarTenant } = provisioner.deps;
      if (bus.kind !== 'embedded')
        throw problem('not-embedded', 'The bus is a real one: publish with its own clients.');
      const { topic: name } = call.params;
      const { namespace } = call.query;
      if (!isHeard(provisioner, name, namespace)) throw notHeard(name, namespace);
      const topic = topicName(pulsarTenant, namespace, name);
      const tenantId = call.body.tenant_id;
      const message_id = await bus.publish(
        {
          topic,
          ...(typeof tenantId === 'string' ? { key: tenantId } : {}),
          payload: new TextEncoder().encode(JSON.stringify(call.body)),
          properties: { traceparent: call.trace.traceparent },
        },
        call.signal,
      );
      return { status: 202 as const, body: { topic, message_id } };
    },
  );
