/**
 * The native engine: servers as plain processes of this user on this machine. Needs Linux, and a JDK, Maven and Go for the
 * servers that want them.
 *
 * 1. A server's environment holds what its definition says, PATH and HOME, and nothing else of ours.
 */
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bug, type Clock } from '@leasehold/kernel';
import type { Command, Program, ServerDefinition, Site } from './definition.ts';
import type { Engine } from './engine.ts';
import { buildBinary } from './golang.ts';
import { findJava } from './jdk.ts';
import { isLoopback, listenersOf } from './listeners.ts';
import { resolveClassPath } from './maven.ts';
import { type Places, serverFolder } from './places.ts';
import { endProcess, isRunning, launchProcess, signalProcess, waitForEnd } from './process.ts';
import type { Run } from './shell.ts';

const KILL_MS = 10_000;

type Env = Readonly<Record<string, string | undefined>>;
type MavenProgram = Extract<Program, { readonly kind: 'maven' }>;

function isInstalled(program: string, env: Env): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function lacking(definition: ServerDefinition, env: Env): readonly string[] {
  const { name, program } = definition;
  if (program.kind === 'go') {
    return isInstalled('go', env) ? [] : [`${name} needs Go (the version in its go.mod or newer) on the PATH`];
  }
  const java = program.java.join(' or ');
  const lacks: string[] = [];
  if (findJava(program.java, env) === undefined)
    lacks.push(`${name} needs a JDK ${java}; set STACK_JAVA_HOME to its folder`);
  if (!isInstalled('mvn', env)) lacks.push(`${name} needs Maven (mvn) on the PATH`);
  return lacks;
}

/** Java's launcher reads these from a file: a class path of hundreds of jars is too long to read in a process list. */
function javaArguments(
  program: MavenProgram,
  classPath: string,
  command: Command,
  folder: string,
  site: Site,
): readonly string[] {
  const { setAside, mainClass, options } = program;
  const jars = classPath.split(':');
  const isAside = (jar: string) => setAside !== undefined && jar.includes(setAside);
  const file = join(folder, 'java.args');
  const path = jars.filter((jar) => !isAside(jar)).join(':');
  writeFileSync(file, [...options, '-cp', `"${path}"`].join('\n'), { mode: 0o600 });
  const properties = Object.entries(command.properties).map(([key, value]) => `-D${key}=${value}`);
  const main = mainClass.endsWith('.java') ? join(site.conf, mainClass) : mainClass;
  return [`@${file}`, ...properties, main, ...command.args, ...jars.filter(isAside)];
}

export function nativeEngine(places: Places, env: Env, clock: Clock, run: Run, log: (line: string) => void): Engine {
  const obtainOne = ({ name, program }: ServerDefinition): Promise<string> =>
    program.kind === 'maven'
      ? resolveClassPath(name, program.pom, places.programs, run, log)
      : buildBinary(name, program, places.programs, run, log);
  const logFile = (server: string): string => join(serverFolder(places, server), 'server.log');

  return {
    kind: 'native',
    layout: (server) => {
      const folder = serverFolder(places, server);
      return { conf: join(folder, 'conf'), data: join(folder, 'data'), bind: '127.0.0.1', fileMode: 0o600 };
    },
    missing: async (definitions) => {
      if (process.platform !== 'linux') return ['running servers without containers needs Linux'];
      return [...new Set(definitions.flatMap((definition) => lacking(definition, env)))];
    },
    obtain: async (definitions) => {
      for (const definition of definitions) await obtainOne(definition);
    },
    start: async (definition, site) => {
      const { name, program } = definition;
      const folder = serverFolder(places, name);
      const obtained = await obtainOne(definition);
      const command = definition.command(site);
      mkdirSync(site.data, { recursive: true, mode: 0o700 });
      const common = { cwd: site.data, env: command.env, logFile: logFile(name) };
      if (program.kind === 'go') return launchProcess({ ...common, program: obtained, args: command.args });
      const java = findJava(program.java, env);
      if (java === undefined) throw bug(`${name} was started without looking for a JDK`);
      const args = javaArguments(program, obtained, command, folder, site);
      return launchProcess({ ...common, program: join(java, 'bin', 'java'), args });
    },
    isRunning: async (_server, mark) => isRunning(mark),
    signal: async (_server, mark, signal) => {
      signalProcess(mark, signal);
      if (signal === 'SIGKILL') await waitForEnd(mark, KILL_MS, clock);
    },
    stop: (_server, mark) => endProcess(mark, clock),
    wipe: async (server) => rmSync(serverFolder(places, server), { recursive: true, force: true }),
    exposed: async (_server, mark) =>
      listenersOf(mark.pid)
        .filter((listener) => !isLoopback(listener.address))
        .map((listener) => `port ${listener.port}`),
  };
}
