/**
 * The engine port: how servers come to run, on this machine itself or in containers. Both keep a server's rendered files
 * and secrets below its folder, and name what they started by a mark.
 */
import type { ServerDefinition, Site } from './definition.ts';
import type { EngineKind, ProcessMark } from './state.ts';

/** How a server sees its folders and its address under this engine. */
export interface Layout {
  readonly conf: string;
  readonly data: string;
  readonly bind: string;
  /** Mode of rendered files: a container's user must be able to read what is mounted for it. */
  readonly fileMode: number;
}

export interface Engine {
  readonly kind: EngineKind;
  layout(server: string): Layout;
  /** What this machine lacks for these servers, one sentence each. Empty: they can be obtained. */
  missing(definitions: readonly ServerDefinition[]): Promise<readonly string[]>;
  /** Obtains the programs or images. May take minutes; a second time it takes none. */
  obtain(definitions: readonly ServerDefinition[]): Promise<void>;
  start(definition: ServerDefinition, site: Site): Promise<ProcessMark>;
  isRunning(server: string, mark: ProcessMark): Promise<boolean>;
  /** Sends a signal; resolves at once, except for SIGKILL, where it waits for the end. */
  signal(server: string, mark: ProcessMark, signal: NodeJS.Signals): Promise<void>;
  stop(server: string, mark: ProcessMark): Promise<void>;
  /** Deletes the data of a stopped server. */
  wipe(server: string): Promise<void>;
  /** Addresses outside loopback that a running server listens on; empty is as it should be. */
  exposed(server: string, mark: ProcessMark): Promise<readonly string[]>;
}
