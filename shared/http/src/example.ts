/**
 * An example of what a JSON schema describes: the schema's own where it has one, else a plausible value of its type.
 */
import type { JsonSchema } from './openapi-schema.ts';

const DEPTH = 8;

export function exampleOf(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  depth: number = DEPTH,
): unknown {
  const own = ownExample(schema);
  if (own !== undefined) return own;
  if (depth === 0) return null;
  const inner = (child: unknown): unknown => exampleOf((child ?? {}) as JsonSchema, components, depth - 1);
  if (typeof schema['$ref'] === 'string') return inner(components[schema['$ref'].split('/').at(-1) as string]);
  const choice = firstOf(schema['oneOf']) ?? firstOf(schema['anyOf']);
  if (choice !== undefined) return inner(choice);
  if (Array.isArray(schema['allOf'])) return Object.assign({}, ...schema['allOf'].map(inner));
  switch (firstOf(schema['type']) ?? schema['type']) {
    case 'object':
      return objectExample(schema, inner);
    case 'array':
      return schema['items'] === undefined ? [] : [inner(schema['items'])];
    case 'integer':
    case 'number':
      return numberExample(schema);
    case 'boolean':
      return true;
    case 'string':
      return textExample(schema);
    default:
      return null;
  }
}

function ownExample(schema: JsonSchema): unknown {
  const candidates = [
    firstOf(schema['examples']),
    schema['example'],
    schema['const'],
    schema['default'],
    firstOf(schema['enum']),
  ];
  return candidates.find((candidate) => candidate !== undefined);
}

const firstOf = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);

function objectExample(schema: JsonSchema, inner: (child: unknown) => unknown): unknown {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  const shown = Object.entries(properties).map(([name, child]) => [name, inner(child)] as const);
  const rest = schema['additionalProperties'];
  if (shown.length === 0 && typeof rest === 'object' && rest !== null) return { name: inner(rest) };
  return Object.fromEntries(shown);
}

function numberExample(schema: JsonSchema): number {
  const { minimum, exclusiveMinimum } = schema as { readonly minimum?: number; readonly exclusiveMinimum?: number };
  if (minimum !== undefined && minimum > -1e9) return minimum;
  return exclusiveMinimum !== undefined && exclusiveMinimum > -1e9 ? exclusiveMinimum + 1 : 1;
}

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  email: 'ada@example.com',
  uuid: '5f0c6c1e-8f0b-4d0e-9a53-6f6f3f0d2c11',
  uri: 'https://example.com/',
};

const textExample = (schema: JsonSchema): string =>
  (typeof schema['format'] === 'string' ? FORMATS[schema['format']] : undefined) ?? 'text';
