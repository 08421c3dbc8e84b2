/**
 * The life of a process: start, serve, drain, close, exit code. Owns X1 to X3 of process.port.ts; leaves the operating system
 * to the host that it is given, so that all of it can be tested without an exit.
 *
 * 1. Whatever happens, what was opened is closed once, and the exit code tells what happened first.
 * 2. A fault is told in one message without a stack; only a bug shows where it came from, in the log.
 */
import { asFault, bound, type Fault } from '@leasehold/kernel';
import { settlesWithin } from '../resilience/deadline.ts';
import { type CloseStack, createCloseStack } from './close-stack.ts';
import {
  EXIT,
  type HostEvent,
  type ProcessBounds,
  type ProcessHost,
  type ProcessOptions,
  type ProcessScope,
  type StopSignal,
} from './process.port.ts';
import { systemHost } from './system-host.ts';

export const PROCESS_BOUNDS: ProcessBounds = {
  closeMs: bound('close of one part ms', 15_000),
  drainMs: bound('drain of the process ms', 40_000),
  startMs: bound('start that was told to stop ms', 10_000),
};

/** Resolves with the exit code, after `host.exit` was called with it. */
export async function runProcess(
  options: ProcessOptions,
  start: (scope: ProcessScope) => Promise<void>,
): Promise<number> {
  const { name, log, clock, host = systemHost } = options;
  const bounds: ProcessBounds = { ...PROCESS_BOUNDS, ...options.bounds };
  const stack = createCloseStack({ clock, log, closeMs: bounds.closeMs });
  const watch = watchHost(options, host);
  const end = async (): Promise<number> => {
    const started = startPart(start, { onClose: stack.push, signal: watch.draining }, watch);
    await Promise.race([started, watch.whenDraining]);
    if (watch.draining.aborted) await settlesWithin(clock, bounds.startMs.value, started);
    const failure = await Promise.race([started, Promise.resolve(undefined)]);
    if (failure === undefined) await watch.whenDraining;
    watch.drain('the start failed');
    const isClean = await closeParts(stack, bounds, options);
    return failure === undefined
      ? (watch.bug() ?? (isClean ? EXIT.ok : EXIT.closeFailed))
      : tell(failure, name, options, host);
  };
  const code = await Promise.race([end(), watch.whenForced]);
  watch.forget();
  host.exit(code);
  return code;
}

async function startPart(
  start: (scope: ProcessScope) => Promise<void>,
  scope: ProcessScope,
  watch: Watch,
): Promise<Fault | undefined> {
  try {
    await start(scope);
    return undefined;
  } catch (error) {
    // A start that stops because it was told to has not failed.
    return watch.draining.aborted ? undefined : asFault(error);
  }
}

async function closeParts(
  stack: CloseStack,
  { drainMs }: ProcessBounds,
  { log, clock, name }: ProcessOptions,
): Promise<boolean> {
  const fromMs = clock.now();
  let isClean = false;
  const closing = stack.closeAll().then((clean) => {
    isClean = clean;
  });
  if (!(await settlesWithin(clock, drainMs.value, closing)))
    log.error('stopping took too long, the rest is left behind', { bound: drainMs.name, ms: drainMs.value });
  log.info('stopped', { process: name, clean: isClean, ms: clock.now() - fromMs });
  return isClean;
}

function tell(fault: Fault, name: string, { log }: ProcessOptions, host: ProcessHost): number {
  host.print(`${name} did not start: ${fault.message}`);
  if (fault.class === 'Bug') {
    log.error('start failed by a bug', { process: name, err: fault });
    return EXIT.bug;
  }
  return fault.class === 'Unavailable' ? EXIT.unavailable : EXIT.configuration;
}

interface Watch {
  readonly draining: AbortSignal;
  readonly whenDraining: Promise<void>;
  readonly whenForced: Promise<number>;
  drain(why: string): void;
  /** The exit code of a bug that nobody handled, if there was one. */
  bug(): number | undefined;
  forget(): void;
}

/** The same signal this soon after the first is its echo, not a second thought. */
const ECHO_MS = bound('signal-echo-ms', 300);
const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

function watchHost({ log, name, clock }: ProcessOptions, host: ProcessHost): Watch {
  const draining = new AbortController();
  const drained = Promise.withResolvers<void>();
  const forced = Promise.withResolvers<number>();
  let bugCode: number | undefined;
  let first: { readonly name: StopSignal; readonly atMs: number } | undefined;
  const drain = (why: string): void => {
    if (draining.signal.aborted) return;
    draining.abort(new Error(`draining: ${why}`));
    drained.resolve();
  };
  const onSignal = (signal: StopSignal): void => {
    if (first !== undefined) {
      // Ctrl-C reaches a process behind npm twice: from the terminal, and passed on by npm.
      if (signal === first.name && clock.now() - first.atMs < ECHO_MS.value) return;
      host.print(`${name}: second signal, stopping at once`);
      forced.resolve(EXIT.forced);
      return;
    }
    first = { name: signal, atMs: clock.now() };
    log.info('stopping: no more requests are taken, those under way are finished', { process: name, signal });
    drain('a signal');
  };
  const onBug = (error: unknown): void => {
    bugCode = EXIT.bug;
    log.error('an error that nobody handled', { process: name, err: asFault(error) });
    drain('a bug');
  };
  const listeners: readonly (readonly [HostEvent, (what: unknown) => void])[] = [
    ...SIGNALS.map((signal) => [signal, () => onSignal(signal)] as const),
    ['unhandledRejection', onBug],
    ['uncaughtException', onBug],
  ];
  for (const [event, listener] of listeners) host.on(event, listener);
  return {
    draining: draining.signal,
    whenDraining: drained.promise,
    whenForced: forced.promise,
    drain,
    bug: () => bugCode,
    forget: () => {
      for (const [event, listener] of listeners) host.off(event, listener);
    },
  };
}
