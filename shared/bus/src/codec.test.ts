import { silentLog, unavailable } from '@leasehold/kernel';
import avro from 'avsc';
import { expect, test } from 'vitest';
import { createCodec } from './codec.ts';
import type { IncomingMessage, SchemaVersion } from './port.ts';

const message = (payload: Uint8Array | string): IncomingMessage => ({
  topic: 'persistent://a/b/c',
  id: '1:1',
  payload: typeof payload === 'string' ? new Uint8Array(Buffer.from(payload)) : new Uint8Array(payload),
  properties: {},
  publishedAtMs: 0,
});
const codecFor = (schema: SchemaVersion, bounds = {}) =>
  createCodec({ bus: { writerSchema: async () => schema }, log: silentLog, bounds });
const record = (...fields: readonly object[]) => ({ type: 'record', name: 'E', fields });
const avroOf = (schema: object): SchemaVersion => ({ type: 'avro', definition: JSON.stringify(schema) });
const decode = async (schema: object, payload: Uint8Array) =>
  (await codecFor(avroOf(schema)).decode(message(payload))).value;
const encode = (schema: object, value: unknown) =>
  avro.Type.forSchema(schema as avro.Schema, { wrapUnions: true }).toBuffer(value);
const undecodable = { class: 'Invalid', code: 'Undecodable' };

test('nullable unions are plain optionals, however deep', async () => {
  const inner = { type: 'record', name: 'I', fields: [{ name: 'x', type: ['null', 'int'] }] };
  const schema = record(
    { name: 'a', type: ['null', 'string'] },
    { name: 'b', type: ['null', 'long', 'double'] },
    { name: 'list', type: { type: 'array', items: ['null', inner] } },
    { name: 'map', type: ['null', { type: 'map', values: ['null', 'string'] }] },
    { name: 'self', type: ['null', 'E'] },
  );
  const leaf = { a: null, b: null, list: [], map: null, self: null };
  const value = {
    a: { string: 'é' },
    b: { double: 1.5 },
    list: [null, { I: { x: { int: 3 } } }],
    map: { map: { k: { string: 'v' }, n: null } },
    self: { E: leaf },
  };
  expect(await decode(schema, encode(schema, value))).toEqual({
    a: 'é',
    b: 1.5,
    list: [null, { x: 3 }],
    map: { k: 'v', n: null },
    self: leaf,
  });
});

test('longs keep every digit: numbers where safe, decimal text beyond', async () => {
  const schema = record({ name: 'n', type: ['null', 'long'] });
  const zigzag = (value: bigint) => {
    const bytes = [2];
    for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
      if (rest < 128n) return Uint8Array.from([...bytes, Number(rest)]);
      bytes.push(Number(rest & 127n) | 128);
    }
  };
  const cases: readonly [bigint, unknown][] = [
    [0n, 0],
    [-1n, -1],
    [1_795_228_514_277n, 1_795_228_514_277],
    [9_007_199_254_740_991n, 9_007_199_254_740_991],
    [9_007_199_254_740_993n, '9007199254740993'],
    [-(2n ** 63n), '-9223372036854775808'],
  ];
  for (const [value, expected] of cases) expect(await decode(schema, zigzag(value))).toEqual({ n: expected });
  const json = await codecFor({ type: 'none' }).decode(message('{"n":9007199254740993,"d":1.5,"e":1e30}'));
  expect(json.value).toEqual({ n: '9007199254740993', d: 1.5, e: 1e30 });
});

test('logical types are what a reader expects', async () => {
  const plain = record(
    { name: 'ms', type: 'long' },
    { name: 'us', type: 'long' },
    { name: 'day', type: 'int' },
    { name: 'price', type: 'bytes' },
    { name: 'id', type: 'string' },
    { name: 'raw', type: { type: 'fixed', name: 'F', size: 2 } },
    { name: 'tier', type: { type: 'enum', name: 'T', symbols: ['free', 'starter'] } },
    { name: 'odd', type: 'int' },
    { name: 'ns', type: ['null', 'long'] },
  );
  const logicalFields = [
    { name: 'ms', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'us', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
    { name: 'raw', type: { type: 'fixed', name: 'F', size: 2 } },
    { name: 'tier', type: { type: 'enum', name: 'T', symbols: ['free', 'starter'] } },
    { name: 'odd', type: { type: 'int', logicalType: 'of-our-own' } },
    { name: 'ns', type: ['null', { type: 'long', logicalType: 'timestamp-nanos' }] },
  ];
  const bytes = encode(plain, {
    ms: 1_700_000_000_123,
    us: 1_700_000_000_123_456,
    day: 19_675,
    price: Buffer.from([0xff, 0x85]),
    id: 'u',
    raw: Buffer.from([1, 2]),
    tier: 'starter',
    odd: 7,
    ns: { long: 1_700_000_000_123_000 },
  });
  expect(await decode(record(...logicalFields), bytes)).toEqual({
    ms: 1_700_000_000_123,
    us: 1_700_000_000_123,
    day: '2023-11-14',
    price: '-1.23',
    id: 'u',
    raw: 'AQI=',
    tier: 'starter',
    odd: 7,
    ns: 1_700_000_000,
  });
});

test('bytes beyond the record, and bytes that end early, are undecodable', async () => {
  const schema = record({ name: 'a', type: 'string' });
  const bytes = encode(schema, { a: 'hello' });
  await expect(decode(schema, Buffer.concat([bytes, Buffer.from([0])]))).rejects.toMatchObject(undecodable);
  for (let end = 0; end < bytes.length; end++) {
    await expect(decode(schema, bytes.subarray(0, end))).rejects.toMatchObject(undecodable);
  }
});

test('1: JSON with a schema, without one, and hand-made, all decode; Avro without a schema never does', async () => {
  for (const type of ['json', 'none', 'string', 'bytes']) {
    const answer = await codecFor({ type, definition: '{}' }).decode(message('\ufeff {"tenant_id":"é"}\n'));
    expect(answer).toEqual({ value: { tenant_id: 'é' }, encoding: 'json' });
  }
  const bytes = encode(record({ name: 'a', type: 'string' }), { a: 'x' });
  await expect(codecFor({ type: 'none' }).decode(message(bytes))).rejects.toMatchObject(undecodable);
});

test('2: malformed payloads and schemas are undecodable with a clear message, a registry away is Unavailable', async () => {
  for (const payload of ['', '{', 'nope', '{"a":1}x', new Uint8Array([0x7b, 0xff, 0x7d])]) {
    await expect(codecFor({ type: 'none' }).decode(message(payload))).rejects.toMatchObject(undecodable);
  }
  await expect(codecFor({ type: 'none' }).decode(message('['.repeat(200_000)))).rejects.toMatchObject(undecodable);
  for (const definition of ['', '{', '{"type":"record"}', '"nonsense"']) {
    await expect(codecFor({ type: 'avro', definition }).decode(message('x'))).rejects.toMatchObject(undecodable);
  }
  await expect(codecFor({ type: 'avro' }).decode(message('x'))).rejects.toMatchObject(undecodable);
  await expect(codecFor({ type: 'protobuf_native' }).decode(message('x'))).rejects.toThrow('protobuf_native');
  const away = createCodec({
    bus: { writerSchema: async () => Promise.reject(unavailable('away', { code: 'BusUnavailable' })) },
    log: silentLog,
  });
  await expect(away.decode(message('{}'))).rejects.toMatchObject({ class: 'Unavailable' });
});

test('3: a payload over its bound and a schema over its bound are undecodable, by name', async () => {
  const bound = (name: string, value: number) => ({ name, value });
  const small = codecFor({ type: 'none' }, { payloadBytes: bound('bus.payloadBytes', 4) });
  await expect(small.decode(message('{"a":1}'))).rejects.toThrow('bus.payloadBytes 4');
  const tight = createCodec({
    bus: { writerSchema: async () => avroOf(record({ name: 'a', type: 'string' })) },
    log: silentLog,
    bounds: { avroSchemaBytes: bound('bus.avroSchemaBytes', 10) },
  });
  await expect(tight.decode(message('x'))).rejects.toThrow('bus.avroSchemaBytes 10');
});
