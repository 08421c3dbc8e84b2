/**
 * Counts and times every request under its route's pattern, and writes its line.
 *
 * 1. One line a request, whatever happens: reads at debug, writes at info, a dependency that is away at warn, a bug of ours at
 *    error, the last two with what failed.
 * 2. Who asks whether the process is ready is no event, however often and whatever the answer: what keeps it from being ready
 *    is told once, where it is noticed.
 */
import type { AppOptions } from './app-options.ts';
import type { Answer, Exchange } from './exchange.ts';
import { READY_PATH } from './health.ts';

export type Recorder = (pattern: string, exchange: Exchange, work: () => Promise<Answer>) => Promise<Answer>;

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const KNOWN: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

export function createRecorder({ clock, log, metrics }: Pick<AppOptions, 'clock' | 'log' | 'metrics'>): Recorder {
  return async (pattern, exchange, work) => {
    const startedMs = clock.now();
    const answer = await work();
    const durationMs = clock.now() - startedMs;
    const method = KNOWN.has(exchange.method) ? exchange.method : 'other';
    metrics.httpRequests.inc({ route: pattern, method, status: String(answer.status) });
    metrics.httpRequest.observe({ route: pattern }, durationMs / 1000);
    const level = levelOf(pattern, method, answer.status);
    // Not the exchange's own log: making that costs more than a line that is not written.
    log[level]('request', {
      request_id: exchange.requestId,
      trace_id: exchange.trace.traceId,
      method,
      route: pattern,
      path: exchange.path,
      status: answer.status,
      duration_ms: durationMs,
      ...(answer.subject !== undefined && { subject: answer.subject }),
      ...(typeof answer.failure === 'string' && { why: answer.failure }),
      ...(answer.failure instanceof Error && { error: answer.failure }),
    });
    return answer;
  };
}

function levelOf(pattern: string, method: string, status: number): 'debug' | 'info' | 'warn' | 'error' {
  if (pattern === READY_PATH) return 'debug';
  if (status >= 500) return status === 503 ? 'warn' : 'error';
  return READS.has(method) ? 'debug' : 'info';
}
