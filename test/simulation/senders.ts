/**
 * The outside world of a schedule: upstream services that publish, operators that call, strangers whose objects are in the
 * way. Remembers what it sent, so that nothing can be lost or invented.
 */

import { EVENT_SCHEMAS, parseTopic, TIERS, topicName } from '@leasehold/contracts';
import { isoTime, type JsonObject } from '@leasehold/kernel';
import type { SimObject, World } from '@leasehold/testing/world';
import { isOfDrawer } from './filing/drawers.ts';
import { PLANTED_SETTINGS } from './invariants/resources.ts';
import type { Publications } from './monitor.ts';
import type { Replica } from './replica.ts';
import type { Command, ControlChange } from './service.ts';
import { blueprintOf, KINDS, PULSAR_TENANT } from './tiers.ts';
import type { EventTopic, Operation } from './workload.ts';

export interface SentMessage {
  readonly id: string;
  readonly eventKey: string;
  readonly tenantId: string;
  readonly topic: string;
  readonly bytes: string;
  /** Why no decision can be made from it; absent: one can. */
  readonly bad?: string;
  /** It went with its topic before it was decided. */
  lost(): boolean;
}

export interface SentEvents extends Publications {
  readonly messages: readonly SentMessage[];
  tenantOf(eventKey: string): string | undefined;
}

export interface Senders extends SentEvents {
  send(operation: Operation, replicas: () => readonly Replica[]): void;
  /** Repetitions and answers that are still to come. */
  pending(): number;
}

type EventOperation = Operation & { readonly kind: 'event' };

interface Outside {
  readonly world: World;
  readonly events: Map<string, { command: Command; saidAtMs: number[] }>;
  readonly requests: Map<string, number>;
  readonly messages: SentMessage[];
  readonly byId: Map<string, SentMessage>;
  pending: number;
}

export function createSenders(world: World): Senders {
  const outside: Outside = { world, events: new Map(), requests: new Map(), messages: [], byId: new Map(), pending: 0 };
  const tenants = new Map<string, string>();
  followNamespaces(world);
  return {
    events: outside.events,
    requests: outside.requests,
    messages: outside.messages,
    keyOf: (messageId) => outside.byId.get(messageId)?.eventKey ?? '',
    tenantOf: (eventKey) => {
      const known =
        tenants.get(eventKey) ??
        outside.messages.find((message) => message.eventKey === eventKey && !message.bad)?.tenantId;
      if (known !== undefined) tenants.set(eventKey, known);
      return known;
    },
    pending: () => outside.pending,
    send: (operation, replicas) => {
      switch (operation.kind) {
        case 'event':
          return publish(outside, operation);
        case 'rest':
          return call(outside, operation, replicas);
        case 'pause':
          return pause(outside, operation, replicas);
        case 'plant':
          return plant(world, operation);
        case 'open':
          return turn(outside, { deletions: 'running' }, replicas, pending(outside));
        case 'rollout':
          return rollOut(world, operation, replicas);
        case 'lose':
        case 'unmark':
        case 'tamper':
          return lose(world, operation);
      }
    },
  };
}

/** A tenant's topics live and die with its namespace. */
const followNamespaces = (world: World): void =>
  world.backends.onEffect(({ action, before }) => {
    if (action === 'deleted' && before?.kind === 'pulsar-namespace') world.broker.removeNamespace(before.name);
  });

function plant(world: World, { resource, name, tenantId }: Operation & { kind: 'plant' }): void {
  world.note('stranger', 'plants', `${resource} ${name} in the way of ${tenantId}`);
  world.backends.plant({ backend: KINDS[resource]?.backend ?? resource, kind: resource, name }, PLANTED_SETTINGS);
}

/** One setting that is wanted, or access as nobody wants it. */
function tampered({ settings }: SimObject, what: 'access' | 'setting'): JsonObject {
  if (what === 'access' && 'access' in settings)
    return { access: settings['access'] === 'withdrawn' ? 'granted' : 'withdrawn' };
  const key = Object.keys(settings).find((name) => name !== 'access');
  return key === undefined ? {} : { [key]: 'as somebody else likes it' };
}

/** A tenant's topics go with its namespace, here as well. */
function lose(world: World, operation: Operation & { kind: 'lose' | 'unmark' | 'tamper' }): void {
  const { kind, tenantId, which } = operation;
  const { backends } = world;
  const owned = [...backends.objects.values()].filter(
    ({ owner, name }) => owner?.tenantId === tenantId && !isOfDrawer(name),
  );
  const object = owned[which % Math.max(1, owned.length)];
  if (!object) return;
  if (kind === 'unmark') {
    world.note('stranger', 'takes our mark off', `${object.kind} ${object.name}`);
    backends.unmark(object.kind, object.name);
    return;
  }
  if (operation.kind === 'tamper') {
    const settings = tampered(object, operation.what);
    world.note('stranger', 'tampers with', `${object.kind} ${object.name} ${JSON.stringify(settings)}`);
    backends.tamper(object.kind, object.name, settings);
    return;
  }
  world.note('nobody', 'loses', `${object.kind} ${object.name}`);
  backends.lose(object.kind, object.name);
  if (object.kind === 'pulsar-namespace') world.broker.removeNamespace(object.name);
}

function publish(outside: Outside, operation: EventOperation): void {
  const { world } = outside;
  const text = typeof operation.body === 'string' ? operation.body : JSON.stringify(bodyAt(operation, world.now()));
  const emit = () => publishCopy(outside, operation, text);
  emit();
  for (const delayMs of operation.again) {
    const sent = pending(outside);
    world.schedule(delayMs, () => {
      sent();
      emit();
    });
  }
}

/** Odd operations carry their id in the body, even ones as a property: both are allowed. */
const idInBody = ({ index }: EventOperation): boolean => index % 2 === 1;

function bodyAt(operation: EventOperation, nowMs: number): JsonObject {
  const body = operation.body as JsonObject;
  const created = body['created_at'] as { readonly offset_ms: number } | undefined;
  return {
    ...body,
    ...(created === undefined ? {} : { created_at: isoTime(nowMs + created.offset_ms) }),
    ...(operation.eventId !== undefined && idInBody(operation) ? { event_id: operation.eventId } : {}),
  };
}

const isPlatform = (namespace: string): boolean => namespace === 'system' || namespace === 'global';

function isOpen(world: World, tenantId: string): boolean {
  const namespace = world.backends.object('pulsar-namespace', `${PULSAR_TENANT}/${tenantId}`);
  return namespace?.owner?.tenantId === tenantId && namespace.settings['access'] === 'granted';
}

function publishCopy(outside: Outside, operation: EventOperation, text: string): void {
  const { world, events, messages } = outside;
  const { topic: name, tenantId, eventId } = operation;
  // Nobody can publish in a namespace that does not exist or is closed; an upstream service then uses the platform's twin.
  const there = isPlatform(operation.namespace) || isOpen(world, operation.namespace);
  const topic = topicName(PULSAR_TENANT, there ? operation.namespace : 'system', name);
  const properties = eventId !== undefined && !idInBody(operation) ? { event_id: eventId } : {};
  const keyed = operation.index % 3 === 0 ? {} : { key: tenantId };
  const id = world.broker.publish({ topic, payload: Buffer.from(text), properties, ...keyed }, `upstream-${name}`);
  const read = meaningOf(name, topic, text);
  const eventKey = eventId ?? `${topic}|${id}`;
  world.note('upstream', 'publishes', `${id} ${topic.slice(PULSAR_TENANT.length + 14)} ${text.slice(0, 160)}`);
  const message: SentMessage = {
    id,
    eventKey,
    tenantId,
    topic,
    bytes: Buffer.from(text).toString('base64'),
    ...('bad' in read ? { bad: read.bad } : {}),
    lost: () => world.broker.topics.get(topic)?.some(({ message: one }) => one.id === id) !== true,
  };
  messages.push(message);
  outside.byId.set(id, message);
  if ('bad' in read) return;
  const known = events.get(eventKey);
  if (known) known.saidAtMs.push(world.now());
  else events.set(eventKey, { command: read.command, saidAtMs: [world.now()] });
}

/** What the contract makes of a message: a command, or the code of its dead letter. */
function meaningOf(
  name: EventTopic,
  topic: string,
  text: string,
): { readonly command: Command } | { readonly bad: string } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { bad: 'undecodable' };
  }
  const parsed = EVENT_SCHEMAS[name].safeParse(body);
  if (!parsed.success) return { bad: 'invalid' };
  const event = parsed.data;
  const namespace = parseTopic(topic)?.namespace;
  if (namespace !== 'system' && namespace !== 'global' && namespace !== event.tenant_id)
    return { bad: 'tenant-mismatch' };
  const limits = 'limits' in event && event.limits !== undefined ? { limits: event.limits } : {};
  if ('tenant_name' in event) {
    const created = event.created_at === undefined ? {} : { createdAtMs: event.created_at };
    return { command: { kind: 'create', name: event.tenant_name, tier: event.tier, ...limits, ...created } };
  }
  if ('new_tier' in event)
    return { command: { kind: 'upgrade', previousTier: event.previous_tier, newTier: event.new_tier, ...limits } };
  return { command: { kind: 'delete', force: false } };
}

/** One try at any replica that answers; whoever called may never learn what came of it. */
function call(outside: Outside, operation: Operation & { kind: 'rest' }, replicas: () => readonly Replica[]): void {
  const { world } = outside;
  const { tenantId, command, requestId } = operation;
  const services = replicas()
    .map(({ service }) => service())
    .filter((service) => service !== undefined);
  const service = services[operation.index % Math.max(1, services.length)];
  if (!service) {
    world.note('operator', 'finds nobody', requestId);
    return;
  }
  world.note('operator', 'asks', `${requestId} ${tenantId} ${JSON.stringify(command)}`);
  outside.requests.set(requestId, world.now());
  const source = { type: 'rest', subject: 'operator', requestId, atMs: world.now() } as const;
  service.tenants.command(tenantId, command, source, 'open').then(
    ({ decision }) => world.note('operator', 'is told', `${requestId} ${JSON.stringify(decision.disposition)}`),
    (error: unknown) => world.note('operator', 'is told', `${requestId} ${String(error)}`),
  );
}

/** One try at the first replica that answers. Tenants that do not come to an end in time halt it soon. */
function rollOut(
  world: World,
  { edition, removals }: Operation & { kind: 'rollout' },
  replicas: () => readonly Replica[],
): void {
  const service = replicas()
    .map((replica) => replica.service())
    .find((one) => one !== undefined);
  if (!service) return;
  const blueprints = TIERS.map((tier) => blueprintOf(tier, edition));
  const targets = blueprints.map(({ tier, digest }) => ({ tier, digest }));
  const options = { waves: [1, 2], maxFailures: 1, deadlineMs: 60_000, pauseMs: 0, removals, includeFailed: true };
  const request = { targets, options, by: 'operator', behind: 0 };
  world.note('operator', 'rolls out', `${edition} ${removals}`);
  service.rollouts
    .make(
      request,
      blueprints.map(({ file }) => file),
    )
    .then(
      ({ kind, rollout }) => world.note('operator', 'is told', `${kind} ${rollout.id}`),
      (error: unknown) => world.note('operator', 'is told', String(error)),
    );
}

type Replicas = () => readonly Replica[];

/** Writes a switch: an operator keeps trying until somebody answers. */
function turn(outside: Outside, change: ControlChange, replicas: Replicas, done: () => void): void {
  const { world } = outside;
  const again = () => void world.schedule(1_000, () => turn(outside, change, replicas, done));
  const service = replicas()
    .map((replica) => replica.service())
    .find((one) => one !== undefined);
  if (!service) {
    again();
    return;
  }
  let answered = false;
  const settle = (next: () => void) => () => {
    if (!answered) next();
    answered = true;
  };
  // A replica that dies meanwhile never answers.
  world.schedule(20_000, settle(again));
  world.note('operator', 'switches', () => JSON.stringify(change));
  service.control.write(change).then(settle(done), settle(again));
}

function pending(outside: Outside): () => void {
  outside.pending += 1;
  return () => {
    outside.pending -= 1;
    outside.world.touch();
  };
}

/** Pauses something and is sure to let it run again. */
function pause(outside: Outside, { what, forMs }: Operation & { kind: 'pause' }, replicas: Replicas): void {
  const change = (to: 'paused' | 'running'): ControlChange =>
    what === 'reconcile' ? { reconcile: to } : what === 'deletions' ? { deletions: to } : { backends: { [what]: to } };
  const ended = pending(outside);
  // Running again only after the pause is known to hold, or the two could be written in the wrong order.
  turn(outside, change('paused'), replicas, () => {
    outside.world.schedule(forMs, () => turn(outside, change('running'), replicas, ended));
  });
}
