/**
 * A server in this process that speaks the tenants' REST contract, as far as the command line uses it. Owns what a test wants
 * to go wrong on the way; leaves what is right to the contract's own schemas.
 *
 * 1. A good answer is checked against the contract before it is sent, so that a test cannot rest on a wrong one; fields that
 *    no release knows yet are added after the check.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  acceptedSchema,
  auditEntrySchema,
  controlSchema,
  deadLetterDetailSchema,
  driftSchema,
  importPlanSchema,
  operationSchema,
  PROBLEMS,
  type ProblemCode,
  type ProvisioningStatus,
  planSchema,
  provisioningStatusSchema,
  publishedEventSchema,
  redriveSchema,
  tenantRecordSchema,
} from '@leasehold/contracts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Reply =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut' }
  /** Nothing comes after the event that the caller names. */
  | { readonly kind: 'over' }
  /** Events from the one after `Last-Event-ID` on; then the stream ends, is cut, or stays open. */
  | {
      readonly kind: 'events';
      readonly statuses: readonly ProvisioningStatus[];
      readonly close: 'end' | 'cut' | 'hold';
      readonly upTo?: number;
    };

export type Handler = (asked: Asked, times: number) => Reply;

const auditPage = {
  parse: (page: unknown) =>
    (page as { readonly items: readonly unknown[] }).items.map((entry) => auditEntrySchema.parse(entry)),
};

const SCHEMAS = {
  audit: auditPage,
  accepted: acceptedSchema,
  status: provisioningStatusSchema,
  record: tenantRecordSchema,
  plan: planSchema,
  importPlan: importPlanSchema,
  control: controlSchema,
  letter: deadLetterDetailSchema,
  drift: driftSchema,
  operation: operationSchema,
  event: publishedEventSchema,
  redrive: redriveSchema,
} as const;

export const good = (schema: keyof typeof SCHEMAS, body: unknown, status = 200): Reply => {
  SCHEMAS[schema].parse(body);
  return { kind: 'json', status, body: { ...(body as object), field_of_a_later_release: { deep: [1] } } };
};

export const bad = (code: ProblemCode, detail: string, more: Readonly<Record<string, unknown>> = {}): Reply => ({
  kind: 'json',
  status: PROBLEMS[code].status,
  headers: { 'content-type': 'application/problem+json', ...(PROBLEMS[code].status === 503 && { 'retry-after': '1' }) },
  body: {
    type: `/problems/${code}`,
    code,
    title: PROBLEMS[code].title,
    status: PROBLEMS[code].status,
    detail,
    request_id: 'req-1',
    ...more,
  },
});

export interface ContractServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** @param routes by `METHOD /path`; a handler is told how often its route was asked before. */
export async function startServer(routes: Readonly<Record<string, Handler>>): Promise<ContractServer> {
  const asked: Asked[] = [];
  const times = new Map<string, number>();
  const server = createServer((request, response) => {
    read(request).then(
      (one) => {
        asked.push(one);
        const route = `${one.method} ${one.path}`;
        const before = times.get(route) ?? 0;
        times.set(route, before + 1);
        send(
          routes[route]?.(one, before) ?? bad('not-found', 'There is no such object, or it is not yours to see.'),
          one,
          response,
        );
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const url = new URL(request.url ?? '/', 'http://server');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function send(reply: Reply, asked: Asked, response: ServerResponse): void {
  if (reply.kind === 'cut') {
    response.destroy();
    return;
  }
  if (reply.kind === 'over') {
    response.writeHead(204).end();
    return;
  }
  if (reply.kind === 'json') {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body));
    return;
  }
  const after = Number(asked.headers['last-event-id'] ?? '0');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('retry: 2000\n\n: keep-alive\n\n');
  const end = reply.upTo ?? reply.statuses.length;
  for (const [at, status] of reply.statuses.entries()) {
    if (at + 1 <= after || at + 1 > end) continue;
    response.write(`id: ${at + 1}\nevent: status\ndata: ${JSON.stringify(provisioningStatusSchema.parse(status))}\n\n`);
  }
  if (reply.close === 'end') response.end();
  // What was written arrives before the connection is cut.
  if (reply.close === 'cut') setImmediate(() => setImmediate(() => response.destroy()));
}
