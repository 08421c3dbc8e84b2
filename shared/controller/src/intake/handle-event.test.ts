/** From a message to its end: decided in the lane of its owner, and done when no dead letter of it waits (V4). */
import { type Bus, createCodec, type IncomingMessage } from '@leasehold/bus';
import { invalid, silentLog } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NAMES, type ShelfTypes } from '../../test/shelf.ts';
import { CLOSED, EVENTS, OPENED } from '../../test/shelf-events.ts';
import { ID, openStoreroom, type Storeroom } from '../../test/storeroom.ts';
import { createDeadLetters } from '../dead-letters/dead-letters.ts';
import { cannotHandle, decidePlainly, type IntakeDeps, prepareEvent } from './handle-event.ts';

const PARTITION = 'storeroom/shelf/acme.left';
const signal = new AbortController().signal;
let room: Storeroom;
let deps: IntakeDeps<ShelfTypes>;
let drained: string[];
let sent: unknown[];
let told: unknown[];
beforeEach(async () => {
  room = await openStoreroom();
  const { ledger, clock } = room.world;
  [drained, sent, told] = [[], [], []];
  deps = {
    names: NAMES,
    events: EVENTS,
    codec: createCodec({
      bus: { writerSchema: async () => ({ type: 'none' }) } as Pick<Bus, 'writerSchema'>,
      log: silentLog,
    }),
    ledger,
    deadLetters: createDeadLetters({ ledger, clock, names: NAMES }),
    relay: { drained: async (partition, key) => void drained.push(`${partition} ${key}`) },
    decide: decidePlainly(room.owners),
    send: async (outgoing) => void sent.push(outgoing),
    clock,
    log: {
      ...silentLog,
      info: (...line: readonly unknown[]) => void told.push(line),
      error: (...line: readonly unknown[]) => void told.push(line),
    },
  };
});
afterEach(() => room.close());

const opened = { tenant_id: 'acme', event_id: 'e1', shelf: 'left', size_cm: 30 };
const closed = { tenant_id: 'acme', event_id: 'e2', shelf: 'left' };
const message = (body: unknown, over: Partial<IncomingMessage> = {}): IncomingMessage => ({
  topic: OPENED,
  id: 'm1',
  payload: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  properties: {},
  publishedAtMs: room.world.nowMs,
  ...over,
});
const handle = async (given: IncomingMessage) => (await prepareEvent(deps, given)).run(signal);
const letters = async () => (await deps.deadLetters.list({ limit: 10 })).items;

test('an event runs in the lane of its owner, and is told with what came of it', async () => {
  const prepared = await prepareEvent(deps, message(opened));
  expect(prepared.lane).toBe(ID);
  expect(await prepared.run(signal)).toEqual({ outcome: 'applied' });
  expect((await room.state()).phase).toBe('open');
  const reasons = [{ code: 'Asked', message: 'open was asked for' }];
  const about = { tenant_id: 'acme', owner: 'shelf acme.left', command: 'open' };
  expect(told).toEqual([['event decided', { ...about, outcome: 'applied', reasons }]]);
  expect(await handle(message(opened))).toEqual({ outcome: 'duplicate' });
  expect(told[1]).toEqual(['event decided', { ...about, outcome: 'duplicate', reasons: [] }]);
  expect(await handle(message({ ...opened, event_id: 'e9' }))).toEqual({ outcome: 'repeat' });
  expect(drained).toEqual([]);
});

test('V4: what an owner refuses is done when its dead letter was confirmed', async () => {
  expect(await handle(message(closed, { topic: CLOSED }))).toEqual({ outcome: 'dead_letter' });
  expect(drained).toEqual([`${PARTITION} outbox/000000000000001`]);
});

test('V4: one that comes again after its commit waits for its own dead letter, and not for those of other messages', async () => {
  await handle(message(closed, { topic: CLOSED }));
  await handle(message({ ...closed, event_id: 'e3' }, { topic: CLOSED, id: 'm2' }));
  await handle(message({ ...opened, event_id: 'e4' }, { id: 'm3' }));
  drained.length = 0;
  expect(await handle(message(closed, { topic: CLOSED }))).toEqual({ outcome: 'duplicate' });
  expect(drained).toEqual([`${PARTITION} outbox/000000000000001`]);
  drained.length = 0;
  // The same number on another topic is another message.
  expect(await handle(message({ ...opened, event_id: 'e4' }, { id: 'm1' }))).toEqual({ outcome: 'duplicate' });
  expect(drained).toEqual([]);
});

test('V4: events that wait to be published, and other rows, keep no message', async () => {
  await handle(message(opened));
  await room.workOff();
  expect((await room.state()).serials.outgoing).toBe(1);
  await handle(message(opened));
  expect(drained).toEqual([]);
});

test('a message that is none is on record and sent, in a lane of its own, before it is done', async () => {
  const prepared = await prepareEvent(deps, message({ tenant_id: 'acme' }));
  expect(prepared.lane).toBe('letter:m1');
  expect(await prepared.run(signal)).toEqual({ outcome: 'dead_letter' });
  const [record] = await letters();
  expect(record).toMatchObject({ code: 'invalid', attempts: 1, letter: { messageId: 'm1', topic: OPENED } });
  expect(drained).toEqual([`storeroom/letters/20260615 outbox/${record?.id}`]);
  expect(sent).toEqual([]);
});

test('one that is too large to be kept is on record without its content, and goes out whole', async () => {
  expect(await handle(message('x'.repeat(900_000)))).toEqual({ outcome: 'dead_letter' });
  expect((await letters()).map(({ letter }) => [letter.payload, letter.omittedBytes])).toEqual([['', 900_000]]);
  expect(sent).toEqual([expect.objectContaining({ kind: 'dead-letter', serial: 0, code: 'invalid', attempts: 1 })]);
  const [{ letter }] = sent as [{ readonly letter: { readonly payload: string } }];
  expect([letter.payload.length, drained]).toEqual([1_200_000, []]);
});

test('an event that could not be handled for a reason of ours does not block those behind it, and is told', async () => {
  const fault = invalid('cannot', { code: 'X' });
  expect(await cannotHandle(deps, message(opened), fault, 5, signal)).toEqual({ outcome: 'dead_letter' });
  const [record] = await letters();
  expect(record).toMatchObject({ code: 'internal', message: 'cannot', attempts: 5, tenantId: 'acme' });
  expect(record?.letter.encoding).toBe('json');
  expect(told).toEqual([['an event could not be handled', { topic: OPENED, message_id: 'm1', error: fault }]]);
});

test('so it is for one that cannot even be read', async () => {
  await cannotHandle(deps, message('{'), invalid('cannot', { code: 'X' }), 2, signal);
  const [record] = await letters();
  expect([record?.attempts, record?.letter.encoding, record?.tenantId]).toEqual([2, undefined, undefined]);
});
