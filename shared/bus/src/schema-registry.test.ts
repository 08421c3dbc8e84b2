import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { type HandAnswer, handAdmin } from '../test/scripted-admin.ts';
import { busBounds } from './bounds.ts';
import { parsePosition } from './message-id.ts';
import type { IncomingMessage } from './port.ts';
import { createSchemaRegistry } from './schema-registry.ts';

const TOPIC = 'persistent://t/n/x';
const LIST = 'GET /admin/v2/schemas/t/n/x/schemas';
const entry = (at: string) => `GET /admin/v2/persistent/t/n/x/ledger/${at.replace(':', '/entry/')}`;
const AVRO = '{"type":"record","name":"E","fields":[]}';
const AVRO_2 = '{"type":"record","name":"E2","fields":[]}';

interface Listed {
  readonly version: number;
  readonly type: string;
  readonly data?: string;
}
const listed = (...versions: readonly Listed[]): HandAnswer => ({ json: { getSchemaResponses: versions } });
const first: Listed = { version: 0, type: 'AVRO', data: AVRO };
const second: Listed = { version: 1, type: 'AVRO', data: AVRO_2 };
/** How Pulsar names a version: eight bytes, big-endian, in base64. */
const named = (version: number): HandAnswer => ({
  headers: { 'x-pulsar-base64-schema-version': Buffer.from([0, 0, 0, 0, 0, 0, 0, version]).toString('base64') },
});

const messageOf = (id: string, more: Partial<IncomingMessage> = {}): IncomingMessage => ({
  topic: TOPIC,
  id,
  payload: new Uint8Array([2, 2]),
  properties: {},
  publishedAtMs: 0,
  ...more,
});
const json = { payload: new Uint8Array(Buffer.from(' {"a":1}')) };

function setUp(answers: Record<string, HandAnswer | Promise<HandAnswer> | undefined>, schemaEntries = 16) {
  const admin = handAdmin((line) => answers[line]);
  const bounds = busBounds({ schemaEntries: bound('bus.schemaEntries', schemaEntries) });
  const registry = createSchemaRegistry(admin, bounds);
  return {
    ...{ admin, registry, answers },
    schemaOf: (id: string, more: Partial<IncomingMessage> = {}) => registry.writerSchema(messageOf(id, more)),
  };
}

test.each<[string, HandAnswer]>([
  ['that has no schemas', { status: 404, json: { getSchemaResponses: [first] } }],
  ['whose schemas were deleted', listed()],
  ['of which nothing is told', { json: undefined }],
])('1: a topic %s has messages without one, and no entry is asked for', async (_label, answer) => {
  const { admin, schemaOf } = setUp({ [LIST]: answer });
  expect(await schemaOf('5:1')).toEqual({ type: 'none' });
  expect(admin.calls).toEqual([LIST]);
});

test.each<[Listed, object]>([
  [first, { type: 'avro', definition: AVRO }],
  [
    { version: 0, type: 'JSON', data: '{}' },
    { type: 'json', definition: '{}' },
  ],
  [{ version: 0, type: 'STRING', data: '' }, { type: 'string' }],
  [{ version: 0, type: 'BYTES' }, { type: 'bytes' }],
  [{ version: 0, type: 'NONE', data: 'x' }, { type: 'none' }],
])('1: the only version %j is that of every message', async (version, schema) => {
  const { admin, schemaOf } = setUp({ [LIST]: listed(version) });
  expect(await schemaOf('5:1')).toEqual(schema);
  expect(admin.calls).toEqual([LIST]);
});

test('1: what may be hand-made JSON on a topic with one Avro version is asked about: none, or the version', async () => {
  const { admin, schemaOf } = setUp({ [LIST]: listed(first), [entry('5:1')]: {}, [entry('5:2')]: named(0) });
  expect(await schemaOf('5:1', json)).toEqual({ type: 'none' });
  expect(await schemaOf('5:2', json)).toEqual({ type: 'avro', definition: AVRO });
  expect(admin.calls).toEqual([LIST, entry('5:1'), LIST, entry('5:2')]);
});

test('1: JSON on a topic with one JSON version is of that version, without a question', async () => {
  const { admin, schemaOf } = setUp({ [LIST]: listed({ version: 3, type: 'JSON', data: '{}' }) });
  expect(await schemaOf('5:1', json)).toEqual({ type: 'json', definition: '{}' });
  expect(admin.calls).toEqual([LIST]);
});

test('1: of several versions the entry names its own', async () => {
  const { schemaOf } = setUp({
    [LIST]: listed(first, second),
    [entry('5:1')]: named(1),
    [entry('5:2')]: named(0),
    [entry('5:3')]: {},
    [entry('5:4')]: named(9),
  });
  expect(await schemaOf('5:1')).toEqual({ type: 'avro', definition: AVRO_2 });
  expect(await schemaOf('5:2')).toEqual({ type: 'avro', definition: AVRO });
  expect(await schemaOf('5:3')).toEqual({ type: 'none' });
  await expect(schemaOf('5:4')).rejects.toMatchObject({
    class: 'Invalid',
    code: 'Undecodable',
    message: 'the message was written with schema version 9, which the registry does not hold',
  });
});

test('a transport that names the version is believed, and no entry is asked for', async () => {
  const { admin, schemaOf } = setUp({ [LIST]: listed(first, second) });
  const version = (bytes: readonly number[]) => ({ schemaVersion: Uint8Array.from(bytes) });
  expect(await schemaOf('5:1', version([0, 0, 0, 0, 0, 0, 0, 1]))).toEqual({ type: 'avro', definition: AVRO_2 });
  expect(await schemaOf('5:1', version([1]))).toEqual({ type: 'none' });
  await expect(schemaOf('5:1', version([0, 0, 0, 0, 0, 0, 1, 0]))).rejects.toThrow('schema version 256');
  expect(admin.calls).toEqual([LIST]);
});

test.each([
  [404, 'no longer has'],
  [400, 'does not show (400)'],
  [405, 'does not show (405)'],
  [406, 'does not show (406)'],
  [409, 'does not show (409)'],
  [410, 'does not show (410)'],
  [412, 'does not show (412)'],
  [422, 'does not show (422)'],
])('an entry that the broker answers with %i cannot be read, now or later', async (status, why) => {
  const { schemaOf } = setUp({ [LIST]: listed(first, second), [entry('5:1')]: { status } });
  await expect(schemaOf('5:1')).rejects.toMatchObject({
    class: 'Invalid',
    code: 'Undecodable',
    message: `the broker ${why} entry 5:1, so its schema version cannot be known`,
  });
});

test('an entry that cannot be asked for now may be later; so may one whose version is no version', async () => {
  const { schemaOf, answers } = setUp({ [LIST]: listed(first, second), [entry('5:1')]: { status: 503 } });
  await expect(schemaOf('5:1')).rejects.toMatchObject({ class: 'Unavailable' });
  answers[entry('5:1')] = { headers: { 'x-pulsar-base64-schema-version': 'AAAA' } };
  await expect(schemaOf('5:1')).rejects.toMatchObject({
    class: 'Unavailable',
    message: expect.stringContaining('AAAA'),
  });
  answers[entry('5:1')] = named(1);
  expect(await schemaOf('5:1')).toEqual({ type: 'avro', definition: AVRO_2 });
});

test('4: an entry is asked for once, for all messages of its batch, as long as it is remembered', async () => {
  const { admin, schemaOf } = setUp(
    { [LIST]: listed(first, second), [entry('5:1')]: {}, [entry('5:2')]: named(1), [entry('5:3')]: named(0) },
    2,
  );
  for (const id of ['5:1:0', '5:1:1', '5:2', '5:1:2']) await schemaOf(id);
  expect([await schemaOf('5:1'), await schemaOf('5:2')]).toEqual([
    { type: 'none' },
    { type: 'avro', definition: AVRO_2 },
  ]);
  const entries = () => admin.takeCalls().filter((line) => line !== LIST);
  expect(entries()).toEqual([entry('5:1'), entry('5:2')]);
  for (const id of ['5:3', '5:2', '5:1']) await schemaOf(id);
  // 5:1 made room for 5:3.
  expect(entries()).toEqual([entry('5:3'), entry('5:1')]);
});

test('2: one list serves every message that had come when it was asked for, and none that came later', async () => {
  const { admin, registry, schemaOf } = setUp({ [LIST]: listed(first) });
  for (const id of ['5:1', '5:9', '5:3']) registry.received(TOPIC, parsePosition(id) ?? expect.unreachable());
  await schemaOf('5:1');
  await schemaOf('5:9:4');
  await schemaOf('4:99');
  expect(admin.calls).toHaveLength(1);
  await schemaOf('5:10');
  expect(admin.calls).toHaveLength(2);
  await schemaOf('5:10');
  await schemaOf('6:0');
  expect(admin.calls).toHaveLength(3);
});

test('2: who asks while a list is under way shares it, unless their message came after', async () => {
  const answers: ((answer: HandAnswer) => void)[] = [];
  const admin = handAdmin(() => new Promise((resolve) => answers.push(resolve)));
  const registry = createSchemaRegistry(admin, busBounds());
  registry.received(TOPIC, parsePosition('5:5') ?? expect.unreachable());
  const old = [registry.writerSchema(messageOf('5:1')), registry.writerSchema(messageOf('5:5'))];
  const late = registry.writerSchema(messageOf('5:6'));
  const shared = registry.writerSchema(messageOf('5:2'));
  expect(admin.calls).toHaveLength(2);
  // The later question is answered first.
  answers[1]?.(listed(first));
  expect(await Promise.all([late, shared])).toEqual(Array(2).fill({ type: 'avro', definition: AVRO }));
  answers[0]?.(listed());
  expect(await Promise.all(old)).toEqual(Array(2).fill({ type: 'none' }));
  // What is known from the later one is not forgotten for the older.
  expect(await registry.writerSchema(messageOf('5:6'))).toEqual({ type: 'avro', definition: AVRO });
  expect(admin.calls).toHaveLength(2);
});

test('2: a list that cannot be had is asked for again', async () => {
  const { admin, schemaOf, answers } = setUp({ [LIST]: undefined });
  await expect(schemaOf('5:1')).rejects.toMatchObject({ away: true });
  answers[LIST] = listed(first);
  expect(await schemaOf('5:1')).toEqual({ type: 'avro', definition: AVRO });
  expect(admin.calls).toHaveLength(2);
});

test('3: each partition has a list and entries of its own', async () => {
  const at = (place: number) => `GET /admin/v2/schemas/t/n/x-partition-${place}/schemas`;
  const { admin, schemaOf } = setUp({
    [at(0)]: listed(first),
    [at(1)]: listed(first, second),
    'GET /admin/v2/persistent/t/n/x-partition-1/ledger/5/entry/1': named(1),
  });
  expect(await schemaOf('9:9', { partition: 0 })).toEqual({ type: 'avro', definition: AVRO });
  expect(await schemaOf('5:1', { partition: 1 })).toEqual({ type: 'avro', definition: AVRO_2 });
  expect(admin.calls.slice(0, 2)).toEqual([at(0), at(1)]);
});

test('an id that is none of Pulsar’s, and a caller that gave up, ask nothing', async () => {
  const { admin, registry, schemaOf } = setUp({});
  await expect(schemaOf('msg-1')).rejects.toMatchObject({
    code: 'Undecodable',
    message: 'message id "msg-1" is not one of Pulsar\'s',
  });
  await expect(registry.writerSchema(messageOf('5:1'), AbortSignal.abort(new Error('enough')))).rejects.toThrow(
    'enough',
  );
  expect(admin.calls).toEqual([]);
});
