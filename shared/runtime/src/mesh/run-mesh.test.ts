/** The life of a process from its environment to its exit code: what it says where, and how it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LoadedSettings } from '../settings/settings.port.ts';
import { runMesh } from './run-mesh.ts';
import type { ServiceDefinition } from './service.port.ts';
import type { Mesh } from './start-mesh.ts';

/** Files, threads and a port: on a machine that has much else to do that takes long. */
const SLOW = { timeout: 60_000 } as const;
let folder: string;
let before: NodeJS.ProcessEnv;
const out: string[] = [];
const err: string[] = [];
const exits: unknown[] = [];
const spies: { mockRestore(): void }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leasehold-run-'));
  before = process.env;
  process.env = { DATA_DIR: join(folder, 'data') };
  for (const told of [out, err, exits]) told.length = 0;
  const into = (told: string[]) => ((text: string) => told.push(String(text)) > 0) as never;
  spies.push(
    vi.spyOn(process.stdout, 'write').mockImplementation(into(out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(into(err)),
    vi.spyOn(process, 'exit').mockImplementation(((code: unknown) => void exits.push(code)) as never),
  );
});
afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
  process.env = before;
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const service: ServiceDefinition = {
  name: 'scaler',
  check: () => undefined,
  compose: async () => ({ routes: [], stalled: () => undefined }),
};

function run(env: Readonly<Record<string, string>>, more: { readonly alone?: boolean } = {}) {
  Object.assign(process.env, env);
  const up = Promise.withResolvers<{ readonly mesh: Mesh; readonly loaded: LoadedSettings }>();
  const ended = runMesh({
    name: 'mesh-under-test',
    version: '1.2.3',
    services: [service],
    alone: false,
    defaults: { PORT: '0' },
    welcome: (mesh, loaded) => {
      up.resolve({ mesh, loaded });
      return `it is up at ${mesh.url}\n`;
    },
    ...more,
  });
  return { up: up.promise, ended };
}

/** Lines of the log, but for what differs from run to run. */
const lines = () =>
  err
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { readonly level: string; readonly msg: string });

test('it welcomes on standard output, logs on standard error, and a signal ends it with 0', SLOW, async () => {
  const { up, ended } = run({ LOG_LEVEL: 'info' });
  const { mesh, loaded } = await up;
  expect(loaded.settings.common.port).toBe(0);
  expect((await fetch(`${mesh.url}/health`)).status).toBe(200);
  process.emit('SIGTERM', 'SIGTERM');
  await ended;
  expect([out, exits, process.exitCode]).toEqual([[`it is up at ${mesh.url}\n`], [0], 0]);
  expect(lines().map(({ msg }) => msg)).toEqual(expect.arrayContaining(['ready', 'stopped']));
});

test('what is worth a warning in the settings is in the log, and a log that is told to be quiet is', SLOW, async () => {
  const { up, ended } = run({ LOG_LEVEL: 'warn', CASANDRA_HOSTS: 'one' });
  await up;
  process.emit('SIGINT', 'SIGINT');
  await ended;
  expect(lines().map(({ level, msg }) => [level, msg.includes('CASANDRA_HOSTS')])).toEqual([['warn', true]]);
});

test('a setting that is wrong is told in one message, and ends it with the code of a configuration', SLOW, async () => {
  const { ended } = run({ PORT: 'x' });
  await ended;
  expect(err.join('')).toMatch(/^mesh-under-test did not start: .*\n {2}PORT: given "x"/);
  expect([out, process.exitCode]).toEqual([[], 78]);
  expect(new Set(exits)).toEqual(new Set([78]));
});

test('alone it needs what a service by itself needs', SLOW, async () => {
  const { ended } = run({}, { alone: true });
  await ended;
  expect(err.join('')).toContain('PULSAR_URL: missing');
  expect(process.exitCode).toBe(78);
});
