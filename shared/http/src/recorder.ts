/**
 * Counts and times every request under its route's pattern, and writes its line: reads at debug, writes at info, failures
 * of ours at warn (their cause is logged where it happened).
 */
import type { AppOptions } from './app-options.ts';
import type { Answer, Exchange } from './exchange.ts';

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
    const level = answer.status >= 500 ? 'warn' : READS.has(method) ? 'debug' : 'info';
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
    });
    return answer;
  };
}
