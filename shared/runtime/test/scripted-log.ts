/**
 * A log in memory for this package's own tests: what operators would read, each line with its fields. Not part of the package's
 * interface.
 */
import { type Fault, type Log, silentLog } from '@leasehold/kernel';

export interface ScriptedLog {
  readonly log: Log;
  /** As `warn the message {"field":"value"}`; a fault is told by its code. */
  readonly lines: string[];
}

const field = (value: unknown): unknown => (value instanceof Error ? ((value as Fault).code ?? value.message) : value);

export function scriptedLog(): ScriptedLog {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const told = Object.entries(fields).map(([name, value]) => [name, field(value)] as const);
      lines.push(`${level} ${message} ${JSON.stringify(Object.fromEntries(told))}`);
    };
  const log: Log = { ...silentLog, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
}
