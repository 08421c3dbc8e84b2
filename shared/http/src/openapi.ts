/**
 * The OpenAPI 3.1 document, from the table of routes and nothing else. Made on the first request for it: converting the
 * schemas costs more than serving does, and most processes are never asked.
 */
import type { AppOptions } from './app-options.ts';
import { createOperation, type Operation } from './openapi-operation.ts';
import { FRAMEWORK_PATHS, PROCESS_TAG } from './openapi-pages.ts';
import { PROBLEM_SCHEMA } from './openapi-problem.ts';
import { createSchemaTable, type JsonSchema } from './openapi-schema.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

export function createOpenApi(
  options: Pick<AppOptions, 'title' | 'version' | 'description' | 'routes'>,
): () => OpenApiDocument {
  let made: OpenApiDocument | undefined;
  return () => {
    made ??= render(options);
    return made;
  };
}

function render({ title, version, description, routes }: Parameters<typeof createOpenApi>[0]): OpenApiDocument {
  const table = createSchemaTable();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: createOperation(route, table) };
  }
  const tags = new Set(routes.flatMap((route) => route.tags));
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description !== undefined && { description }) },
    servers: [{ url: '/' }],
    tags: [...tags, PROCESS_TAG].map((name) => ({ name })),
    paths: { ...paths, ...FRAMEWORK_PATHS },
    components: {
      schemas: { ...table.components, Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A JWT with `sub`, `exp`, `roles` and, for tenant roles, `tenant_id`.',
        },
      },
    },
  };
}
