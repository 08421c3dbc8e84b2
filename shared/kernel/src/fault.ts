/**
 * The four classes of error that the loops know. Adapters translate what their driver throws at their edge and keep it as
 * `cause`; nothing above an adapter looks at a driver's error again.
 *
 * 1. `Invalid`: the caller's input; never retried.
 * 2. `Conflict`: somebody else was faster or holds the name; reload and decide again, or tell the caller.
 * 3. `Unavailable`: not now. `away` tells a backend that cannot be reached (waited for until a deadline) from one that
 *    answers with a failure (tried a bounded number of times).
 * 4. `Bug`: our own; stop and say so.
 *
 * A fault's message reaches users and logs: it never holds a secret, a stack or a backend's host name.
 */
/** Code of `Unavailable`: only a replica of a newer release can read it, and has to see to it. */
export const NEWER_RELEASE = 'NewerRelease';

export type FaultClass = 'Invalid' | 'Conflict' | 'Unavailable' | 'Bug';

export interface FaultOptions {
  /** PascalCase reason, shared by condition, event, metric and log. */
  readonly code: string;
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  /** The backend could not be reached or did not answer in time. */
  readonly away?: boolean;
  /** Names the backend (`cassandra`, `minio`, ...) that failed, for conditions and breakers. */
  readonly backend?: string;
  /** The effect may or may not have happened: the answer was lost. */
  readonly unknownOutcome?: boolean;
}

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly class: FaultClass;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly away: boolean;
  readonly backend: string | undefined;
  readonly unknownOutcome: boolean;

  constructor(faultClass: FaultClass, message: string, options: FaultOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.class = faultClass;
    this.code = options.code;
    this.retryAfterMs = options.retryAfterMs;
    this.away = options.away ?? false;
    this.backend = options.backend;
    this.unknownOutcome = options.unknownOutcome ?? false;
  }
}

export const invalid = (message: string, options: FaultOptions): Fault => new Fault('Invalid', message, options);
export const conflict = (message: string, options: FaultOptions): Fault => new Fault('Conflict', message, options);
export const unavailable = (message: string, options: FaultOptions): Fault =>
  new Fault('Unavailable', message, options);
export const bug = (message: string, cause?: unknown): Fault => new Fault('Bug', message, { code: 'Bug', cause });

/** Any thrown value as a fault: what is not one already is a bug of ours, because an adapter failed to translate it. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return bug(`unexpected error: ${text}`, error);
}

export const isAbort = (error: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
