/**
 * An Avro schema as far as its bytes need it: shapes, and nothing else. Owns which type a name means; leaves bytes to
 * `avro-reader.ts`.
 *
 * 1. What reading does not need is not looked at: whether names, symbols and defaults are valid, docs, aliases, orders. Java,
 *    Python and Go each let other things pass, and the registry holds what its writers gave it.
 * 2. A type may be wrapped in an object, as often as a writer likes; a union too.
 * 3. A logical type that does not fit what is underneath is ignored, as the specification says.
 * 4. A name is looked for in the namespace around it, then without one, then by its last part where only one type has it.
 *    A name that could mean two different types is refused: a wrong one would decode in silence.
 */
import { canonicalJson, type Json } from '@leasehold/kernel';

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;

export type Primitive = (typeof PRIMITIVES)[number];

/** What a value becomes beside its plain form. */
export type Logical =
  | { readonly kind: 'date' | 'uuid' }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'instant'; readonly unitsPerMs: number };

export interface AvroField {
  readonly name: string;
  readonly type: AvroShape;
}

export type AvroShape =
  | { readonly kind: Primitive; readonly logical?: Logical }
  | { readonly kind: 'fixed'; readonly size: number; readonly logical?: Logical }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroShape }
  | { readonly kind: 'record'; readonly fields: readonly AvroField[] }
  | { readonly kind: 'union'; readonly branches: readonly AvroShape[] }
  /** A type by its name; it may contain itself. */
  | { readonly kind: 'named'; readonly type: () => AvroShape };

interface Definition {
  readonly shape: AvroShape;
  /** Two definitions of one name are the same where this is. */
  readonly text: string;
}

interface Names {
  readonly byFullName: Map<string, Definition[]>;
  /** Looked up when all definitions are known: a name may be used before its type is defined. */
  readonly wanted: (() => void)[];
}

type SchemaObject = Readonly<Record<string, unknown>>;

const INSTANTS: ReadonlyMap<unknown, number> = new Map([
  ['timestamp-micros', 1_000],
  ['timestamp-nanos', 1_000_000],
  ['local-timestamp-micros', 1_000],
  ['local-timestamp-nanos', 1_000_000],
]);
const UUID_BYTES = 16;

const isPrimitive = (name: string): name is Primitive => (PRIMITIVES as readonly string[]).includes(name);
const isObject = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @param definition the schema as JSON text. @throws Error for what is no Avro schema. */
export function parseAvroSchema(definition: string): AvroShape {
  const names: Names = { byFullName: new Map(), wanted: [] };
  const shape = parse(JSON.parse(definition), '', names);
  for (const find of names.wanted) find();
  return shape;
}

function parse(schema: unknown, namespace: string, names: Names): AvroShape {
  if (typeof schema === 'string') return isPrimitive(schema) ? { kind: schema } : named(schema, namespace, names);
  if (Array.isArray(schema)) {
    return { kind: 'union', branches: schema.map((branch) => parse(branch, namespace, names)) };
  }
  if (!isObject(schema)) throw new TypeError(`a type is ${JSON.stringify(schema)}`);
  switch (schema['type']) {
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return define(schema, namespace, names);
    case 'array':
      return { kind: 'array', items: parse(schema['items'], namespace, names) };
    case 'map':
      return { kind: 'map', items: parse(schema['values'], namespace, names) };
    default:
      return withLogical(parse(schema['type'], namespace, names), schema);
  }
}

/** A named type; whatever it holds may use its name. */
function define(schema: SchemaObject, around: string, names: Names): AvroShape {
  const { fullName, namespace } = nameOf(schema, around);
  const fields: AvroField[] = [];
  const shape = shapeOf(schema, fields);
  const known = names.byFullName.get(fullName) ?? [];
  names.byFullName.set(fullName, [...known, { shape, text: canonicalJson(schema as unknown as Json) }]);
  if (shape.kind === 'record') {
    for (const field of fieldsIn(schema)) {
      fields.push({ name: String(field['name']), type: parse(field['type'], namespace, names) });
    }
  }
  return shape;
}

function shapeOf(schema: SchemaObject, fields: readonly AvroField[]): AvroShape {
  if (schema['type'] === 'enum') {
    if (!Array.isArray(schema['symbols'])) throw new TypeError('an enum has no symbols');
    return { kind: 'enum', symbols: schema['symbols'].map(String) };
  }
  if (schema['type'] === 'fixed') {
    if (!isCount(schema['size'])) throw new TypeError(`a fixed has the size ${JSON.stringify(schema['size'])}`);
    return withLogical({ kind: 'fixed', size: schema['size'] }, schema);
  }
  return { kind: 'record', fields };
}

function fieldsIn(schema: SchemaObject): readonly SchemaObject[] {
  const { fields } = schema as { readonly fields?: unknown };
  if (!Array.isArray(fields) || !fields.every(isObject)) throw new TypeError('a record has no list of fields');
  return fields;
}

function nameOf(schema: SchemaObject, around: string): { readonly fullName: string; readonly namespace: string } {
  const name = String(schema['name'] ?? '');
  const dot = name.lastIndexOf('.');
  if (dot >= 0) return { fullName: name, namespace: name.slice(0, dot) };
  const namespace = typeof schema['namespace'] === 'string' ? schema['namespace'] : around;
  return { fullName: inNamespace(name, namespace), namespace };
}

const inNamespace = (name: string, namespace: string): string => (namespace === '' ? name : `${namespace}.${name}`);

function named(name: string, namespace: string, names: Names): AvroShape {
  let found: AvroShape | undefined;
  names.wanted.push(() => {
    found = lookUp(name, namespace, names);
  });
  return { kind: 'named', type: () => found as AvroShape };
}

function lookUp(name: string, namespace: string, { byFullName }: Names): AvroShape {
  const exact = byFullName.get(name.includes('.') ? name : inNamespace(name, namespace)) ?? byFullName.get(name);
  const definitions = exact ?? [...byFullName].flatMap(([full, each]) => (full.endsWith(`.${name}`) ? each : []));
  const [first, ...others] = definitions;
  if (first === undefined) throw new TypeError(`it names a type ${JSON.stringify(name)} that it does not define`);
  if (others.some(({ text }) => text !== first.text)) {
    throw new TypeError(`it names a type ${JSON.stringify(name)} that it defines in more than one way`);
  }
  return first.shape;
}

/** What the writer says of the value, where it fits. */
function withLogical(shape: AvroShape, schema: SchemaObject): AvroShape {
  const logical = logicalOf(shape, schema);
  return logical === undefined ? shape : ({ ...shape, logical } as AvroShape);
}

function logicalOf(shape: AvroShape, { logicalType, ...rest }: SchemaObject): Logical | undefined {
  switch (logicalType) {
    case 'date':
      return shape.kind === 'int' ? { kind: 'date' } : undefined;
    case 'uuid':
      return shape.kind === 'fixed' && shape.size === UUID_BYTES ? { kind: 'uuid' } : undefined;
    case 'decimal': {
      const scale = rest['scale'] ?? 0;
      const fits = (shape.kind === 'bytes' || shape.kind === 'fixed') && isCount(scale);
      return fits ? { kind: 'decimal', scale } : undefined;
    }
    default: {
      const unitsPerMs = INSTANTS.get(logicalType);
      return shape.kind === 'long' && unitsPerMs !== undefined ? { kind: 'instant', unitsPerMs } : undefined;
    }
  }
}
