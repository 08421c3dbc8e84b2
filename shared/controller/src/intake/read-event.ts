/**
 * From the bytes of a message to a command for an owner: decoded, checked, and routed.
 *
 * V1. Every problem of a message is told at once, with the received value.
 * V2. A message on a tenant's own topic must name that tenant.
 * V3. The event key is the event's id, else topic and message id: the same event twice has one effect.
 *     Nothing was said later than now: the time of publication is the producer's clock, and a tombstone made of a wrong one
 *     would drop every creation until then.
 */
import type { Codec, Decoded, IncomingMessage } from '@leasehold/bus';
import { PLATFORM_NAMESPACES, type ProblemCode, parseTopic } from '@leasehold/contracts';
import { checkInput } from '@leasehold/http';
import { type Bound, bound, digest, Fault } from '@leasehold/kernel';
import { parseTrace } from '@leasehold/observability';
import type { ZodType } from 'zod';
import { keepable, keptMessageOf, type MessageToKeep } from '../dead-letters/dead-message.ts';
import type { OwnedTypes } from '../model/decision.ts';
import type { EventSource, KeptMessage, Source } from '../model/message.ts';

/** What every event of the platform says. */
export interface PlatformEvent {
  readonly tenant_id: string;
  readonly event_id?: string | undefined;
}

export interface EventDefinition<T extends OwnedTypes, E extends PlatformEvent = PlatformEvent> {
  readonly schema: ZodType<E>;
  ownerIdOf(event: E): string;
  commandOf(event: E): T['command'];
}

/** The events that a service hears, by the last part of their topic's name. */
export type EventCatalogue<T extends OwnedTypes> = Readonly<Record<string, EventDefinition<T>>>;

/** One event with its own type, as the catalogue holds it: what is handed to its functions has passed its schema. */
export const event = <T extends OwnedTypes, E extends PlatformEvent>(
  definition: EventDefinition<T, E>,
): EventDefinition<T> => definition as unknown as EventDefinition<T>;

export type ReadEvent<T extends OwnedTypes> =
  | {
      readonly kind: 'event';
      readonly ownerId: string;
      readonly command: T['command'];
      readonly source: EventSource;
    }
  | { readonly kind: 'bad'; readonly code: ProblemCode; readonly message: string; readonly letter: KeptMessage };

/** A larger event is no event of the platform; what is kept of it is where it came from. */
const EVENT_PAYLOAD_MAX: Bound = bound('event-payload-bytes', 256 * 1024);

/** How far a producer's clock may be ahead of ours. */
const PUBLISHED_AHEAD: Bound = bound('published-ahead-ms', 60_000);

interface Reading<T extends OwnedTypes> {
  readonly codec: Codec;
  readonly events: EventCatalogue<T>;
}

export async function readEvent<T extends OwnedTypes>(
  { codec, events }: Reading<T>,
  message: IncomingMessage,
  nowMs: number,
): Promise<ReadEvent<T>> {
  const plain = keptMessageOf(message);
  const topic = parseTopic(message.topic);
  if (!topic || !Object.hasOwn(events, topic.name))
    return { kind: 'bad', code: 'invalid', message: `no events are known on ${message.topic}`, letter: plain };
  if (message.payload.length > EVENT_PAYLOAD_MAX.value)
    return {
      kind: 'bad',
      code: 'invalid',
      message: `an event has at most ${EVENT_PAYLOAD_MAX.value} bytes, got ${message.payload.length}`,
      letter: plain,
    };
  let read: Decoded;
  try {
    read = await codec.decode(message);
  } catch (error) {
    if (error instanceof Fault && error.class === 'Invalid')
      return { kind: 'bad', code: 'undecodable', message: error.message, letter: plain };
    throw error;
  }
  return interpret(events, message, topic, read, nowMs);
}

/** From a decoded value on; a redrive begins here. */
export function interpret<T extends OwnedTypes>(
  events: EventCatalogue<T>,
  message: MessageToKeep,
  topic: { readonly namespace: string; readonly name: string },
  read: Decoded,
  nowMs: number,
): ReadEvent<T> {
  const letter = keepable(keptMessageOf(message, read));
  const definition = Object.hasOwn(events, topic.name) ? events[topic.name] : undefined;
  if (!definition) return { kind: 'bad', code: 'invalid', message: `no events are known on ${message.topic}`, letter };
  const parsed = checkInput(definition.schema, read.value, '');
  if (!parsed.ok) {
    const problems = parsed.errors.map(({ pointer, message }) => `${pointer || 'the event'}: ${message}`);
    return { kind: 'bad', code: 'invalid', message: problems.join('; ').slice(0, 2000), letter };
  }
  const event = parsed.value;
  if (!PLATFORM_NAMESPACES.includes(topic.namespace) && topic.namespace !== event.tenant_id)
    return {
      kind: 'bad',
      code: 'tenant-mismatch',
      message: `the topic belongs to ${topic.namespace}, the message names ${event.tenant_id}`,
      letter,
    };
  const eventKey = rowKey(event.event_id ?? message.properties['event_id'] ?? `${message.topic}|${message.id}`);
  return {
    kind: 'event',
    ownerId: definition.ownerIdOf(event),
    command: definition.commandOf(event),
    source: {
      type: 'event',
      eventKey,
      publishedAtMs: Math.min(letter.publishedAtMs, nowMs + PUBLISHED_AHEAD.value),
      letter,
      ...traceOf(message.properties),
    },
  };
}

/** What does not parse is no context, and no fault of the event. */
function traceOf({ traceparent, tracestate }: IncomingMessage['properties']): Pick<Source, 'trace'> {
  const trace = parseTrace(traceparent, tracestate);
  if (!trace) return {};
  const state = trace.tracestate === undefined ? {} : { tracestate: trace.tracestate };
  return { trace: { traceparent: trace.traceparent, ...state } };
}

const PLAIN_KEY = /^[\x21-\x7e]{1,250}$/;

/** An id may be any text; what a store bears as a key is short and plain. */
const rowKey = (eventKey: string): string => (PLAIN_KEY.test(eventKey) ? eventKey : `sha256-${digest(eventKey)}`);
