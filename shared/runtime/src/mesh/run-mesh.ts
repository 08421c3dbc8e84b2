/**
 * The whole life of a process of the mesh, from its environment to its exit code: what a `main.ts` calls.
 *
 * 1. A start that fails says why in one message; what was opened is closed again.
 */
import { readdirSync } from 'node:fs';
import { type Log, systemClock } from '@leasehold/kernel';
import { createLog, createMetrics, createSecrets } from '@leasehold/observability';
import { EXIT } from '../process/process.port.ts';
import { runProcess } from '../process/run-process.ts';
import { loadSettings } from '../settings/load.ts';
import type { LoadedSettings } from '../settings/settings.port.ts';
import { readSmallFile } from '../settings/small-file.ts';
import type { ServiceDefinition } from './service.port.ts';
import { type Mesh, startMesh } from './start-mesh.ts';

export interface RunOptions {
  /** In logs. */
  readonly name: string;
  readonly version: string;
  readonly services: readonly ServiceDefinition[];
  /** True: one service by itself, which needs a real bus, a real store, a master key and a setting for tokens. */
  readonly alone: boolean;
  /** Defaults that differ for this process, by variable. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Text for whoever started it. */
  readonly welcome: (mesh: Mesh, loaded: LoadedSettings) => string;
}

/** Ends the process with the code that the end deserves. */
export async function runMesh(options: RunOptions): Promise<void> {
  const { name, alone, defaults = {} } = options;
  const { log: processLog, become } = relayLog(createLog({ level: 'error', sink: process.stderr }));
  const code = await runProcess({ name, log: processLog, clock: systemClock }, async (scope) => {
    const loaded = loadSettings({
      env: process.env,
      alone,
      defaults,
      readFile: readSmallFile,
      readFolder: (path) => readdirSync(path),
    });
    const secrets = createSecrets();
    const log = createLog({ level: loaded.settings.common.logLevel, sink: process.stderr, secrets });
    become(log);
    for (const warning of loaded.warnings) log.warn(warning);
    const { services, version } = options;
    const mesh = await startMesh({
      services,
      version,
      loaded,
      log,
      metrics: createMetrics(),
      secrets,
      scope,
      clock: systemClock,
    });
    // Whoever started it may have gone meanwhile.
    process.stdout.on('error', () => undefined);
    process.stdout.write(options.welcome(mesh, loaded));
  });
  process.exitCode = code;
  if (code !== EXIT.ok) process.exit(code);
}

/** What the process says of its life goes to the log of its settings, as soon as there are any. */
function relayLog(first: Log): { readonly log: Log; become(next: Log): void } {
  let log = first;
  return {
    log: {
      debug: (message, fields) => log.debug(message, fields),
      info: (message, fields) => log.info(message, fields),
      warn: (message, fields) => log.warn(message, fields),
      error: (message, fields) => log.error(message, fields),
      child: (fields) => log.child(fields),
    },
    become: (next) => {
      log = next;
    },
  };
}
