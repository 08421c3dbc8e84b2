/**
 * One route as an OpenAPI operation: parameters, body, answers, problems, who may call it.
 */
import type { z } from 'zod';
import { exampleOf } from './example.ts';
import { problemResponses } from './openapi-problem.ts';
import type { JsonSchema, SchemaTable } from './openapi-schema.ts';
import type { ResponseSpec } from './reply.ts';
import { pathParams, type Route } from './route.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-access'?: { readonly roles: readonly string[]; readonly tenant: unknown };
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, JsonSchema>>;
}

export type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;

export function createOperation(route: Route, table: SchemaTable): Operation {
  const { access, request, responses } = route;
  const successes = Object.entries(responses).map(([status, spec]) => [status, successResponse(spec, table)] as const);
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    tags: route.tags,
    security: access === 'public' ? [] : [{ bearer: [] }],
    ...(access !== 'public' && { 'x-access': { roles: access.roles, tenant: access.tenant } }),
    parameters: [...parametersOf(route, table), ...headerParameters(route)],
    ...(request?.body !== undefined && { requestBody: bodyOf(request.body, route.example, table) }),
    responses: { ...Object.fromEntries(successes), ...problemResponses(route) },
  };
}

/** `get_tenants_by_tenant_id`: stable, readable, unique as method and path are. */
const operationId = ({ method, path }: Route): string =>
  [
    method.toLowerCase(),
    ...path
      .replace('/api/v1/', '/')
      .split('/')
      .filter((part) => part !== ''),
  ]
    .map((part) => part.replace(/^\{(.+)\}$/, 'by_$1').replaceAll(/[^a-z0-9_]/g, '_'))
    .join('_');

function parametersOf({ path, request }: Route, table: SchemaTable): readonly Parameter[] {
  const groups: readonly (readonly [Parameter['in'], z.ZodObject | undefined])[] = [
    ['path', request?.params],
    ['query', request?.query],
    ['header', request?.headers],
  ];
  const named = groups.flatMap(([place, schema]) =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => parameter(place, name, field as z.ZodType, table)),
  );
  const known = new Set(named.filter((entry) => entry.in === 'path').map((entry) => entry.name));
  const plain = pathParams(path)
    .filter((name) => !known.has(name))
    .map((name) => ({ name, in: 'path' as const, required: true, schema: { type: 'string' } }));
  return [...plain, ...named];
}

interface ParameterMeta {
  readonly description?: string;
  readonly parameter?: JsonSchema;
}

function parameter(place: Parameter['in'], name: string, field: z.ZodType, table: SchemaTable): Parameter {
  // What comes as a text may stand for a number: its schema then says so under `parameter`.
  const { description, parameter: meant, ...text } = table.input(field) as Record<string, unknown> & ParameterMeta;
  const absent = field.safeParse(undefined);
  const fallback = absent.success && absent.data !== undefined ? { default: absent.data } : {};
  const schema = meant === undefined ? text : { ...meant, ...fallback };
  const required = place === 'path' || !absent.success;
  return { name, in: place, required, ...(description !== undefined && { description }), schema };
}

function headerParameters(route: Route): readonly Parameter[] {
  const header = (name: string, description: string, required = false): Parameter => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
  });
  const idempotent = route.method === 'POST' && route.idempotent !== false && route.access !== 'public';
  return [
    ...(route.ifMatch === 'required' ? [header('If-Match', 'The ETag of the object as you read it.', true)] : []),
    ...(idempotent ? [header('Idempotency-Key', 'The same key and body: the first answer again, for 24 hours.')] : []),
  ];
}

function bodyOf(schema: z.ZodType, example: unknown, table: SchemaTable): NonNullable<Operation['requestBody']> {
  const json = table.input(schema);
  return {
    required: !schema.safeParse(undefined).success,
    content: { 'application/json': { schema: json, example: example ?? exampleOf(json, table.components) } },
  };
}

function successResponse(spec: ResponseSpec, table: SchemaTable): JsonSchema {
  const content: Record<string, { schema: JsonSchema; example?: unknown }> = {};
  if (spec.schema !== undefined) {
    const schema = table.output(spec.schema);
    content['application/json'] = { schema, example: spec.example ?? exampleOf(schema, table.components) };
  }
  // OpenAPI 3.1 has no word for the items of a stream: the schema is that of one event's data.
  if (spec.events !== undefined) content['text/event-stream'] = { schema: table.output(spec.events) };
  return { description: spec.description, ...(Object.keys(content).length > 0 && { content }) };
}
