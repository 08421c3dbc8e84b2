#!/usr/bin/env node
/**
 * The `leasehold` command. Runs in this process on Node 24 or later; on an older one it starts the Node that came with the
 * packages, hands over the terminal, passes signals on and ends as it ended.
 *
 * 1. Plain JavaScript for Node 20 and later, because it is what runs before there is a Node that reads TypeScript.
 * 2. Only the Node of this installation is started, never one that happens to be in the working folder.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUNTIME = 24;
const USAGE = 2;
const here = fileURLToPath(import.meta.url);
const major = Number(process.versions.node.split('.')[0]);

function pinnedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve(`${name}/package.json`);
    const binary = join(dirname(manifest), 'bin', 'node');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function handOver(binary) {
  const child = spawn(binary, ['--disable-warning=ExperimentalWarning', here, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, LEASEHOLD_LAUNCHED_FROM: process.versions.node },
  });
  // Ctrl-C reaches both processes; a signal to this one alone is passed on. The command takes the second as the first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`leasehold: ${binary} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0));
  });
}

async function run() {
  // Keeps the sources without their types too, so that a start after the first compiles nothing.
  nodeModule.enableCompileCache?.(join(dirname(here), '..', '..', '..', 'node_modules', '.cache', 'leasehold'));
  await import('../src/main.ts');
}

if (major >= RUNTIME) {
  await run();
} else {
  const binary = pinnedNode();
  if (binary !== undefined) handOver(binary);
  else {
    console.error(
      `leasehold: needs Node ${RUNTIME}, and this is ${process.versions.node}. On Linux it comes with the packages: run ` +
        `\`npm install\` (without --omit=optional) in the repository. On ${process.platform} ${process.arch} install Node ` +
        `${RUNTIME} from https://nodejs.org, or \`nvm install ${RUNTIME}\`, and try again.`,
    );
    process.exitCode = USAGE;
  }
}
