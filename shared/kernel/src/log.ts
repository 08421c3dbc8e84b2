/**
 * What inner packages need of logging and tracing; @leasehold/observability implements both. Fields are snake_case; a
 * secret never becomes a field.
 */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}

export interface Span {
  /** W3C `traceparent` of this span, carried on to events and requests. */
  readonly traceparent: string;
}

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
