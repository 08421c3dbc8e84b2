/**
 * The log of a process: pino behind the kernel's `Log`. JSON lines for machines, one readable line at a terminal.
 *
 * 1. Every line passes the secrets' scrubber as a whole, message and fields alike: what is registered never appears.
 * 2. Time comes from the clock that is handed in.
 * 3. Logging never throws and never waits. An error of the sink is not logged, because it would make the next one, and the process goes
 *    on. Where nobody reads any more (the other end of the pipe is gone) lines are dropped from then on; after any other error (a disk
 *    that is full) the next line is tried.
 */
import { type Clock, isoTime, type Log, type LogFields, systemClock } from '@leasehold/kernel';
import { type Logger, pino } from 'pino';
import { safeFields } from './fields.ts';
import { formatLine, type LogRecord } from './log-line.ts';
import { createSecrets, type Secrets } from './secrets.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** Where lines go: `process.stdout`, `process.stderr`, or a collector in a test. */
export interface LogSink {
  write(line: string): unknown;
  readonly isTTY?: boolean;
  /** Streams tell their errors so; one that nobody listens to would end the process. */
  on?(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface LogOptions {
  readonly level?: LogLevel;
  readonly sink?: LogSink;
  /** Default: `text` at a terminal, else `json`. */
  readonly format?: 'json' | 'text';
  readonly clock?: Clock;
  readonly secrets?: Secrets;
  /** In every line: the service's name, the process's role. */
  readonly fields?: LogFields;
}

export function createLog(options: LogOptions = {}): Log {
  const sink = options.sink ?? process.stdout;
  const format = options.format ?? (sink.isTTY === true ? 'text' : 'json');
  const secrets = options.secrets ?? createSecrets();
  const clock = options.clock ?? systemClock;
  const colour = sink.isTTY === true && process.env.NO_COLOR === undefined;
  let isLost = false;
  sink.on?.('error', ({ code }) => {
    isLost ||= code === 'EPIPE';
  });
  const write = (line: string): void => {
    if (isLost) return;
    const clean = secrets.scrub(line);
    const record = format === 'text' ? parseRecord(clean) : undefined;
    sink.write(record === undefined ? clean : formatLine(record, colour));
  };
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${isoTime(clock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain data already, see fields.ts.
      serializers: { err: (value: unknown) => value },
    },
    { write },
  );
  return wrap(options.fields === undefined ? logger : logger.child(safeFields(options.fields)));
}

/** A line that scrubbing has broken is still written, as it is. */
function parseRecord(line: string): LogRecord | undefined {
  try {
    return JSON.parse(line) as LogRecord;
  } catch {
    return undefined;
  }
}

function wrap(logger: Logger): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      if (!logger.isLevelEnabled(level)) return;
      logger[level](fields === undefined ? {} : safeFields(fields), '%s', message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(safeFields(fields))),
  };
}
