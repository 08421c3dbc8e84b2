/**
 * The container engine: the same servers from pinned images, with Docker Compose. It gives compose.yaml its variables and
 * treats each service on its own.
 *
 * 1. Only loopback is mapped. Inside, a server listens on all interfaces of its container.
 * 2. A server's data lives in its container's writable layer: it survives a kill and a restart, and goes with a wipe.
 * 3. Every variable that compose.yaml names has a value on every call, also for services that are not asked for.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unavailable } from '@leasehold/kernel';
import type { ServerDefinition, Site } from './definition.ts';
import type { Engine } from './engine.ts';
import { type Places, serverFolder } from './places.ts';
import type { Run } from './shell.ts';

const FILE = fileURLToPath(new URL('compose.yaml', import.meta.url));
const PROBE_MS = 3_000;
const CALL_MS = 120_000;
const PULL_MS = 30 * 60_000;
const CONTAINER_DATA: Readonly<Record<string, string>> = {
  pulsar: '/pulsar/data',
  cassandra: '/var/lib/cassandra',
  minio: '/data',
  elasticsearch: '/usr/share/elasticsearch/data',
  ignite: '/opt/ignite/apache-ignite/work',
  kubernetes: '/var/lib/rancher/k3s',
};

/** True where `docker info` and `docker compose` answer within three seconds. */
export async function containersAnswer(run: Run): Promise<boolean> {
  try {
    await run('docker', ['info'], { timeoutMs: PROBE_MS });
    await run('docker', ['compose', 'version'], { timeoutMs: PROBE_MS });
    return true;
  } catch {
    return false;
  }
}

/** STACK_<SERVER>_<PORT>_PORT, STACK_<SERVER>_CONF, and the server's own environment as STACK_<its name>. */
export function composeVariables(definition: ServerDefinition, site: Site, conf: string): Record<string, string> {
  const prefix = `STACK_${definition.name.toUpperCase()}`;
  const ports = definition.ports.map((port) => [`${prefix}_${port.toUpperCase()}_PORT`, String(site.ports[port])]);
  const env = Object.entries(definition.command(site).env).map(([key, value]) => [`STACK_${key}`, value]);
  return { ...Object.fromEntries([...env, ...ports]), [`${prefix}_CONF`]: conf };
}

/** Values for the services that a call does not touch. */
function fillers(definitions: readonly ServerDefinition[]): Record<string, string> {
  const all = definitions.map((definition) => {
    const ports = Object.fromEntries(definition.ports.map((port) => [port, 1]));
    const secrets = Object.fromEntries(Object.keys(definition.secrets()).map((name) => [name, 'unused']));
    return composeVariables(definition, { conf: '/', data: '/', bind: '0.0.0.0', ports, secrets }, '/');
  });
  return Object.assign({}, ...all);
}

export function composeEngine(places: Places, definitions: readonly ServerDefinition[], run: Run): Engine {
  const project = `leasehold-stack-${places.instance}`;
  const filled = fillers(definitions);
  const compose = (args: readonly string[], timeoutMs = CALL_MS, env: Record<string, string> = {}): Promise<string> =>
    run('docker', ['compose', '-p', project, '-f', FILE, ...args], { timeoutMs, env: { ...filled, ...env } });
  const inspect = async (id: string, format: string): Promise<string> =>
    (await run('docker', ['inspect', '-f', format, id], { timeoutMs: CALL_MS })).trim();

  return {
    kind: 'compose',
    layout: (server) => ({
      conf: '/stack/conf',
      data: CONTAINER_DATA[server] ?? '/data',
      bind: '0.0.0.0',
      fileMode: 0o644,
    }),
    missing: async () => [],
    obtain: async (wanted) => {
      await compose(['pull', '--quiet', ...wanted.map(({ name }) => name)], PULL_MS);
    },
    start: async (definition, site) => {
      const conf = join(serverFolder(places, definition.name), 'conf');
      await compose(['up', '-d', '--no-deps', definition.name], CALL_MS, composeVariables(definition, site, conf));
      const birth = (await compose(['ps', '-q', definition.name])).trim();
      if (birth === '') throw unavailable(`${definition.name}: its container did not start`, { code: 'StackLaunch' });
      return { pid: Number(await inspect(birth, '{{.State.Pid}}')), birth };
    },
    isRunning: async (_server, mark) => {
      const state = await inspect(mark.birth, '{{.State.Pid}} {{.State.Running}}').catch(() => '');
      return state === `${mark.pid} true`;
    },
    signal: async (server, _mark, signal) => {
      if (signal === 'SIGSTOP') await compose(['pause', server]);
      else if (signal === 'SIGCONT') await compose(['unpause', server]).catch(() => '');
      else await compose(['kill', '-s', signal, server]);
    },
    stop: async (server) => {
      await compose(['unpause', server]).catch(() => '');
      await compose(['stop', server]);
    },
    wipe: async (server) => {
      await compose(['rm', '--stop', '--force', '--volumes', server]);
      rmSync(serverFolder(places, server), { recursive: true, force: true });
    },
    // The mapping names loopback; what a container listens on inside is not reachable otherwise.
    exposed: async () => [],
  };
}
