/**
 * The running stack as tests see it: the variables that lead to it, and a handle on each server for what chaos tests do
 * (kill, pause, restart on the same ports with the same data).
 *
 * 1. A handle reads the state file whenever it is asked for, so that two processes may hold handles on one server.
 * 2. `kill` with SIGKILL resolves when the process has ended; `restart` when the server is healthy again.
 */
import { join } from 'node:path';
import { bug, type Clock, invalid, unavailable } from '@leasehold/kernel';
import { type Health, type ServerDefinition, type Site, unhealthy } from './definition.ts';
import type { Engine } from './engine.ts';
import { type Places, serverFolder } from './places.ts';
import { residentBytes } from './process.ts';
import { confFolder, siteOf, writeFiles } from './site.ts';
import { readState, recordServer, type ServerRecord } from './state.ts';

export interface ServerHandle {
  readonly name: string;
  /** Of the process as last started. */
  readonly pid: number;
  readonly ports: Readonly<Record<string, number>>;
  readonly logFile: string;
  /** Bytes that the process holds; undefined once it has ended. */
  readonly residentBytes: number | undefined;
  /** Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it if it runs, starts it on the same ports and data, and waits until it is healthy. */
  restart(): Promise<void>;
  /** False within two seconds for a server that is down, paused or not ready. */
  healthy(): Promise<boolean>;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface Stack {
  readonly env: Readonly<Record<string, string>>;
  /** Servers that this bring-up started; the others ran already. */
  readonly started: readonly string[];
  readonly servers: readonly string[];
  server(name: string): ServerHandle;
  /** Stops every server of this stack; data stays until the next fresh start or a wipe. */
  down(): Promise<void>;
}

export interface Context {
  readonly places: Places;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  readonly engineOf: (kind: ServerRecord['engine']) => Engine;
}

const HEALTH_MS = 2_000;
const POLL_MS = 150;

export function recordOf(context: Context, name: string): ServerRecord {
  const record = readState(context.places.stateFile).servers[name];
  if (record === undefined) throw unavailable(`${name} is not part of the running stack`, { code: 'StackDown' });
  return record;
}

function recordedSite(context: Context, definition: ServerDefinition, record: ServerRecord): Site {
  return siteOf(definition, context.places, context.engineOf(record.engine).layout(definition.name), record.ports);
}

async function healthOf(definition: ServerDefinition, site: Site): Promise<Health> {
  try {
    return await definition.health(site, AbortSignal.timeout(HEALTH_MS));
  } catch {
    return unhealthy(`no answer in ${HEALTH_MS} ms`);
  }
}

/** Errors: `Unavailable` (code `StackUnhealthy`) when it ends or the time is up; names its log. */
export async function awaitHealth(context: Context, definition: ServerDefinition): Promise<void> {
  const { name, startMs } = definition;
  const record = recordOf(context, name);
  const site = recordedSite(context, definition, record);
  const logFile = join(serverFolder(context.places, name), 'server.log');
  const fail = (why: string): Error => unavailable(`${name} ${why}; its log is ${logFile}`, { code: 'StackUnhealthy' });
  const until = context.clock.now() + startMs;
  for (;;) {
    const seen = await healthOf(definition, site);
    if (seen.state === 'healthy') return;
    if (!(await context.engineOf(record.engine).isRunning(name, record.mark))) throw fail('ended while starting');
    if (context.clock.now() > until) throw fail(`was not healthy after ${startMs} ms (${seen.reason})`);
    await context.clock.sleep(POLL_MS);
  }
}

/** Starts a server on given ports and records it; does not wait for its health. */
export async function startServer(
  context: Context,
  definition: ServerDefinition,
  record: Omit<ServerRecord, 'mark'>,
): Promise<void> {
  const engine = context.engineOf(record.engine);
  const layout = engine.layout(definition.name);
  const site = siteOf(definition, context.places, layout, record.ports);
  writeFiles(definition, context.places, layout, site);
  const mark = await engine.start(definition, site);
  await recordServer(context.places.stateFile, definition.name, { ...record, mark });
}

export async function stopServer(context: Context, name: string): Promise<void> {
  const record = recordOf(context, name);
  await context.engineOf(record.engine).stop(name, record.mark);
}

function handleOf(context: Context, definition: ServerDefinition): ServerHandle {
  const { name } = definition;
  const send = async (signal: NodeJS.Signals): Promise<void> => {
    const record = recordOf(context, name);
    await context.engineOf(record.engine).signal(name, record.mark, signal);
  };
  return {
    name,
    get pid() {
      return recordOf(context, name).mark.pid;
    },
    get ports() {
      return recordOf(context, name).ports;
    },
    get residentBytes() {
      return residentBytes(recordOf(context, name).mark.pid);
    },
    logFile: join(serverFolder(context.places, name), 'server.log'),
    kill: (signal = 'SIGKILL') => send(signal),
    restart: async () => {
      const { mark, ...record } = recordOf(context, name);
      await context.engineOf(record.engine).stop(name, mark);
      await startServer(context, definition, record);
      await awaitHealth(context, definition);
    },
    healthy: async () => {
      const record = recordOf(context, name);
      return (await healthOf(definition, recordedSite(context, definition, record))).state === 'healthy';
    },
    pause: () => send('SIGSTOP'),
    resume: () => send('SIGCONT'),
  };
}

export function stackOf(
  context: Context,
  definitions: readonly ServerDefinition[],
  extras: Readonly<Record<string, string>>,
  started: readonly string[],
): Stack {
  const sites = definitions.map((definition) => {
    const site = recordedSite(context, definition, recordOf(context, definition.name));
    return definition.env(site, confFolder(context.places, definition.name));
  });
  const handles = new Map(definitions.map((definition) => [definition.name, handleOf(context, definition)]));
  return {
    env: Object.freeze(Object.assign({ STACK_STATE_FILE: context.places.stateFile }, ...sites, extras)),
    started,
    servers: [...handles.keys()],
    server: (name) => {
      const handle = handles.get(name);
      if (handle === undefined) {
        throw invalid(`no server ${JSON.stringify(name)} in this stack: it has ${[...handles.keys()].join(', ')}`, {
          code: 'StackServerUnknown',
        });
      }
      return handle;
    },
    down: async () => {
      const ended = await Promise.allSettled([...handles.keys()].map((name) => stopServer(context, name)));
      const failed = ended.find((outcome) => outcome.status === 'rejected');
      if (failed) throw bug('a server of the stack could not be stopped', failed.reason);
    },
  };
}
