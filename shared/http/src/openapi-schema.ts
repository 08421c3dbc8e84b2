/**
 * Zod schemas as JSON Schema 2020-12 inside an OpenAPI document. A schema with `meta({id})` becomes a component and is
 * referred to; where what is taken and what is given differ (defaults, for example), what is taken is called `<id>Input`.
 */
import { z } from 'zod';

export type JsonSchema = { readonly [keyword: string]: unknown };

export interface SchemaTable {
  /** What a caller may send. */
  input(schema: z.ZodType): JsonSchema;
  /** What an answer holds. */
  output(schema: z.ZodType): JsonSchema;
  readonly components: Readonly<Record<string, JsonSchema>>;
}

export function createSchemaTable(): SchemaTable {
  const components: Record<string, JsonSchema> = {};
  const place = (id: string, schema: JsonSchema): string => {
    const text = JSON.stringify(schema);
    const name = [id, `${id}Input`].find(
      (free) => components[free] === undefined || JSON.stringify(components[free]) === text,
    );
    if (name === undefined) throw new TypeError(`two different schemas are called ${id}`);
    components[name] = schema;
    return name;
  };
  const convert = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const {
      $schema: _,
      $defs,
      ...root
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
    const names = new Map<string, string>();
    const definitions = ($defs ?? {}) as Readonly<Record<string, JsonSchema>>;
    // Names are settled first, because definitions refer to each other.
    for (const id of Object.keys(definitions))
      names.set(id, io === 'input' && differs(definitions[id]) ? `${id}Input` : id);
    const rename = (value: unknown): unknown => renamed(value, names);
    for (const [id, definition] of Object.entries(definitions)) {
      const { id: _id, ...rest } = rename(definition) as Record<string, unknown>;
      names.set(id, place(names.get(id) as string, rest));
    }
    return rename(root) as JsonSchema;
  };
  return { input: (schema) => convert(schema, 'input'), output: (schema) => convert(schema, 'output'), components };
}

/** A default makes a field optional on the way in and certain on the way out. */
const differs = (schema: JsonSchema | undefined): boolean => JSON.stringify(schema ?? {}).includes('"default":');

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string') return [key, renamed(inner, names)];
      const id = inner.replace('#/$defs/', '');
      return [key, `#/components/schemas/${names.get(id) ?? id}`];
    }),
  );
}
