/**
 * What running a process looks like to a `main.ts`. Owns types only; run-process.ts runs it.
 *
 * X1. The first SIGTERM, SIGINT or SIGHUP drains: the scope's signal is aborted, then everything registered is closed in
 *     reverse order, each within a bound and all together within another. A second one ends the process at once; the same
 *     one again within a moment is the echo of the first.
 * X2. A start that fails closes what it had opened, prints one message and gives an exit code by the class of the fault.
 * X3. A rejection or exception that nobody handled is a bug: it is logged, the process drains and exits with 70.
 */
import type { Bound, Clock, Log } from '@leasehold/kernel';

export interface ProcessScope {
  /** Closed on the way out, the latest first. Registered while draining already: closed too. */
  onClose(name: string, close: () => Promise<void> | void): void;
  /** Aborted when draining begins. */
  readonly signal: AbortSignal;
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';
export type HostEvent = StopSignal | 'unhandledRejection' | 'uncaughtException';

/** The edge to the operating system, so that tests need no real signals and no real exit. */
export interface ProcessHost {
  on(event: HostEvent, listener: (what: unknown) => void): void;
  off(event: HostEvent, listener: (what: unknown) => void): void;
  /** Writes to standard error. */
  print(text: string): void;
  exit(code: number): void;
}

export interface ProcessBounds {
  /** How long one close may take. */
  readonly closeMs: Bound;
  /** How long all of them together may take. */
  readonly drainMs: Bound;
  /** How long a start that was told to stop may go on. */
  readonly startMs: Bound;
}

export interface ProcessOptions {
  readonly name: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly host?: ProcessHost;
  readonly bounds?: Partial<ProcessBounds>;
}

/** After sysexits(3), so that a supervisor can tell a wrong setting from a crash. */
export const EXIT = { ok: 0, closeFailed: 1, unavailable: 75, configuration: 78, bug: 70, forced: 130 } as const;
