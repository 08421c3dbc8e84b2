/**
 * What one server of the stack is: the one thing a new server adds (a file in `servers/` and a line in its index). It says
 * how the program is obtained, which ports it wants, what it is told, how its health is seen and which variables lead to
 * it. It starts nothing itself: engines do (`native.ts`, `compose.ts`).
 *
 * 1. Everything but `health` is a function of its arguments (and `secrets` of chance), so that another process that only
 *    knows the state file makes the same files, command and variables.
 * 2. A server listens on `site.bind` and on the ports of its site, on nothing else.
 */

/** A program on the machine itself: jars from Maven Central, or a binary built from a Go module. */
export type Program =
  | {
      readonly kind: 'maven';
      /** Absolute path of the committed pom that pins the jars. */
      readonly pom: string;
      /** Acceptable major versions of Java, best first. */
      readonly java: readonly number[];
      /** A class, or the name of a source file among the server's files (`Launcher.java`). */
      readonly mainClass: string;
      /** JVM options, one argument each. */
      readonly options: readonly string[];
      /** Jars whose path holds this text are no part of the class path, but arguments after the command's own. */
      readonly setAside?: string;
    }
  | {
      readonly kind: 'go';
      /** Absolute path of the folder with the committed go.mod and go.sum. */
      readonly folder: string;
      /** Source files of our own in that folder, compiled with it. */
      readonly sources?: readonly string[];
      readonly package: string;
      /** Processor time of a first build, for whoever waits. */
      readonly buildMinutes: number;
      readonly ldflags: string;
    };

/** Where one server lives: folders and addresses as the server itself sees them. */
export interface Site {
  /** Rendered files and keys. */
  readonly conf: string;
  readonly data: string;
  /** The address to listen on: loopback, or all interfaces of a container whose ports are mapped to loopback. */
  readonly bind: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface SiteFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

export interface Command {
  /** After the JVM's options and main class, or after the binary. */
  readonly args: readonly string[];
  /** JVM system properties (`-Dkey=value`); empty for a Go program. */
  readonly properties: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export type Health = { readonly state: 'healthy' } | { readonly state: 'unhealthy'; readonly reason: string };

export const HEALTHY: Health = { state: 'healthy' };
export const unhealthy = (reason: string): Health => ({ state: 'unhealthy', reason });

export interface ServerDefinition {
  readonly name: string;
  readonly version: string;
  readonly program: Program;
  /** Names of the ports that it needs. */
  readonly ports: readonly string[];
  /** Longest time from start to health. */
  readonly startMs: number;
  /** Made once for each fresh data folder. */
  secrets(): Readonly<Record<string, string>>;
  files(site: Site): readonly SiteFile[];
  command(site: Site): Command;
  /** Never rejects, except with the signal's reason. */
  health(site: Site, signal: AbortSignal): Promise<Health>;
  /** The STACK_* variables that lead a test to this server; `conf` is the folder of its files on this machine. */
  env(site: Site, conf: string): Readonly<Record<string, string>>;
}
