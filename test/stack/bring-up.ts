/**
 * Brings the stack up: what runs and is as it should be is used, what is stopped is started on fresh data, what was made
 * from something else is replaced.
 *
 * 1. One bring-up of an instance at a time; a second waits, then finds the servers running.
 * 2. Nothing is started before everything is known to be obtainable; the error names all that is missing at once.
 * 3. It resolves when every server is healthy and none listens outside loopback; if it fails, it stops what it started.
 */
import { join } from 'node:path';
import { bug, type Clock, invalid, type Rng, seededRng, systemClock, unavailable } from '@leasehold/kernel';
import { composeEngine, containersAnswer } from './compose.ts';
import type { ServerDefinition } from './definition.ts';
import type { Engine } from './engine.ts';
import { withLock } from './lock.ts';
import { nativeEngine } from './native.ts';
import { type Places, placesOf } from './places.ts';
import { choosePorts } from './ports.ts';
import { ensurePython } from './python.ts';
import { SERVERS } from './servers/index.ts';
import { run } from './shell.ts';
import { definitionDigest } from './site.ts';
import { awaitHealth, type Context, recordOf, type Stack, stackOf, startServer, stopServer } from './stack.ts';
import { readState } from './state.ts';

export interface BringUpOptions {
  /** Start stopped servers on the data and ports that they had; absent: on fresh data. */
  readonly keep?: boolean;
  /** Names of the servers; absent: all. */
  readonly servers?: readonly string[];
  /** Progress, a line at a time. */
  readonly log?: (line: string) => void;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The Pulsar client for Python goes with Pulsar. */
const PYTHON_WITH = 'pulsar';

export function definitionsOf(names: readonly string[] | undefined): readonly ServerDefinition[] {
  const known = SERVERS.map(({ name }) => name);
  const unknown = (names ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw invalid(`unknown server ${unknown.join(', ')}: the stack has ${known.join(', ')}`, {
      code: 'StackServerUnknown',
    });
  }
  return names === undefined || names.length === 0 ? SERVERS : SERVERS.filter(({ name }) => names.includes(name));
}

export function contextOf(places: Places, env: Env, log: (line: string) => void, clock: Clock = systemClock): Context {
  const native = nativeEngine(places, env, clock, run, log);
  const compose = composeEngine(places, SERVERS, run);
  return { places, clock, log, engineOf: (kind) => (kind === 'native' ? native : compose) };
}

const wantsPython = (definitions: readonly ServerDefinition[]): boolean =>
  definitions.some(({ name }) => name === PYTHON_WITH);

async function assertObtainable(engine: Engine, definitions: readonly ServerDefinition[]): Promise<void> {
  const missing = [...(await engine.missing(definitions))];
  if (wantsPython(definitions)) {
    const python = await run('python3', ['-c', 'import venv, ensurepip'], { timeoutMs: 20_000 }).catch(() => undefined);
    if (python === undefined) missing.push('the independent client needs python3 with venv and pip');
  }
  if (missing.length === 0) return;
  const ways = engine.kind === 'native' ? ' Or start a container engine that answers `docker info`.' : '';
  throw unavailable(`the stack cannot be brought up here: ${missing.join('; ')}.${ways}`, { code: 'StackMissing' });
}

/** Servers that run and were made from what the checkout now says; those made from something else are stopped. */
async function reusable(context: Context, definitions: readonly ServerDefinition[]): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const definition of definitions) {
    const record = readState(context.places.stateFile).servers[definition.name];
    if (record === undefined) continue;
    const engine = context.engineOf(record.engine);
    if (!(await engine.isRunning(definition.name, record.mark))) continue;
    if (record.digest === definitionDigest(definition)) {
      await engine.signal(definition.name, record.mark, 'SIGCONT');
      names.add(definition.name);
    } else {
      context.log(`${definition.name}: made from another definition, replaced`);
      await stopServer(context, definition.name);
    }
  }
  return names;
}

async function startAll(
  context: Context,
  engine: Engine,
  definitions: readonly ServerDefinition[],
  keep: boolean,
  rng: Rng,
): Promise<void> {
  const { servers } = readState(context.places.stateFile);
  const taken = new Set(Object.values(servers).flatMap(({ ports }) => Object.values(ports)));
  for (const definition of definitions) {
    const { name } = definition;
    const remembered = servers[name]?.ports ?? {};
    for (const port of Object.values(remembered)) taken.delete(port);
    if (!keep) await engine.wipe(name);
    const ports = await choosePorts(definition.ports, remembered, taken, rng);
    const moved = definition.ports.find((port) => remembered[port] !== undefined && remembered[port] !== ports[port]);
    if (keep && moved !== undefined) {
      throw unavailable(`${name}: port ${remembered[moved]} of its kept data is taken`, { code: 'StackPorts' });
    }
    await startServer(context, definition, { engine: engine.kind, digest: definitionDigest(definition), ports });
  }
}

async function assertLoopback(context: Context, definitions: readonly ServerDefinition[]): Promise<void> {
  for (const { name } of definitions) {
    const record = recordOf(context, name);
    const exposed = await context.engineOf(record.engine).exposed(name, record.mark);
    if (exposed.length > 0) throw bug(`${name} listens outside loopback: ${exposed.join(', ')}`);
  }
}

async function settle(context: Context, definitions: readonly ServerDefinition[], started: Set<string>): Promise<void> {
  const begin = context.clock.now();
  await Promise.all(
    definitions.map(async (definition) => {
      await awaitHealth(context, definition);
      const how = started.has(definition.name) ? `healthy after ${context.clock.now() - begin} ms` : 'already running';
      context.log(`${definition.name}: ${how}, pid ${recordOf(context, definition.name).mark.pid}`);
    }),
  );
  await assertLoopback(context, definitions);
}

async function bringUpLocked(
  context: Context,
  definitions: readonly ServerDefinition[],
  keep: boolean,
): Promise<Stack> {
  const engine = context.engineOf((await containersAnswer(run)) ? 'compose' : 'native');
  await assertObtainable(engine, definitions);
  const running = await reusable(context, definitions);
  const toStart = definitions.filter(({ name }) => !running.has(name));
  const waiting = (): void => context.log('another run is building, waiting');
  const { programs } = context.places;
  await withLock(join(programs, 'lock'), context.clock, waiting, () => engine.obtain(toStart));
  const started = new Set<string>(toStart.map(({ name }) => name));
  try {
    await startAll(context, engine, toStart, keep, seededRng(process.pid));
    const [python] = await Promise.all([
      wantsPython(definitions)
        ? withLock(join(programs, 'python.lock'), context.clock, waiting, () =>
            ensurePython(programs, run, context.log),
          )
        : undefined,
      settle(context, definitions, started),
    ]);
    return stackOf(context, definitions, python === undefined ? {} : { STACK_PYTHON: python }, [...started]);
  } catch (error) {
    const recorded = readState(context.places.stateFile).servers;
    await Promise.allSettled([...started].filter((name) => recorded[name]).map((name) => stopServer(context, name)));
    throw error;
  }
}

/**
 * Errors: `Unavailable` with code `StackMissing` (what this machine lacks), `StackCommand` (a download or build failed),
 * `StackUnhealthy` (names the server's log), `StackPorts`; `Invalid` for an unknown server; `Bug` for one that can be
 * reached from outside the machine.
 */
export async function bringUp(options: BringUpOptions = {}, env: Env = process.env): Promise<Stack> {
  const log = options.log ?? (() => undefined);
  const definitions = definitionsOf(options.servers);
  const places = placesOf(env);
  const context = contextOf(places, env, log);
  const waiting = (): void => log('another bring-up is under way, waiting');
  const work = (): Promise<Stack> => bringUpLocked(context, definitions, options.keep ?? false);
  return withLock(join(places.run, 'lock'), context.clock, waiting, work);
}
