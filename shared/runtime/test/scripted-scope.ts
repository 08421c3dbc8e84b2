/**
 * The scope of a process for this package's own tests: what was registered to be closed is closed by hand, the latest first. Not
 * part of the package's interface.
 */
import type { ProcessScope } from '../src/process/process.port.ts';

export interface ScriptedScope {
  readonly scope: ProcessScope;
  /** Names in the order in which they were registered. */
  readonly names: readonly string[];
  /** Aborts the signal. */
  stop(): void;
  closeAll(): Promise<void>;
}

export function scriptedScope(): ScriptedScope {
  const stopping = new AbortController();
  const parts: { readonly name: string; readonly close: () => Promise<void> | void }[] = [];
  const names: string[] = [];
  return {
    scope: {
      signal: stopping.signal,
      onClose: (name, close) => {
        names.push(name);
        parts.push({ name, close });
      },
    },
    names,
    stop: () => stopping.abort(new Error('stopped')),
    closeAll: async () => {
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) await part.close();
    },
  };
}
