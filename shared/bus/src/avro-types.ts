/**
 * Avro bytes to plain values, with the writer's schema.
 *
 * 1. A union is its value: no wrapper, `null` stays `null`.
 * 2. A long beyond 2^53 - 1 becomes its decimal text; every other whole number is a number.
 * 3. Logical types: instants become epoch milliseconds, dates `yyyy-mm-dd`, decimals decimal text; a uuid, an enum and
 *    anything unknown stay what they are underneath. Bytes and fixed become base64 text.
 * 4. Bytes that end early or go on after the record are an error.
 */
import avro, { type Schema, type Type } from 'avsc';

// avsc is CommonJS: only its default export is there at run time.
const { types } = avro;

type Plain = (value: unknown) => unknown;

export interface AvroReader {
  /** @throws Error for bytes that are not one value of the schema. */
  read(bytes: Uint8Array): unknown;
}

const MICROS_PER_MS = 1_000n;
const NANOS_PER_MS = 1_000_000n;
const DAY_MS = 86_400_000;

const isSafe = (value: bigint) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
const wholeNumber = (value: bigint): number | string => (isSafe(value) ? Number(value) : String(value));
const floorDivide = (value: bigint, by: bigint) => (value >= 0n ? value / by : -((-value + by - 1n) / by));

/** avsc hands longs over as eight bytes, and wants a type of its own for those that a number cannot hold. Reading only. */
function longType(read: (value: bigint) => number | string): Type {
  const unused = () => {
    throw new TypeError('this type only reads');
  };
  return types.LongType.__with({
    fromBuffer: (buffer: Buffer) => read(buffer.readBigInt64LE()),
    toBuffer: unused,
    fromJSON: unused,
    toJSON: unused,
    isValid: unused,
    compare: unused,
  });
}

const PLAIN_LONG = longType(wholeNumber);
const instant = (perMs: bigint): Type => longType((value) => wholeNumber(floorDivide(value, perMs)));
const MICROS_LONG = instant(MICROS_PER_MS);
const NANOS_LONG = instant(NANOS_PER_MS);

const LONGS: ReadonlyMap<unknown, Type> = new Map([
  ['timestamp-micros', MICROS_LONG],
  ['timestamp-nanos', NANOS_LONG],
  ['local-timestamp-micros', MICROS_LONG],
  ['local-timestamp-nanos', NANOS_LONG],
]);

/** Called by avsc for every schema before it makes a type. */
function chooseType(schema: unknown): Type | undefined {
  if (schema === 'long') return PLAIN_LONG;
  const { type, logicalType } = (schema ?? {}) as { readonly type?: unknown; readonly logicalType?: unknown };
  return type === 'long' ? (LONGS.get(logicalType) ?? PLAIN_LONG) : undefined;
}

function unscaled(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

function decimalText(bytes: Uint8Array, scale: number): string {
  const value = unscaled(bytes);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function dateText(days: number): string {
  const date = new Date(days * DAY_MS);
  if (Number.isNaN(date.getTime())) throw new RangeError(`a date ${days} days from 1970`);
  return date.toISOString().slice(0, 10);
}

/** avsc's way to give a logical type a value is a class; this makes one from a function. Reading only. */
function logical(read: (value: unknown, schema: { readonly scale?: number }) => unknown) {
  return class extends types.LogicalType {
    readonly #scale: number | undefined;
    constructor(schema: Schema, options?: unknown) {
      super(schema as ConstructorParameters<typeof types.LogicalType>[0], options as undefined);
      this.#scale = (schema as { readonly scale?: number }).scale;
    }
    protected override _fromValue(value: unknown) {
      return read(value, this.#scale === undefined ? {} : { scale: this.#scale });
    }
    protected override _toValue(value: unknown) {
      return value;
    }
  };
}

const LOGICAL_TYPES = {
  date: logical((value) => dateText(value as number)),
  decimal: logical((value, { scale = 0 }) => decimalText(value as Uint8Array, scale)),
};

const identity: Plain = (value) => value;
const base64: Plain = (value) => Buffer.from(value as Uint8Array).toString('base64');

/** A function that makes plain what a type's decoder returns; recursive types find themselves in `made`. */
function plainFor(type: Type, made: Map<Type, Plain>): Plain {
  const known = made.get(type);
  if (known) return known;
  let inner: Plain = identity;
  made.set(type, (value) => inner(value));
  inner = makePlain(type, made);
  return inner;
}

function makePlain(type: Type, made: Map<Type, Plain>): Plain {
  if (type instanceof types.RecordType) {
    const fields = type.fields.map((field) => [field.name, plainFor(field.type, made)] as const);
    return (value) => {
      const record = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(fields.map(([name, plain]) => [name, plain(record[name])]));
    };
  }
  if (type instanceof types.ArrayType) {
    const item = plainFor(type.itemsType, made);
    return (value) => (value as readonly unknown[]).map(item);
  }
  if (type instanceof types.MapType) {
    const plain = plainFor(type.valuesType, made);
    return (value) => Object.fromEntries(Object.entries(value as object).map(([key, inner]) => [key, plain(inner)]));
  }
  if (type instanceof types.WrappedUnionType) {
    const branches = new Map(type.types.map((branch) => [branch.branchName, plainFor(branch, made)]));
    return (value) => {
      if (value === null) return null;
      const [[name, inner] = []] = Object.entries(value as object);
      return (branches.get(name) ?? identity)(inner);
    };
  }
  if (type instanceof types.BytesType || type instanceof types.FixedType) return base64;
  return identity;
}

/** @param definition the writer's schema as JSON text. @throws Error for what is no Avro schema. */
export function createAvroReader(definition: string): AvroReader {
  const schema = JSON.parse(definition) as Schema;
  const options = { wrapUnions: true, logicalTypes: LOGICAL_TYPES, typeHook: chooseType };
  const type = avro.Type.forSchema(schema, options as unknown as Parameters<typeof avro.Type.forSchema>[1]);
  const plain = plainFor(type, new Map());
  return {
    read: (bytes) => plain(type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
  };
}
