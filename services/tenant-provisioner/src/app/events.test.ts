/** From a message to its end: the keys of events (V3), and no ack before the dead letter is confirmed (V4). */

import { type Bus, createCodec, type IncomingMessage } from '@leasehold/bus';
import {
  cannotHandle,
  createDeadLetters,
  type IntakeDeps,
  interpret,
  prepareEvent,
  publishOutgoing,
  readEvent,
} from '@leasehold/controller';
import { bound, invalid, seededRng, silentLog } from '@leasehold/kernel';
import { createRelay, type Relay } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contextOf, openScene } from '../domain/scene.ts';
import type { TenantTypes } from '../domain/types.ts';
import { TENANT_EVENTS } from './events.ts';
import { NAMES } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

type Published = Parameters<Bus['publish']>[0];
const CREATED = 'persistent://platformq/system/tenant-created-events';

let world: TestLedger;
let relay: Relay;
let events: IntakeDeps<TenantTypes>;
let tenants: Tenants;
let bus: { away: boolean; limit: number; tries: number; readonly sent: Published[] };
beforeEach(async () => {
  world = await openTestLedger();
  bus = { away: false, limit: Number.POSITIVE_INFINITY, tries: 0, sent: [] };
  relay = open();
});
afterEach(async () => {
  await relay.close();
  await world.close();
});

/** A process that begins: its own relay and what it decides with, on the store that is there. */
function open(): Relay {
  const { ledger, clock } = world;
  const letters = createDeadLetters({ ledger, clock, names: NAMES });
  const publisher = { bus: fakeBus(), pulsarTenant: 'platformq', names: NAMES };
  const opened = createRelay({
    ledger,
    clock,
    rng: seededRng(1),
    log: silentLog,
    parallelism: bound('p', 4),
    publisherOf: () => (row, signal) => publishOutgoing(publisher, letters, row, signal),
  });
  const context = () => ({ ...contextOf(openScene()), nowMs: world.nowMs });
  tenants = createTenants({ ledger, clock, context });
  events = {
    names: NAMES,
    events: TENANT_EVENTS,
    codec: createCodec({ bus: publisher.bus, log: silentLog }),
    ledger,
    deadLetters: letters,
    relay: opened,
    clock,
    log: silentLog,
    send: (outgoing, signal) => publishOutgoing(publisher, letters, outgoing, signal),
    decide: (tenantId, command, source, signal) => tenants.command(tenantId, command, source, 'open', signal),
  };
  return opened;
}

const fakeBus = (): Bus =>
  ({
    publish: async (message: Published) => {
      bus.tries += 1;
      if (bus.away) await new Promise(() => undefined);
      const bytes = message.payload.byteLength + JSON.stringify(message.properties).length + (message.key?.length ?? 0);
      if (bytes > bus.limit) throw invalid('too large', { code: 'PayloadTooLarge' });
      bus.sent.push(message);
      return 'id';
    },
    writerSchema: async () => ({ type: 'none' }),
  }) as unknown as Bus;

const message = (body: unknown, over: Partial<IncomingMessage> = {}): IncomingMessage => ({
  topic: CREATED,
  id: 'm1',
  payload: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  properties: {},
  publishedAtMs: world.nowMs,
  ...over,
});
const handle = async (received: IncomingMessage) =>
  (await prepareEvent(events, received)).run(new AbortController().signal);
const conflict = (event_id: string) => ({ event_id, tenant_id: 'acme', tenant_name: 'Other', tier: 'free' });
test('V4: a message that comes again after its commit is not done before its dead letter is confirmed', async () => {
  await handle(message({ tenant_id: 'acme', tenant_name: 'Acme', tier: 'free' }, { id: 'm0' }));
  bus.away = true;
  void handle(message(conflict('e1'))).catch(() => undefined);
  await expect.poll(() => bus.tries).toBe(1);
  // The process dies here; another begins, and the bus hands the message out again.
  relay = open();
  let done = false;
  const end = () => {
    done = true;
  };
  handle(message(conflict('e1'))).then(end, end);
  await expect.poll(() => bus.tries).toBe(2);
  expect(done).toBe(false);
  bus.away = false;
  await relay.close();
  relay = open();
  expect(await handle(message(conflict('e1')))).toEqual({ outcome: 'duplicate' });
  expect(bus.sent.map(({ properties }) => properties?.['error_code'])).toEqual(['tenant-conflict']);
  // Another message of the same event has no letter of its own to wait for.
  expect(await handle(message(conflict('e1'), { id: 'm2' }))).toEqual({ outcome: 'duplicate' });
});

test('V3: an id of any text or length is a key that a store bears, and two ids never become one', async () => {
  const keys = new Set<string>();
  for (const event_id of [
    'plain-1',
    'a\u0000b',
    'ab',
    '\ud800',
    '\ud801',
    'ü'.repeat(200),
    'two words',
    'x'.repeat(200),
  ]) {
    const read = await readEvent(events, message({ ...conflict(event_id) }), world.nowMs);
    if (read.kind !== 'event') return expect.unreachable(read.message);
    keys.add(read.source.eventKey);
    expect(Buffer.byteLength(read.source.eventKey)).toBeLessThanOrEqual(260);
    expect(await handle(message({ ...conflict(event_id), tenant_name: 'Acme' }))).toMatchObject({
      outcome: expect.anything(),
    });
  }
  expect(keys.size).toBe(8);
  const long = message(conflict('x'), { properties: { event_id: 'p'.repeat(5000) } });
  const { event_id: _id, ...bare } = conflict('x');
  expect(await handle({ ...long, payload: Buffer.from(JSON.stringify(bare)) })).toMatchObject({
    outcome: 'dead_letter',
  });
});

test('the trace context of a message is kept where it is one; what is none harms nothing', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const traceIn = async (properties: Readonly<Record<string, string>>) => {
    const read = await readEvent(events, message(conflict('e'), { properties }), world.nowMs);
    return read.kind === 'event' ? read.source.trace : read.message;
  };
  expect(await traceIn({ traceparent, tracestate: 'vendor=1' })).toEqual({ traceparent, tracestate: 'vendor=1' });
  expect(await traceIn({ traceparent: 'nonsense', tracestate: 'vendor=1' })).toBeUndefined();
  expect(await traceIn({})).toBeUndefined();
});

test('V1: every problem is told in the words in which REST tells it', async () => {
  const read = interpret(
    TENANT_EVENTS,
    message({}),
    { namespace: 'system', name: 'tenant-created-events' },
    {
      value: { tenant_id: 'A_Bad!', tenant_name: 7, extra: 1 },
      encoding: 'avro',
    },
    world.nowMs,
  );
  expect(read).toMatchObject({
    kind: 'bad',
    code: 'invalid',
    message:
      '/tenant_id: must be letters, digits and inner hyphens, received "A_Bad!"; /tenant_name: expected a text, received 7; /tier: is missing',
  });
});

test('a message too large for the dead letter topic is on record, sent without its content, and done', async () => {
  bus.limit = 780_000;
  const poison = message('x'.repeat(900_000), { key: 'acme', properties: { note: 'n' } });
  expect(await handle(poison)).toEqual({ outcome: 'dead_letter' });
  expect(bus.sent).toHaveLength(1);
  expect(bus.sent[0]?.payload.byteLength).toBe(0);
  expect(bus.sent[0]?.properties).toMatchObject({
    error_code: 'invalid',
    payload_omitted: 'true',
    payload_bytes: '900000',
    original_message_id: 'm1',
  });
  const { items } = await events.deadLetters.list({ limit: 10 });
  expect(items.map(({ letter }) => [letter.messageId, letter.payload, letter.omittedBytes])).toEqual([
    ['m1', '', 900_000],
  ]);
});

test('a message too large to be kept, which the dead letter topic can carry, goes there whole', async () => {
  expect(await handle(message('x'.repeat(700_000)))).toEqual({ outcome: 'dead_letter' });
  expect(bus.sent[0]?.payload.byteLength).toBe(700_000);
});

test('properties that would burst a row end as a dead letter too', async () => {
  const wordy = message({ tenant_id: 'acme' }, { properties: { long: 'x'.repeat(2_000_000) } });
  expect(await handle(wordy)).toEqual({ outcome: 'dead_letter' });
  const signal = new AbortController().signal;
  const fault = invalid('cannot', { code: 'X' });
  expect(await cannotHandle(events, { ...wordy, id: 'm9' }, fault, 5, signal)).toEqual({ outcome: 'dead_letter' });
});

test('V3: a deletion from a clock that is years ahead speaks of now; later creations are not dropped', async () => {
  const topic = 'persistent://platformq/system/tenant-deleted-events';
  const year = 365 * 24 * 3_600_000;
  await handle(message({ tenant_id: 'acme' }, { topic, publishedAtMs: world.nowMs + 10 * year }));
  world.nowMs += 120_000;
  const created = message({ tenant_id: 'acme', tenant_name: 'Acme', tier: 'free' }, { id: 'm2' });
  expect(await handle(created)).toEqual({ outcome: 'applied' });
});
