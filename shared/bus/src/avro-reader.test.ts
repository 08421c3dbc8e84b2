import avro from 'avsc';
import { expect, test } from 'vitest';
import { createAvroReader } from './avro-reader.ts';

const read = (schema: unknown, bytes: readonly number[]): unknown =>
  createAvroReader(JSON.stringify(schema)).read(Uint8Array.from(bytes));
const record = (...fields: readonly unknown[]) => ({ type: 'record', name: 'E', fields });
const field = (type: unknown, more: object = {}) => ({ name: 'f', type, ...more });
/** A string as it is written: its length, zigzag, and its bytes. */
const text = (value: string) => [value.length * 2, ...Buffer.from(value)];

test.each<[string, unknown, readonly number[], unknown]>([
  ['a union in an object', field({ default: 'free', type: ['null', 'string'] }), [2, ...text('pro')], 'pro'],
  ['a union in two objects', field({ type: { type: ['null', 'string'] } }), [0], null],
  ['null as the default of a string first', field(['string', 'null'], { default: null }), [2], null],
  ['null as the default of an int', field('int', { default: null }), [14], 7],
  ['a text as the default of a record', field({ type: 'record', name: 'I', fields: [] }, { default: 'x' }), [], {}],
  ['a primitive in objects', field({ type: { type: { type: 'string' } } }), text('x'), 'x'],
  ['a string that Java names', field({ type: 'string', 'avro.java.string': 'String' }), text('x'), 'x'],
  ['an array in an object', field({ type: { type: 'array', items: 'int' }, default: 3 }), [4, 2, 4, 0], [1, 2]],
  ['a map of unions', field({ type: 'map', values: ['null', 'long'] }), [2, ...text('k'), 2, 6, 0], { k: 3 }],
  [
    'an array of unions in an object',
    field({ type: 'array', items: { type: ['null', 'int'] } }),
    [4, 0, 2, 8, 0],
    [null, 4],
  ],
  ['a union of unions', field(['null', ['string', 'int']]), [2, 2, 10], 5],
  [
    'the same type twice in a union',
    field(['null', 'string', { type: 'string', logicalType: 'uuid' }]),
    [4, ...text('u')],
    'u',
  ],
  ['a union of one', field(['string']), [0, ...text('x')], 'x'],
  [
    'two bytes-like types in a union',
    field(['bytes', { type: 'bytes', logicalType: 'decimal', scale: 1 }]),
    [2, 2, 15],
    '1.5',
  ],
])('1, 2: %s', (_label, one, bytes, value) => {
  expect(read(record(one), bytes)).toEqual({ f: value });
});

test.each(['com.acme.Events$', 'com.acme.api-v2', 'acme..x', '.acme.', 'com.größe', '1st', 'a b', '$'])(
  '1: in the namespace %j types are found by their short and their full names',
  (namespace) => {
    const inner = { type: 'record', name: 'Inner$1', fields: [{ name: 'a-b.c', type: 'int' }] };
    const fields = [
      { name: 'x', type: inner },
      { name: 'y', type: 'Inner$1' },
      { name: 'z', type: ['null', `${namespace}.Inner$1`] },
    ];
    const value = { 'a-b.c': 1 };
    const schema = { type: 'record', name: 'Created', namespace, fields };
    expect(read(schema, [2, 2, 2, 2])).toEqual({ x: value, y: value, z: value });
  },
);

test('1: enums with symbols and defaults of any kind, aliases, docs and orders that mean nothing here', () => {
  const tier = { type: 'enum', name: 'T', symbols: ['a-b', '1', '', 'ü'], default: 'gone', aliases: ['0!'], doc: 7 };
  const schema = { ...record(field(tier, { order: 'sideways', aliases: 'one', doc: {} })), aliases: [1], version: 3 };
  expect(['a-b', '1', '', 'ü'].map((_, at) => (read(schema, [at * 2]) as { f: unknown }).f)).toEqual(tier.symbols);
  expect(() => read(schema, [8])).toThrow('a choice out of 4');
});

test('3: a logical type that does not fit is what is underneath', () => {
  const shapes: readonly (readonly [object, readonly number[], unknown])[] = [
    [{ type: 'string', logicalType: 'date' }, text('x'), 'x'],
    [{ type: 'string', logicalType: 'uuid' }, text('u'), 'u'],
    [{ type: 'int', logicalType: 'timestamp-micros' }, [2], 1],
    [{ type: 'int', logicalType: 'time-millis' }, [2], 1],
    [{ type: 'long', logicalType: 'local-timestamp-millis' }, [2], 1],
    [{ type: 'long', logicalType: 'constructor' }, [2], 1],
    [{ type: 'long', logicalType: { of: 'ours' } }, [2], 1],
    [{ type: 'bytes', logicalType: 'decimal', scale: -1 }, [2, 1], 'AQ=='],
    [{ type: 'bytes', logicalType: 'decimal', scale: 'two' }, [2, 1], 'AQ=='],
    [{ type: 'bytes', logicalType: 'decimal', precision: 1, scale: 3 }, [2, 5], '0.005'],
    [{ type: 'fixed', name: 'D', size: 2, logicalType: 'decimal', scale: 1 }, [0xff, 0xfe], '-0.2'],
    [{ type: 'fixed', name: 'P', size: 1, logicalType: 'duration' }, [1], 'AQ=='],
    [{ type: 'bytes', logicalType: 'big-decimal' }, [2, 1], 'AQ=='],
  ];
  for (const [shape, bytes, value] of shapes) expect(read(record(field(shape)), bytes)).toEqual({ f: value });
  const uuid = { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' };
  const id = '00010203-0405-0607-0809-0a0b0c0d0e0f';
  expect(
    read(
      record(field(uuid)),
      Array.from({ length: 16 }, (_, at) => at),
    ),
  ).toEqual({ f: id });
});

test('4: a type is found before it is defined, within itself, and by its last part where only one has it', () => {
  const node = { type: 'record', name: 'a.Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };
  const schema = record({ name: 'first', type: ['null', 'Node'] }, { name: 'second', type: node });
  expect(read(schema, [2, 0, 2, 0])).toEqual({ first: { next: null }, second: { next: { next: null } } });
});

test('4: a type defined twice alike is one, defined in two ways it is read where it stands and refused by name', () => {
  const inner = (type: string) => ({ type: 'record', name: 'I', fields: [{ name: 'v', type }] });
  const both = (second: string) => [field(inner('int')), { name: 'g', type: inner(second) }];
  const named = { name: 'h', type: 'I' };
  expect(read(record(...both('int'), named), [2, 4, 6])).toEqual({ f: { v: 1 }, g: { v: 2 }, h: { v: 3 } });
  expect(read(record(...both('string')), [2, ...text('x')])).toEqual({ f: { v: 1 }, g: { v: 'x' } });
  expect(() => read(record(...both('string'), named), [])).toThrow('"I" that it defines in more than one way');
  expect(() => read(record(field('Nobody')), [])).toThrow('"Nobody" that it does not define');
});

test('5: what takes no bytes cannot make endless work, nor can values within values', () => {
  const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f];
  expect(() => read(record(field({ type: 'array', items: 'null' })), [...huge, 0])).toThrow('bus.avroEmptyValues');
  const doubled = Array.from({ length: 40 }, (_, at) => ({
    type: 'record',
    name: `R${at}`,
    fields: ['a', 'b'].map((name) => ({ name, type: at === 39 ? 'null' : `R${at + 1}` })),
  }));
  const laughs = { type: 'array', items: ['R0', ...doubled] };
  expect(() => read(laughs, [2, 0, 0])).toThrow('bus.avroEmptyValues');
  const self = { type: 'record', name: 'S', fields: [{ name: 's', type: ['null', 'S'] }] };
  expect(() => read(self, [...Array(5_000).fill(2), 0])).toThrow('bus.avroDepth');
  expect(() => read({ type: 'record', name: 'L', fields: [{ name: 'l', type: 'L' }] }, [])).toThrow('bus.avroDepth');
  expect(() => read('string', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f])).toThrow('ends early');
  expect(() => read('long', Array(11).fill(0xff))).toThrow('does not end');
  expect(() => read('boolean', [2])).toThrow('a boolean is 2');
});

test('bytes of another implementation are read alike, blocks with sizes too', () => {
  const schema = record(
    { name: 'n', type: 'long' },
    { name: 'd', type: 'double' },
    { name: 'x', type: 'float' },
    { name: 'b', type: 'boolean' },
    { name: 'm', type: { type: 'map', values: { type: 'array', items: 'string' } } },
  );
  const type = avro.Type.forSchema(schema as avro.Schema);
  for (const n of [0, -1, 63, -64, 64, 2 ** 31, -(2 ** 31) - 1, 2 ** 48, -(2 ** 49), 2 ** 52, -(2 ** 52)]) {
    const value = { n, d: n / 3, x: 0.5, b: n > 0, m: { k: ['', 'é', '😀'], none: [] } };
    expect(read(schema, [...type.toBuffer(value)])).toEqual(value);
  }
  expect(read({ type: 'array', items: 'int' }, [3, 4, 2, 4, 1, 2, 6, 0])).toEqual([1, 2, 3]);
});
