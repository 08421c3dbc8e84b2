/**
 * From a message to a command: decoded, checked, routed to its tenant, decided, and acked only after the commit (and, where
 * it became a dead letter, after that was confirmed).
 *
 * V1. Every problem of a message is told at once, with the received value.
 * V2. A message on a tenant's own topic must name that tenant.
 * V3. The event key is the event's id, else topic and message id: the same event twice has one effect.
 *     Nothing was said later than now: the time of publication is the producer's clock, and a tombstone made of a wrong one
 *     would drop every creation until then.
 * V4. A message is done when no letter of it waits to be confirmed, also when it comes again after its commit.
 */

import type { Codec, Decoded, IncomingMessage } from '@leasehold/bus';
import { EVENT_SCHEMAS, isEventTopic, PLATFORM_NAMESPACES, type ProblemCode, parseTopic } from '@leasehold/contracts';
import {
  type DeadLetters,
  keepable,
  keptMessageOf,
  type MessageToKeep,
  type Outcome,
  outgoingOf,
} from '@leasehold/controller';
import type { DeadLetterOutgoing, KeptMessage, Source } from '@leasehold/controller/model';
import { checkInput } from '@leasehold/http';
import { type Bound, bound, type Clock, digest, Fault, type Log } from '@leasehold/kernel';
import { parseTrace } from '@leasehold/observability';
import type { PreparedMessage, Relay } from '@leasehold/runtime';
import type { Ledger } from '@leasehold/store';
import type { Command } from '../domain/command.ts';
import type { Context } from '../domain/draft.ts';
import { BRAKE_UNASKED } from '../domain/removal.ts';
import type { TenantTypes } from '../domain/types.ts';
import { tenantPartition } from './partition.ts';
import type { Tenants } from './tenants.ts';

export type EventSource = Source & { readonly type: 'event' };

export type ReadEvent =
  | { readonly kind: 'event'; readonly tenantId: string; readonly command: Command; readonly source: EventSource }
  | { readonly kind: 'bad'; readonly code: ProblemCode; readonly message: string; readonly letter: KeptMessage };

export interface EventsDeps {
  readonly codec: Codec;
  readonly ledger: Pick<Ledger, 'load'>;
  readonly tenants: Tenants;
  readonly letters: DeadLetters;
  readonly relay: Pick<Relay, 'drained'>;
  readonly brake: (tenantId: string, eventKey: string, signal: AbortSignal) => Promise<Context['brake']>;
  /** Sends a letter that is too large to be kept; resolves when it is confirmed. */
  readonly sendLetter: (outgoing: DeadLetterOutgoing, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A larger event is no event of the platform; what is kept of it is where it came from. */
const EVENT_PAYLOAD_MAX: Bound = bound('event-payload-bytes', 256 * 1024);

/** How far a producer's clock may be ahead of ours. */
const PUBLISHED_AHEAD: Bound = bound('published-ahead-ms', 60_000);

export async function prepareEvent(deps: EventsDeps, message: IncomingMessage): Promise<PreparedMessage> {
  const read = await readEvent(deps.codec, message, deps.clock.now());
  if (read.kind === 'bad')
    return {
      lane: `letter:${message.id}`,
      run: (signal) => bury(deps, read.letter, read.code, read.message, 1, signal),
    };
  return {
    lane: read.tenantId,
    run: async (signal) => {
      const outcome = await handleEvent(deps, read.tenantId, read.command, read.source, signal);
      return { outcome: outcome.duplicate ? 'duplicate' : outcomeLabel(outcome) };
    },
  };
}

/** What could not be handled at all: on record, confirmed on the dead letter topic, then done. */
async function bury(
  deps: Pick<EventsDeps, 'letters' | 'relay' | 'sendLetter'>,
  letter: KeptMessage,
  code: ProblemCode,
  message: string,
  attempts: number,
  signal: AbortSignal,
): Promise<{ readonly outcome: string }> {
  if (keepable(letter) !== letter) {
    const outgoing: DeadLetterOutgoing = { kind: 'dead-letter', serial: 0, letter, code, message, attempts };
    await deps.letters.file(outgoing, undefined, signal);
    await deps.sendLetter(outgoing, signal);
    return { outcome: 'dead_letter' };
  }
  const { partition, key } = await deps.letters.fileAndSend(letter, code, message, attempts, signal);
  await deps.relay.drained(partition, key, signal);
  return { outcome: 'dead_letter' };
}

export async function handleEvent(
  deps: Pick<EventsDeps, 'ledger' | 'tenants' | 'relay' | 'brake' | 'log'>,
  tenantId: string,
  command: Command,
  source: EventSource,
  signal: AbortSignal,
): Promise<TenantOutcome> {
  const outcome = await decide(deps, tenantId, command, source, signal);
  const { decision } = outcome;
  deps.log.info('event decided', {
    tenant_id: tenantId,
    command: command.kind,
    outcome: outcome.duplicate ? 'duplicate' : decision.disposition.kind,
    reasons: decision.reasons,
  });
  const mayHaveLetter = outcome.duplicate || decision.outgoing.some(({ kind }) => kind === 'dead-letter');
  if (mayHaveLetter) await ownLettersConfirmed(deps, tenantPartition(tenantId), source.letter, signal);
  return outcome;
}

/** How often the brake is asked for one deletion whose tenant comes and goes meanwhile. */
const BRAKE_ASKS: Bound = bound('brake-asks', 5);

async function decide(
  deps: Pick<EventsDeps, 'tenants' | 'brake'>,
  tenantId: string,
  command: Command,
  source: EventSource,
  signal: AbortSignal,
): Promise<TenantOutcome> {
  for (let asked = 1; ; asked++) {
    const brake = command.kind === 'delete' ? await deps.brake(tenantId, source.eventKey, signal) : 'open';
    try {
      return await deps.tenants.command(tenantId, command, source, brake, signal);
    } catch (error) {
      const isUnasked = error instanceof Fault && error.code === BRAKE_UNASKED;
      if (!isUnasked || asked >= BRAKE_ASKS.value) throw error;
    }
  }
}

/** V4. DeadLetters of other messages, which waited, belong to messages that were acked long ago. */
async function ownLettersConfirmed(
  deps: Pick<EventsDeps, 'ledger' | 'relay'>,
  partition: string,
  { topic, messageId }: KeptMessage,
  signal: AbortSignal,
): Promise<void> {
  const now = await deps.ledger.load(partition, { signal });
  for (const [key, value] of now.rows) {
    if (!key.startsWith('outbox/')) continue;
    const outgoing = outgoingOf(value);
    if (outgoing.kind === 'dead-letter' && outgoing.letter.messageId === messageId && outgoing.letter.topic === topic)
      await deps.relay.drained(partition, key, signal);
  }
}

const outcomeLabel = ({ decision: { disposition } }: TenantOutcome): string =>
  disposition.kind === 'refused' ? 'dead_letter' : disposition.kind;

/** An event that failed again and again for a reason that is no backend's: ours. It must not block those behind it. */
export async function cannotHandle(
  events: EventsDeps,
  message: IncomingMessage,
  fault: Fault,
  attempts: number,
  signal: AbortSignal,
): Promise<{ readonly outcome: string }> {
  events.log.error('an event could not be handled', { topic: message.topic, message_id: message.id, error: fault });
  // What it says is kept beside its bytes, as far as it can be read: whose it is, for one.
  const read = await events.codec.decode(message).catch(() => undefined);
  return bury(events, keptMessageOf(message, read), 'internal', fault.message, attempts, signal);
}

export async function readEvent(codec: Codec, message: IncomingMessage, nowMs: number): Promise<ReadEvent> {
  const plain = keptMessageOf(message);
  const topic = parseTopic(message.topic);
  if (!topic || !isEventTopic(topic.name))
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
  return interpret(message, topic, read, nowMs);
}

/** From a decoded value on; a redrive begins here. */
export function interpret(
  message: MessageToKeep,
  topic: { readonly namespace: string; readonly name: string },
  read: Decoded,
  nowMs: number,
): ReadEvent {
  const letter = keepable(keptMessageOf(message, read));
  if (!isEventTopic(topic.name))
    return { kind: 'bad', code: 'invalid', message: `no events are known on ${message.topic}`, letter };
  const parsed = checkInput<AnyEvent>(EVENT_SCHEMAS[topic.name], read.value, '');
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
    tenantId: event.tenant_id,
    command: commandOf(topic.name, event),
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

type TenantOutcome = Outcome<TenantTypes>;
type AnyEvent = ReturnType<(typeof EVENT_SCHEMAS)[keyof typeof EVENT_SCHEMAS]['parse']>;

function commandOf(name: string, event: AnyEvent): Command {
  if ('tenant_name' in event)
    return {
      kind: 'create',
      name: event.tenant_name,
      tier: event.tier,
      ...(event.limits === undefined ? {} : { limits: event.limits }),
      ...(event.created_at === undefined ? {} : { createdAtMs: event.created_at }),
      ...(event.created_by === undefined ? {} : { by: event.created_by }),
    };
  if ('new_tier' in event)
    return {
      kind: 'upgrade',
      previousTier: event.previous_tier,
      newTier: event.new_tier,
      ...(event.limits === undefined ? {} : { limits: event.limits }),
    };
  if (name !== 'tenant-deleted-events') throw new RangeError(`no command for ${name}`);
  return {
    kind: 'delete',
    force: false,
    ...(event.deleted_by === undefined ? {} : { by: event.deleted_by }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
  };
}
