/**
 * How every call to a backend is made: one place for its time limit, its abort and the translation of what it throws.
 * What a driver's error means is left to the adapter that hands in `translate`.
 *
 * C1. A call ends within `timeoutMs`, whatever the driver does; then it is `Unavailable`, away, and for an effect its
 *     outcome is unknown.
 * C2. A call rejects with the signal's reason as soon as the signal is aborted, and is not begun after that.
 * C3. Nothing but a `Fault` or the signal's reason leaves a call.
 */
import { type Bound, Fault, unavailable } from '@leasehold/kernel';

/** `read` changes nothing; the outcome of an `effect` whose answer was lost is unknown. */
export type CallKind = 'read' | 'effect';

export interface CallName {
  readonly backend: string;
  /** Lower-case words joined by `-`, such as `create-keyspace`: few and fixed, fit for a label. */
  readonly name: string;
  readonly kind: CallKind;
}

/** Wraps each raw call: measures it, or in a test loses its answer. It must return what `run` returns or throw. */
export type Around = <T>(call: CallName, run: () => Promise<T>) => Promise<T>;

export interface CallerOptions {
  readonly backend: string;
  readonly timeoutMs: Bound;
  readonly translate: (error: unknown, call: CallName) => Fault;
  readonly around?: Around | undefined;
  /** Told when a call ran into its time limit, so that a client that went mute can be given up. */
  readonly onTimeout?: () => void;
}

export type Caller = <T>(
  call: { readonly name: string; readonly kind: CallKind; readonly timeoutMs?: Bound },
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** @throws the signal's reason, or a Fault; see C1 to C3. */
export function createCaller(options: CallerOptions): Caller {
  const around: Around = options.around ?? ((_call, run) => run());
  return async (call, signal, run) => {
    signal.throwIfAborted();
    const named: CallName = { backend: options.backend, name: call.name, kind: call.kind };
    const limitMs = (call.timeoutMs ?? options.timeoutMs).value;
    const inner = new AbortController();
    const ended = Promise.withResolvers<never>();
    const stop = () => ended.reject(signal.reason);
    const timer = setTimeout(() => ended.reject(lateAnswer(named, limitMs, options.onTimeout)), limitMs);
    signal.addEventListener('abort', stop, { once: true });
    try {
      const answer = around(named, () => run(inner.signal)).catch((error: unknown) => {
        throw error instanceof Fault ? error : options.translate(error, named);
      });
      return await Promise.race([answer, ended.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      inner.abort(new Error('the call is over'));
    }
  };
}

function lateAnswer(call: CallName, limitMs: number, onTimeout: (() => void) | undefined): Fault {
  onTimeout?.();
  return away(call, `did not answer within ${limitMs} ms`, { lost: true });
}

/** `Unavailable`: the backend could not be reached, or (`lost`) did not answer what it may have done. */
export const away = (
  call: CallName,
  what: string,
  detail: { readonly lost: boolean; readonly cause?: unknown; readonly retryAfterMs?: number | undefined },
): Fault =>
  unavailable(`${call.backend} ${what} (${call.name})`, {
    code: 'BackendUnavailable',
    backend: call.backend,
    away: true,
    unknownOutcome: detail.lost && call.kind === 'effect',
    cause: detail.cause,
    ...(detail.retryAfterMs === undefined ? {} : { retryAfterMs: detail.retryAfterMs }),
  });
