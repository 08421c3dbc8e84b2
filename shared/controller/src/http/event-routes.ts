/**
 * Publishing an event on the embedded bus, so that a laptop has upstream services too.
 */
import type { Bus } from '@leasehold/bus';
import { type ConsumedTopic, publishedEventSchema, topicName } from '@leasehold/contracts';
import { defineRoute, nearestName, problem, type Route } from '@leasehold/http';
import { z } from 'zod';
import { exampleText } from './parameters.ts';

export interface EventRoutes {
  /** Where the routes of the service begin: `/api/v1`. */
  readonly base: string;
  /** Asked when a route is called. */
  place(): { readonly bus: Bus; readonly pulsarTenant: string };
  /** What is heard, and where. */
  readonly topics: readonly Omit<ConsumedTopic, 'service'>[];
  /** Whether a tenant's own topics are heard here. */
  hears(tenantId: string): boolean;
  readonly example: { readonly topic: string; readonly body: Readonly<Record<string, string>> };
}

/** Only where somebody listens: the contract's namespaces of the topic, or a tenant's own where it has one. */
const isHeard = ({ topics, hears }: EventRoutes, topic: string, namespace: string): boolean =>
  topics.some(
    ({ name, namespaces, perTenant }) =>
      name === topic && (namespaces.includes(namespace) || (perTenant && hears(namespace))),
  );

/** Who may publish may know what there is to publish. */
function notHeard({ topics }: EventRoutes, name: string, namespace: string) {
  const known = topics.find((topic) => topic.name === name);
  const near = nearestName(
    name,
    topics.map((topic) => topic.name),
  );
  const places = known && [...known.namespaces, ...(known.perTenant ? ["the tenants' own"] : [])];
  const hint = places ? `it is heard in ${places.join(', ')}` : near && `did you mean ${near}?`;
  return problem(
    'not-found',
    `nobody hears ${JSON.stringify(name)} in the namespace ${namespace}${hint ? `; ${hint}` : ''}`,
  );
}

export const publishEventRoute = (parts: EventRoutes): Route =>
  defineRoute(
    {
      method: 'POST',
      path: `${parts.base}/events/{topic}`,
      summary: 'Publish an event on the embedded bus',
      description:
        'So that a laptop has upstream services too. The body is the event as an upstream service would publish it.',
      tags: ['Events'],
      access: { roles: ['service', 'platform-admin'], tenant: 'none' },
      request: {
        params: z.object({ topic: exampleText(parts.example.topic, 'The last part of its name.') }),
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
      example: parts.example.body,
    },
    async (call) => {
      const { bus, pulsarTenant } = parts.place();
      if (bus.kind !== 'embedded')
        throw problem('not-embedded', 'The bus is a real one: publish with its own clients.');
      const { topic: name } = call.params;
      const { namespace } = call.query;
      if (!isHeard(parts, name, namespace)) throw notHeard(parts, name, namespace);
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
