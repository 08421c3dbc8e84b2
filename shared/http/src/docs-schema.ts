/**
 * A JSON schema as a table of fields for a reader.
 */
import { escapeHtml, prose } from './html.ts';
import type { JsonSchema } from './openapi-schema.ts';

type Components = Readonly<Record<string, JsonSchema>>;
const DEPTH = 5;

export function docsSchema(schema: JsonSchema, components: Components): string {
  const rows = fieldRows(schema, components, '', DEPTH);
  return rows.length === 0 ? `<p>${escapeHtml(typeWords(schema))}</p>` : `<table>${rows.join('')}</table>`;
}

function fieldRows(given: JsonSchema, components: Components, prefix: string, depth: number): readonly string[] {
  const schema = resolve(given, components);
  if (depth === 0) return [];
  const choices = choicesOf(schema);
  if (choices !== undefined) {
    const real = choices.map((choice) => resolve(choice, components)).filter((choice) => choice['type'] !== 'null');
    return real.flatMap((choice, at) => [
      ...(real.length > 1 && hasFields(choice)
        ? [`<tr><th colspan="3">${prefix === '' ? '' : `${escapeHtml(prefix)} `}form ${at + 1}</th></tr>`]
        : []),
      ...fieldRows(choice, components, prefix, depth),
    ]);
  }
  if (schema['items'] !== undefined)
    return fieldRows(schema['items'] as JsonSchema, components, `${prefix}[]`, depth - 1);
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const properties = Object.entries((schema['properties'] ?? {}) as Components);
  return properties.flatMap(([name, child]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const shown = { ...resolve(child, components), ...child };
    const need = required.has(name) ? ' <span class="need">required</span>' : '';
    const words = typeof shown['description'] === 'string' ? prose(shown['description']) : '';
    return [
      `<tr><td><code>${escapeHtml(path)}</code>${need}</td><td>${escapeHtml(typeWords(shown))}</td><td>${words}</td></tr>`,
      ...fieldRows(child, components, path, depth - 1),
    ];
  });
}

const hasFields = (schema: JsonSchema): boolean => schema['properties'] !== undefined;

const choicesOf = (schema: JsonSchema): readonly JsonSchema[] | undefined =>
  (schema['oneOf'] ?? schema['anyOf']) as readonly JsonSchema[] | undefined;

function resolve(schema: JsonSchema, components: Components): JsonSchema {
  const reference = schema['$ref'];
  return typeof reference === 'string' ? (components[reference.split('/').at(-1) as string] ?? {}) : schema;
}

/** "a text, one of free, starter", "a number from 1 to 200", "a list of texts". */
export function typeWords(schema: JsonSchema): string {
  const values = schema['enum'] as readonly unknown[] | undefined;
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if ('const' in schema) return String(schema['const']);
  const choices = choicesOf(schema);
  if (choices !== undefined) return [...new Set(choices.map(typeWords))].join(' or ');
  if (typeof schema['$ref'] === 'string') return schema['$ref'].split('/').at(-1) as string;
  const type = [schema['type'] ?? 'anything'].flat().join(' or ');
  const { minimum, maximum, minLength, maxLength, pattern, format } = schema;
  const parts = [
    typeof format === 'string' ? format : '',
    limitWords(minimum ?? minLength, maximum ?? maxLength, minLength !== undefined || maxLength !== undefined),
    typeof pattern === 'string' && pattern.length <= 60 && format === undefined ? pattern : '',
    schema['default'] === undefined ? '' : `default ${JSON.stringify(schema['default'])}`,
  ].filter((part) => part !== '');
  return [type, ...parts].join(', ');
}

function limitWords(least: unknown, most: unknown, characters: boolean): string {
  const unit = characters ? ' characters' : '';
  const low = typeof least === 'number' && Math.abs(least) < 1e15 ? least : undefined;
  const high = typeof most === 'number' && Math.abs(most) < 1e15 ? most : undefined;
  if (low !== undefined && high !== undefined) return `${low} to ${high}${unit}`;
  if (low !== undefined) return `at least ${low}${unit}`;
  return high === undefined ? '' : `at most ${high}${unit}`;
}
