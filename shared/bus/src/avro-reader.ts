/**
 * Avro bytes to plain values, with the writer's schema.
 *
 * 1. A union is its value: no wrapper, `null` stays `null`.
 * 2. A long beyond 2^53 - 1 becomes its decimal text; every other whole number is a number.
 * 3. Logical types: instants become epoch milliseconds, dates `yyyy-mm-dd`, decimals decimal text, a uuid its text; an enum and
 *    anything unknown stay what they are underneath. Bytes and fixed become base64 text.
 * 4. Bytes that end early or go on after the record are an error.
 * 5. Work is bounded by the payload; values that take no bytes and values within values have bounds of their own.
 */
import { bound } from '@leasehold/kernel';
import { type AvroBytes, createAvroBytes } from './avro-bytes.ts';
import { type AvroShape, type Logical, parseAvroSchema } from './avro-schema.ts';

export interface AvroReader {
  /** @throws Error for bytes that are not one value of the schema. */
  read(bytes: Uint8Array): unknown;
}

type Read = (bytes: AvroBytes, depth: number) => unknown;

/** Values within values. */
const DEPTH = bound('bus.avroDepth', 256);
const DAY_MS = 86_400_000;

function wholeNumber(value: number | bigint): number | string {
  return typeof value === 'bigint' ? String(value) : value;
}

function instantMs(value: number | bigint, unitsPerMs: number): number | string {
  if (typeof value === 'number') return Math.floor(value / unitsPerMs);
  const by = BigInt(unitsPerMs);
  const ms = value >= 0n ? value / by : -((-value + by - 1n) / by);
  return Number.isSafeInteger(Number(ms)) ? Number(ms) : String(ms);
}

function decimalText(bytes: Uint8Array, scale: number): string {
  let unsigned = 0n;
  for (const byte of bytes) unsigned = (unsigned << 8n) | BigInt(byte);
  const value = BigInt.asIntN(bytes.length * 8, unsigned);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const sign = value < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function dateText(days: number | bigint): string {
  const atMs = Number(days) * DAY_MS;
  const date = new Date(atMs);
  if (Number.isNaN(date.getTime())) throw new RangeError(`a date ${days} days from 1970`);
  return date.toISOString().slice(0, 10);
}

const uuidText = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

function bytesValue(bytes: Buffer, logical: Logical | undefined): string {
  if (logical?.kind === 'decimal') return decimalText(bytes, logical.scale);
  return logical?.kind === 'uuid' ? uuidText(bytes) : bytes.toString('base64');
}

function longRead(logical: Logical | undefined): Read {
  if (logical?.kind === 'instant') return (bytes) => instantMs(bytes.long(), logical.unitsPerMs);
  return logical?.kind === 'date' ? (bytes) => dateText(bytes.long()) : (bytes) => wholeNumber(bytes.long());
}

/** Every item of an array or a map, in blocks. */
function readItems(bytes: AvroBytes, readItem: () => void): void {
  for (let items = bytes.block(); items > 0; items = bytes.block()) {
    for (let item = 0; item < items; item++) readItem();
  }
}

function arrayRead(item: Read): Read {
  return (bytes, depth) => {
    const list: unknown[] = [];
    readItems(bytes, () => list.push(item(bytes, depth)));
    return list;
  };
}

function mapRead(item: Read): Read {
  return (bytes, depth) => {
    const entries: [string, unknown][] = [];
    readItems(bytes, () => entries.push([bytes.bytes().toString('utf8'), item(bytes, depth)]));
    return Object.fromEntries(entries);
  };
}

/** Compiles shapes; one that contains itself finds itself in `made`. */
function createCompiler(): (shape: AvroShape) => Read {
  const made = new Map<AvroShape, Read>();
  const compile = (shape: AvroShape): Read => {
    if (shape.kind === 'named') return compile(shape.type());
    const known = made.get(shape);
    if (known) return known;
    let inner: Read = () => undefined;
    made.set(shape, (bytes, depth) => {
      if (depth >= DEPTH.value) throw new RangeError(`deeper than ${DEPTH.name} ${DEPTH.value}`);
      const before = bytes.left();
      const value = inner(bytes, depth + 1);
      if (bytes.left() === before) bytes.tookNone();
      return value;
    });
    inner = compileAnew(shape, compile);
    return made.get(shape) as Read;
  };
  return compile;
}

function compileAnew(shape: Exclude<AvroShape, { readonly kind: 'named' }>, compile: (shape: AvroShape) => Read): Read {
  switch (shape.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (bytes) => bytes.boolean();
    case 'int':
    case 'long':
      return longRead(shape.logical);
    case 'float':
      return (bytes) => bytes.float();
    case 'double':
      return (bytes) => bytes.double();
    case 'string':
      return (bytes) => bytes.bytes().toString('utf8');
    case 'bytes':
      return (bytes) => bytesValue(bytes.bytes(), shape.logical);
    case 'fixed':
      return (bytes) => bytesValue(bytes.fixed(shape.size), shape.logical);
    case 'enum':
      return (bytes) => shape.symbols[bytes.index(shape.symbols.length)];
    case 'array':
      return arrayRead(compile(shape.items));
    case 'map':
      return mapRead(compile(shape.items));
    case 'union': {
      const branches = shape.branches.map(compile);
      return (bytes, depth) => (branches[bytes.index(branches.length)] as Read)(bytes, depth);
    }
    case 'record': {
      const fields = shape.fields.map(({ name, type }) => [name, compile(type)] as const);
      return (bytes, depth) => Object.fromEntries(fields.map(([name, read]) => [name, read(bytes, depth)]));
    }
  }
}

/** @param definition the writer's schema as JSON text. @throws Error for what is no Avro schema. */
export function createAvroReader(definition: string): AvroReader {
  const read = createCompiler()(parseAvroSchema(definition));
  return {
    read: (payload) => {
      const bytes = createAvroBytes(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
      const value = read(bytes, 0);
      if (bytes.left() > 0) throw new RangeError(`${bytes.left()} bytes are left over`);
      return value;
    },
  };
}
