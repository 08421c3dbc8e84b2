/**
 * Which problems a route may answer with, as OpenAPI responses: those that follow from what it declares, and those it adds.
 */
import { isProblemCode, PROBLEMS, type ProblemCode } from '@leasehold/contracts';
import type { JsonSchema } from './openapi-schema.ts';
import { pathParams, type Route } from './route.ts';

export const PROBLEM_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'RFC 9457 problem details.',
  required: ['type', 'code', 'title', 'status', 'detail', 'instance', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'A page that explains the code.' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened this time.' },
    instance: { type: 'string', description: 'The path of the request.' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      description: 'For bad input: every place that is wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer; `/query/...` and `/headers/...` outside the body.' },
          message: { type: 'string' },
        },
      },
    },
  },
};

function codesOf(route: Route): readonly ProblemCode[] {
  const { access, request, method } = route;
  const restricted = access !== 'public';
  const takesCursor = request?.query?.shape['cursor'] !== undefined;
  const codes: (ProblemCode | false)[] = [
    restricted && 'unauthenticated',
    restricted && 'forbidden',
    ((restricted && access.tenant !== 'none' && access.tenant !== 'list') || pathParams(route.path).length > 0) &&
      'not-found',
    request?.body !== undefined && 'malformed-json',
    request?.body !== undefined && 'payload-too-large',
    request?.body !== undefined && 'unsupported-media-type',
    takesCursor && 'bad-cursor',
    'invalid',
    route.ifMatch === 'required' && 'precondition-required',
    route.ifMatch === 'required' && 'precondition-failed',
    method === 'POST' && route.idempotent !== false && restricted && 'idempotency-conflict',
    restricted && 'too-many-requests',
    'internal',
    'unavailable',
  ];
  const added = (route.problems ?? []).filter(isProblemCode);
  return [...new Set([...codes.filter((code) => code !== false), ...added])];
}

const WAITS: ReadonlySet<number> = new Set([429, 503]);

/** By status; several codes of one status share the answer, each with an example. */
export function problemResponses(route: Route): Readonly<Record<string, JsonSchema>> {
  const byStatus = Map.groupBy(codesOf(route), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => PROBLEMS[code].title).join(', or: '),
        ...(WAITS.has(status) && {
          headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
        }),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(codes.map((code) => [code, { value: exampleProblem(code, route.path) }])),
          },
        },
      },
    ]),
  );
}

const exampleProblem = (code: ProblemCode, path: string) => ({
  type: `/problems/${code}`,
  code,
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  detail: PROBLEMS[code].description.split('. ')[0],
  instance: path,
  request_id: '4bf92f3577b34da600f067aa0ba902b7',
  ...(code === 'invalid' && {
    errors: [{ pointer: '/teir', message: 'unknown field, did you mean "tier"?' }],
  }),
});
