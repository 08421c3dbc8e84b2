/**
 * Entry point of the standalone process: settings in, a running mesh out, and a few words for whoever started it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@leasehold/kernel';
import { createLog, createMetrics, createSecrets } from '@leasehold/observability';
import { EXIT, loadSettings, runProcess } from '@leasehold/runtime';
import { composeStandalone } from './compose.ts';
import { welcome } from './welcome.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};

const code = await runProcess(
  { name: 'leasehold', log: createLog({ level: 'error', sink: process.stderr }), clock: systemClock },
  async (scope) => {
    const loaded = loadSettings({
      env: process.env,
      alone: false,
      readFile: (path) => readFileSync(path, 'utf8'),
      readFolder: (path) => readdirSync(path),
    });
    const secrets = createSecrets();
    const log = createLog({ level: loaded.settings.common.logLevel, sink: process.stderr, secrets });
    for (const warning of loaded.warnings) log.warn(warning);
    const standalone = await composeStandalone({ loaded, version, log, metrics: createMetrics(), secrets, scope });
    process.stdout.write(welcome(standalone, loaded, process.uptime()));
  },
);
process.exitCode = code;
if (code !== EXIT.ok) process.exit(code);
