/**
 * The app: routes and the framework's own pages on one router. Owns the last resort for errors, unknown paths and methods,
 * and the count of every request.
 *
 * 1. Default deny: without a token an unknown path and a known one answer alike, 401.
 * 2. A known path with another method answers 405 and names the methods; `OPTIONS` does so with 204.
 * 3. While the process starts, an unknown path may be one of a service that is not there yet: 503, never 404.
 * 4. Whatever a request does, it gets an answer, a line in the log and a place in the metrics, under its route's pattern.
 */
import { Hono } from 'hono';
import { type App, type AppOptions, DEFAULT_BOUNDS } from './app-options.ts';
import { createDeadlines } from './deadline.ts';
import { type Answer, createExchange, type Exchange, problemAnswer, toResponse } from './exchange.ts';
import { createHealth, READY_PATH } from './health.ts';
import { createKeeper } from './idempotent-keep.ts';
import { createRateLimit } from './limit.ts';
import { missingPath } from './missing.ts';
import { createOpenApi } from './openapi.ts';
import { createPages } from './pages.ts';
import { createPathTable } from './path-table.ts';
import { createRunner } from './pipeline.ts';
import { problem } from './problem.ts';
import { createRecorder } from './recorder.ts';
import { createRefusals } from './refusals.ts';
import { type Route, routeName } from './route.ts';
import { checkRoute } from './route-check.ts';
import { createStreams } from './sse.ts';

type Work = (exchange: Exchange, params: Readonly<Record<string, string>>) => Answer | Promise<Answer>;

/** Throws a bug for a route that is wrong or comes twice. */
export function createApp(options: AppOptions): App {
  checkTable(options.routes);
  const bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  const streams = createStreams(options.clock, bounds);
  const health = createHealth(options, bounds);
  const openapi = createOpenApi(options);
  const deadlines = createDeadlines(options.clock, bounds.requestMs);
  const keeper = createKeeper(options.idempotency, options.clock, options.log);
  const parts = { options, deadlines, keeper, bounds, streams, limit: createRateLimit(options.clock, bounds) };
  const refusals = createRefusals(options);
  const record = createRecorder(options);
  const hono = new Hono();
  let refusing = false;
  const serve = (pattern: string, request: Request, params: Readonly<Record<string, string>>, work: Work) => {
    const exchange = createExchange(request, options.log, options.rng);
    return record(pattern, exchange, async () => {
      try {
        if (refusing && !PROBES.has(pattern)) throw problem('unavailable', 'The process is stopping.', STOPPING);
        return await work(exchange, params);
      } catch (error) {
        refusals.note(error, pattern);
        return problemAnswer(error, exchange);
      }
    }).then((answer) => toResponse(answer, exchange));
  };
  for (const page of createPages(health, openapi)) {
    hono.get(honoPath(page.path), (c) => serve(page.path, c.req.raw, c.req.param(), page.show));
  }
  for (const route of options.routes) {
    const run = createRunner(route, parts);
    hono.on(route.method, honoPath(route.path), (c) => serve(route.path, c.req.raw, c.req.param(), run));
  }
  const refuse = createRefusal(
    options,
    createPages(health, openapi).map((page) => page.path),
  );
  hono.notFound((c) => serve('unmatched', c.req.raw, {}, refuse));
  return {
    fetch: (request) => hono.fetch(request),
    routes: options.routes,
    openapi,
    drain: health.drain,
    refuse: () => {
      refusing = true;
      health.drain();
      streams.drain();
      deadlines.close();
      keeper.close();
    },
    log: options.log,
  };
}

/** What is asked of the process itself is answered to the end. */
const PROBES: ReadonlySet<string> = new Set(['/health', READY_PATH, '/metrics']);
const STOPPING = { retryAfterMs: 1_000 };

const honoPath = (path: string): string => path.replaceAll(/\{([^}]+)\}/g, ':$1');

function checkTable(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const route of routes) {
    checkRoute(route);
    const name = routeName({ method: route.method, path: route.path.replaceAll(/\{[^}]+\}/g, '{}') });
    if (seen.has(name)) throw new TypeError(`route ${routeName(route)} comes twice`);
    seen.add(name);
  }
}

const STARTING_MS = 1_000;

/** What no route takes. */
function createRefusal(options: AppOptions, pages: readonly string[]): Work {
  const patterns = [...options.routes.map((route) => route.path), ...pages];
  const table = createPathTable([
    ...options.routes.map(({ path, method, access }) => ({ path, method, open: access === 'public' })),
    ...pages.map((path) => ({ path, method: 'GET' as const, open: true })),
  ]);
  return async ({ method, path, request }) => {
    const { methods, open } = table(path);
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    if (method === 'OPTIONS' && methods.length > 0) return { status: 204, headers: { allow }, body: null };
    if (!open) await options.auth.authenticate(request.headers.get('authorization') ?? undefined);
    if (methods.length > 0)
      throw problem('method-not-allowed', `${method.slice(0, 20)} is not among the methods of this path.`, {
        headers: { allow },
      });
    if (options.starting) throw problem('unavailable', 'The process is starting.', { retryAfterMs: STARTING_MS });
    throw missingPath(path, patterns);
  };
}
