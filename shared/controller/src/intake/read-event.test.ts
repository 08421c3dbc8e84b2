/** From the bytes of a message to a command: what is told of a bad one (V1, V2), and under which key and time a good one goes (V3). */
import { createCodec, type IncomingMessage } from '@leasehold/bus';
import { invalid, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { CLOSED, EVENTS, OPENED } from '../../test/shelf-events.ts';
import { interpret, readEvent } from './read-event.ts';

const NOW_MS = 1_000_000;
const codec = createCodec({ bus: { writerSchema: async () => ({ type: 'none' }) }, log: silentLog });
const BODY = { tenant_id: 'acme', event_id: 'e1', shelf: 'left', size_cm: 30 };
const bytes = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
const message = (body: unknown, over: Partial<IncomingMessage> = {}): IncomingMessage => ({
  topic: OPENED,
  id: 'm1',
  payload: bytes(body),
  properties: {},
  publishedAtMs: 500,
  ...over,
});
const read = (given: IncomingMessage, over: Partial<Parameters<typeof readEvent>[0]> = {}) =>
  readEvent({ codec, events: EVENTS, ...over } as Parameters<typeof readEvent>[0], given, NOW_MS);
async function sourceOf(given: IncomingMessage) {
  const found = await read(given);
  if (found.kind !== 'event') return expect.unreachable(found.message);
  return found.source;
}

test('an event becomes a command for its owner, with the message that it came with', async () => {
  const letter = {
    topic: OPENED,
    messageId: 'm1',
    publishedAtMs: 500,
    payload: bytes(BODY).toString('base64'),
    properties: {},
    encoding: 'json',
  };
  expect(await read(message(BODY))).toEqual({
    kind: 'event',
    ownerId: 'acme.left',
    command: { kind: 'open', sizeCm: 30 },
    source: { type: 'event', eventKey: 'e1', publishedAtMs: 500, letter },
  });
  const { size_cm: _size, ...closed } = BODY;
  expect(await read(message(closed, { topic: CLOSED }))).toMatchObject({ kind: 'event', command: { kind: 'close' } });
});

test.each([
  ['no topic', 'whatever'],
  ['a topic of which nothing is known', 'persistent://platformq/system/other-events'],
  ['a topic that is called as a part of every object', 'persistent://platformq/system/constructor'],
])('on %s there are no events', async (_what, topic) => {
  expect(await read(message(BODY, { topic }))).toMatchObject({
    kind: 'bad',
    code: 'invalid',
    message: `no events are known on ${topic}`,
    letter: { topic, messageId: 'm1' },
  });
});

test('so it is for what was read before, when it is handed in again', () => {
  for (const name of ['other-events', 'constructor'])
    expect(
      interpret(EVENTS, message(BODY), { namespace: 'system', name }, { value: BODY, encoding: 'json' }, NOW_MS),
    ).toMatchObject({ kind: 'bad', code: 'invalid', message: `no events are known on ${OPENED}` });
});

test('what is larger than an event is none, to the byte, and is not decoded', async () => {
  const most = 256 * 1024;
  const of = (length: number) => message(' '.repeat(length - JSON.stringify(BODY).length) + JSON.stringify(BODY));
  expect((await read(of(most))).kind).toBe('event');
  expect(await read(of(most + 1))).toMatchObject({
    kind: 'bad',
    code: 'invalid',
    message: 'an event has at most 262144 bytes, got 262145',
    letter: { messageId: 'm1' },
  });
});

test('what cannot be decoded is told as that; a registry that is away is no fault of the message', async () => {
  const fails = (error: unknown) => ({ codec: { decode: () => Promise.reject(error) } });
  expect(await read(message('{'))).toMatchObject({ kind: 'bad', code: 'undecodable', letter: { messageId: 'm1' } });
  expect(await read(message(BODY), fails(invalid('no Avro', { code: 'Undecodable' })))).toMatchObject({
    kind: 'bad',
    code: 'undecodable',
    message: 'no Avro',
  });
  const away = unavailable('away', { code: 'BusUnavailable' });
  await expect(read(message(BODY), fails(away))).rejects.toBe(away);
  const bug = new TypeError('no');
  await expect(read(message(BODY), fails(bug))).rejects.toBe(bug);
});

test('V1: every problem is told at once, with what was received', async () => {
  expect(await read(message({ tenant_id: 'A_Bad!', shelf: 'left', extra: 1 }))).toMatchObject({
    kind: 'bad',
    code: 'invalid',
    message:
      '/tenant_id: must be letters, digits and inner hyphens, received "A_Bad!"; /size_cm: is missing; /extra: unknown field, known are tenant_id, event_id, shelf, size_cm',
  });
  expect(await read(message('7'))).toMatchObject({
    code: 'invalid',
    message: 'the event: expected an object, received 7',
  });
});

test('V1: what is told of problems has a bound', async () => {
  const wordy = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`unknown_field_${at}`, at]));
  const found = await read(message({ ...BODY, ...wordy }));
  expect(found.kind === 'bad' && found.message.length).toBe(2_000);
});

test('V2: a message on a tenant’s own topic must name that tenant', async () => {
  const own = (tenant: string) =>
    read(message(BODY, { topic: `persistent://platformq/${tenant}/shelf-opened-events` }));
  expect(await own('globex')).toMatchObject({
    kind: 'bad',
    code: 'tenant-mismatch',
    message: 'the topic belongs to globex, the message names acme',
  });
  for (const namespace of ['acme', 'system', 'global', 'compute', 'provisioning'])
    expect((await own(namespace)).kind).toBe('event');
});

test('V3: the key is the event’s id, else the one that its properties name, else where it came from', async () => {
  const { event_id: _id, ...bare } = BODY;
  const named = { properties: { event_id: 'p1' } };
  expect((await sourceOf(message(BODY, named))).eventKey).toBe('e1');
  expect((await sourceOf(message(bare, named))).eventKey).toBe('p1');
  expect((await sourceOf(message(bare))).eventKey).toBe(`${OPENED}|m1`);
});

test('V3: an id of any text or length is a key that a store bears', async () => {
  const keyOf = async (event_id: string) => (await sourceOf(message({ ...BODY, event_id }))).eventKey;
  expect(await keyOf('x'.repeat(250))).toBe('x'.repeat(250));
  expect(await keyOf('!~')).toBe('!~');
  const digests = await Promise.all(['x'.repeat(251), 'two words', 'tab\t', 'ü', ''].map(keyOf));
  for (const key of digests) expect(key).toMatch(/^sha256-[A-Za-z0-9_-]{20,}$/);
  expect(new Set(digests).size).toBe(5);
  // Keys are what other releases find an effect by: they never change.
  expect(await keyOf('ü')).toBe('sha256-e4c77d3f26dacb0bcd1ef966781f0988');
});

test('V3: nothing was said later than a minute from now, whatever its producer’s clock says', async () => {
  const at = async (publishedAtMs: number) => (await sourceOf(message(BODY, { publishedAtMs }))).publishedAtMs;
  expect([await at(NOW_MS + 60_000), await at(NOW_MS + 60_001), await at(5)]).toEqual([
    NOW_MS + 60_000,
    NOW_MS + 60_000,
    5,
  ]);
});

test('the trace context of a message is kept where it is one; what is none harms nothing', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const traceIn = async (properties: Readonly<Record<string, string>>) =>
    (await sourceOf(message(BODY, { properties }))).trace;
  expect(await traceIn({ traceparent, tracestate: 'vendor=1' })).toEqual({ traceparent, tracestate: 'vendor=1' });
  expect(await traceIn({ traceparent })).toEqual({ traceparent });
  expect(await traceIn({ traceparent: 'nonsense', tracestate: 'vendor=1' })).toBeUndefined();
  expect(await sourceOf(message(BODY))).not.toHaveProperty('trace');
});

test('a message too large to be kept is decided all the same, and what is kept of it says what it lacks', async () => {
  const found = await read(message(BODY, { properties: { long: 'x'.repeat(600_000) } }));
  expect(found).toMatchObject({ kind: 'event', source: { letter: { properties: { properties_omitted: 'true' } } } });
});
