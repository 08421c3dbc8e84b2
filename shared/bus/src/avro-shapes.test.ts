import { expect, test } from 'vitest';
import { createAvroReader } from './avro-reader.ts';

const read = (schema: unknown, ...bytes: readonly number[]): unknown =>
  createAvroReader(JSON.stringify(schema)).read(Uint8Array.from(bytes));
const record = (...fields: readonly unknown[]) => ({ type: 'record', name: 'E', fields });
/** A long as it is written. */
function long(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
}
const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });

test.each<[string, bigint, unknown]>([
  ['timestamp-millis', 5n, 5],
  ['timestamp-micros', 1_999n, 1],
  ['timestamp-micros', -1n, -1],
  ['timestamp-micros', -1_000n, -1],
  ['timestamp-micros', -1_001n, -2],
  ['local-timestamp-micros', 2_000n, 2],
  ['timestamp-nanos', 1_999_999n, 1],
  ['local-timestamp-nanos', 2_000_000n, 2],
  ['timestamp-nanos', 2n ** 62n, 4_611_686_018_427],
  ['timestamp-nanos', -(2n ** 62n), -4_611_686_018_428],
  ['timestamp-micros', 2n ** 53n, 9_007_199_254_740],
  ['timestamp-micros', -(2n ** 53n) - 8n, -9_007_199_254_741],
])('a long that is %s of %s is the millisecond %s, rounded down', (kind, value, ms) => {
  expect(read(logical('long', kind), ...long(value))).toBe(ms);
});

test.each<[bigint, string]>([
  [0n, '1970-01-01'],
  [-1n, '1969-12-31'],
  [19_675n, '2023-11-14'],
])('the day %s is %s', (days, text) => {
  expect(read(logical('int', 'date'), ...long(days))).toBe(text);
});

test('what only an int can be, a long is not', () => {
  expect(read(logical('long', 'date'), ...long(19_675n))).toBe(19_675);
  expect(read(logical('int', 'timestamp-nanos'), ...long(5n))).toBe(5);
});

test('a day that no calendar has is refused', () => {
  expect(() => read(logical('int', 'date'), ...long(200_000_000n))).toThrow('a date 200000000 days from 1970');
});

test.each<[number, readonly number[], string]>([
  [0, [], '0'],
  [0, [0x7f], '127'],
  [0, [0x80], '-128'],
  [1, [0x05], '0.5'],
  [2, [0x05], '0.05'],
  [3, [0xfb], '-0.005'],
  [2, [0x01, 0x00], '2.56'],
  [2, [0xff, 0x00], '-2.56'],
])('a decimal with the scale %i of the bytes %j is %s', (scale, bytes, text) => {
  const schema = logical('bytes', 'decimal', { precision: 9, scale });
  expect(read(schema, bytes.length * 2, ...bytes)).toBe(text);
});

test('a decimal without a scale is whole; a fixed is read by its size', () => {
  expect(read(logical('bytes', 'decimal'), 2, 7)).toBe('7');
  expect(read({ type: 'fixed', name: 'F', size: 2 }, 1, 2)).toBe('AQI=');
  expect(read({ type: 'fixed', name: 'N', size: 0 })).toBe('');
  expect(read({ type: 'fixed', name: 'U', size: 15, logicalType: 'uuid' }, ...Array(15).fill(0))).toBe(
    'AAAAAAAAAAAAAAAAAAAA',
  );
});

test('bytes that go on after the record are told', () => {
  expect(() => read('int', 2, 2, 2)).toThrow('2 bytes are left over');
});

test('an array and a map in several blocks are one; a map keeps names that mean something to JavaScript', () => {
  expect(read({ type: 'array', items: 'int' }, 2, 2, 4, 4, 6, 0)).toEqual([1, 2, 3]);
  const name = '__proto__';
  const map = read({ type: 'map', values: 'int' }, 2, name.length * 2, ...Buffer.from(name), 2, 0) as object;
  expect([Object.keys(map), Object.getPrototypeOf(map)]).toEqual([[name], Object.prototype]);
});

test('5: values within values have a bound, reached by lists and by records', () => {
  const self = { type: 'record', name: 'S', fields: [{ name: 's', type: ['null', 'S'] }] };
  // A record and the union in it are two levels.
  const nested = (levels: number) => [...Array(levels - 1).fill(2), 0];
  expect(read(self, ...nested(127))).toBeDefined();
  expect(() => read(self, ...nested(128))).toThrow('deeper than bus.avroDepth 256');
});

test.each<[unknown, string]>([
  [7, 'a type is 7'],
  [null, 'a type is null'],
  [{ type: 'enum', name: 'E' }, 'an enum has no symbols'],
  [{ type: 'fixed', name: 'F' }, 'a fixed has the size undefined'],
  [{ type: 'fixed', name: 'F', size: -1 }, 'a fixed has the size -1'],
  [{ type: 'fixed', name: 'F', size: 1.5 }, 'a fixed has the size 1.5'],
  [{ type: 'record', name: 'R' }, 'a record has no list of fields'],
  [{ type: 'record', name: 'R', fields: [7] }, 'a record has no list of fields'],
  [{ type: 'array' }, 'a type is undefined'],
  [{ type: 'map' }, 'a type is undefined'],
  [{}, 'a type is undefined'],
  ['strin', 'it names a type "strin" that it does not define'],
])('the schema %j is none: %s', (schema, why) => {
  expect(() => createAvroReader(JSON.stringify(schema))).toThrow(why);
});

test('an error is a record', () => {
  expect(read({ type: 'error', name: 'X', fields: [{ name: 'a', type: 'int' }] }, 2)).toEqual({ a: 1 });
});

const one = (name: string, namespace?: string) => ({
  type: 'record',
  name,
  ...(namespace !== undefined && { namespace }),
  fields: [{ name: 'v', type: 'int' }],
});
const other = (name: string, namespace: string) => ({
  type: 'record',
  name,
  namespace,
  fields: [{ name: 'w', type: 'string' }],
});

test('4: a name is looked for in the namespace around it before any other', () => {
  const inside = { type: 'record', name: 'In', namespace: 'a', fields: [{ name: 'x', type: 'T' }] };
  const schema = record(
    { name: 'p', type: one('T', 'a') },
    { name: 'q', type: other('T', 'b') },
    { name: 'r', type: inside },
  );
  expect(read(schema, 2, 2, 120, 4)).toEqual({ p: { v: 1 }, q: { w: 'x' }, r: { x: { v: 2 } } });
});

test('4: a name with a namespace means that one, or the only one that ends so; without one it may stand alone', () => {
  const full = record(
    { name: 'p', type: one('T', 'a') },
    { name: 'q', type: other('T', 'b') },
    { name: 'r', type: 'b.T' },
  );
  expect(read(full, 2, 0, 2, 120)).toMatchObject({ r: { w: expect.any(String) } });
  const outer = { ...record({ name: 'p', type: one('T', '') }, { name: 'q', type: 'T' }), namespace: 'n' };
  expect(read(outer, 2, 4)).toEqual({ p: { v: 1 }, q: { v: 2 } });
  const dotted = record({ name: 'p', type: one('a.b.T') }, { name: 'q', type: 'T' });
  expect(read(dotted, 2, 4)).toEqual({ p: { v: 1 }, q: { v: 2 } });
  const partOfName = record({ name: 'p', type: one('a.XT') }, { name: 'q', type: 'T' });
  expect(() => read(partOfName)).toThrow('"T" that it does not define');
});

test('4: what a named type holds is in its namespace, also where its name told it', () => {
  const holder = {
    type: 'record',
    name: 'a.H',
    fields: [
      { name: 'x', type: one('T') },
      { name: 'y', type: 'a.T' },
    ],
  };
  expect(read(record({ name: 'h', type: holder }), 2, 4)).toEqual({ h: { x: { v: 1 }, y: { v: 2 } } });
});

test('5: values that take bytes are bounded by the payload alone', () => {
  const items = Array<number>(100_001).fill(2);
  const list = createAvroReader('{"type":"array","items":"int"}').read(
    Uint8Array.from([...long(BigInt(items.length)), ...items, 0]),
  );
  expect(list).toHaveLength(100_001);
});
