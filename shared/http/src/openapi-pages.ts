/**
 * The framework's own paths in the OpenAPI document.
 */
import type { Operation, Parameter } from './openapi-operation.ts';
import type { JsonSchema } from './openapi-schema.ts';

export const PROCESS_TAG = 'Process';

const READY: JsonSchema = {
  type: 'object',
  required: ['status', 'backends'],
  properties: {
    status: { const: 'ready' },
    backends: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['state', 'latency_ms'],
        properties: {
          state: { enum: ['up', 'degraded', 'down', 'skipped'] },
          latency_ms: { type: ['number', 'null'] },
          message: { type: 'string' },
        },
      },
    },
  },
};

const HEALTH: JsonSchema = { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } };
const AWAY: JsonSchema = {
  description: 'Not now, with the reason.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const page = (
  id: string,
  summary: string,
  content: JsonSchema,
  more: { readonly responses?: Operation['responses']; readonly parameters?: readonly Parameter[] } = {},
): { readonly get: Operation } => ({
  get: {
    operationId: id,
    summary,
    tags: [PROCESS_TAG],
    security: [],
    parameters: more.parameters ?? [],
    responses: { '200': { description: 'What was asked for.', content }, ...more.responses },
  },
});

const json = (schema: JsonSchema, example?: unknown): JsonSchema => ({
  'application/json': { schema, ...(example !== undefined && { example }) },
});

export const FRAMEWORK_PATHS = {
  '/health': page('get_health', 'Whether the process can work at all', json(HEALTH, { status: 'ok' }), {
    responses: { '503': AWAY },
  }),
  '/ready': page(
    'get_ready',
    'Whether it should get requests, and the state of each backend',
    json(READY, { status: 'ready', backends: { cassandra: { state: 'up', latency_ms: 2 } } }),
    { responses: { '503': AWAY } },
  ),
  '/metrics': page('get_metrics', 'Prometheus metrics', { 'text/plain': { schema: { type: 'string' } } }),
  '/problems': page('get_problems', 'All problems that answers may name', json({ type: 'object' })),
  '/problems/{code}': page('get_problem', 'What a problem means and what to do', json({ type: 'object' }), {
    parameters: [{ name: 'code', in: 'path', required: true, schema: { type: 'string', examples: ['not-found'] } }],
    responses: { '404': AWAY },
  }),
} as const;
