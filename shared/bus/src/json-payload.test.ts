import { silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createCodec } from './codec.ts';
import { looksLikeJsonObject, parseJsonPayload } from './json-payload.ts';
import type { IncomingMessage, SchemaVersion } from './port.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740992', '9007199254740992'],
  ['-9007199254740992', '-9007199254740992'],
  ['-9007199254740991', -9_007_199_254_740_991],
  ['1e30', 1e30],
  ['9007199254740994.0', 9_007_199_254_740_994],
  ['0.1', 0.1],
  ['"9007199254740993"', '9007199254740993'],
])('1: %s becomes %j', (text, value) => {
  expect(parseJsonPayload(bytes(`{"n":[${text}]}`))).toEqual({ n: [value] });
});

test.each([
  ['{}', true],
  [' \t\r\n{"a":1}', true],
  ['\ufeff{"a":1}', true],
  ['\ufeff {"a":1} ', true],
  ['[]', false],
  ['"{}"', false],
  ['', false],
  ['  ', false],
  ['{', false],
  ['{"a":1}x', false],
  ['\u000b{}', false],
])('2: %j looks like a JSON object: %s', (text, does) => {
  expect(looksLikeJsonObject(bytes(text))).toBe(does);
});

test('2: what is no UTF-8 does not; a part of a byte order mark is none', () => {
  expect(looksLikeJsonObject(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d))).toBe(false);
  expect(looksLikeJsonObject(Uint8Array.of(0xef, 0xbb, 0x7b, 0x7d))).toBe(false);
});

const message = (payload: Uint8Array): IncomingMessage => ({
  topic: 't',
  id: '1:1',
  payload,
  properties: {},
  publishedAtMs: 0,
});

test('a schema that cannot be used is told once, and refused every time with the reason', async () => {
  const told: unknown[] = [];
  const schema: SchemaVersion = { type: 'avro', definition: '"nonsense"' };
  const codec = createCodec({
    bus: { writerSchema: async () => schema },
    log: { ...silentLog, warn: (_, fields) => void told.push(fields) },
  });
  for (const _ of [1, 2]) {
    await expect(codec.decode(message(bytes('x')))).rejects.toThrow(
      'the writer\'s Avro schema cannot be used: it names a type "nonsense" that it does not define',
    );
  }
  expect(told).toEqual([{ reason: 'it names a type "nonsense" that it does not define' }]);
});

test('what is said of a payload is short, and its schema is asked for with the caller’s signal', async () => {
  const stop = new AbortController();
  let asked: AbortSignal | undefined;
  const name = 'x'.repeat(400);
  const codec = createCodec({
    bus: {
      writerSchema: async (_, signal) => {
        asked = signal;
        return { type: 'avro', definition: JSON.stringify(name) };
      },
    },
    log: silentLog,
  });
  const error = await codec.decode(message(bytes('x')), stop.signal).catch((thrown: Error) => thrown);
  expect((error as Error).message).toBe(
    `the writer's Avro schema cannot be used: ${`it names a type "${name}"`.slice(0, 200)}`,
  );
  expect(asked).toBe(stop.signal);
});

test('a payload of its bound is read, a byte more is not asked about', async () => {
  let asked = 0;
  const writerSchema = async (): Promise<SchemaVersion> => {
    asked += 1;
    return { type: 'none' };
  };
  const codec = createCodec({
    bus: { writerSchema },
    log: silentLog,
    bounds: { payloadBytes: { name: 'bus.payloadBytes', value: 2 } },
  });
  expect((await codec.decode(message(bytes('{}')))).value).toEqual({});
  await expect(codec.decode(message(bytes('{ }')))).rejects.toThrow('the payload has 3 bytes, over bus.payloadBytes 2');
  expect(asked).toBe(1);
});

test('a schema of its bound is used, and what can be used is not told of', async () => {
  const told: string[] = [];
  const definition = '{"type":"record","name":"E","fields":[]}';
  const codecOf = (most: number) =>
    createCodec({
      bus: { writerSchema: async () => ({ type: 'avro', definition }) },
      log: { ...silentLog, warn: (line) => void told.push(line) },
      bounds: { avroSchemaBytes: { name: 'bus.avroSchemaBytes', value: most } },
    });
  expect(await codecOf(definition.length).decode(message(new Uint8Array()))).toEqual({ value: {}, encoding: 'avro' });
  expect(told).toEqual([]);
  await expect(codecOf(definition.length - 1).decode(message(new Uint8Array()))).rejects.toThrow('it is over');
  expect(told).toHaveLength(1);
});
