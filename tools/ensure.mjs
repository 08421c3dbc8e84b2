/**
 * Runs before `npm start`, `npm test` and the other scripts, so that a fresh clone needs no command of its own: installs when
 * the installed packages are missing or older than package-lock.json, and makes sure that there is a Node 24 to run on.
 *
 * 1. Plain JavaScript for Node 20 and later, because it is what runs before anything is installed.
 * 2. Quiet when there is nothing to do.
 * 3. npm is called through the running Node, so that a shim or a shell in between cannot change it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NPM_NODE = 20;
const RUNTIME = 24;
const root = fileURLToPath(new URL('..', import.meta.url));
const lock = `${root}package-lock.json`;
const installed = `${root}node_modules/.package-lock.json`;

const fail = (message) => {
  console.error(`leasehold: ${message}`);
  process.exit(1);
};

const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST_NPM_NODE)
  fail(`Node ${process.versions.node} is too old: install Node ${OLDEST_NPM_NODE} or later from https://nodejs.org.`);

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i;

function npmCommand() {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
}

function install() {
  const [command, ...before] = npmCommand();
  const options = ['install', '--no-save', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  console.error('leasehold: installing packages (about 20 seconds, once)');
  const result = spawnSync(command, [...before, ...options], { cwd: root, encoding: 'utf8' });
  if (result.error) fail(`npm could not be started: ${result.error.message}`);
  if (result.status !== 0) {
    const output = `${result.stdout}${result.stderr}`;
    process.stderr.write(output);
    const why = OFFLINE.test(output)
      ? 'the package registry could not be reached: check the network or the proxy settings of npm, then try again.'
      : 'npm install failed, see above.';
    fail(why);
  }
  const now = new Date();
  if (existsSync(installed)) utimesSync(installed, now, now);
}

/**
 * Starts the product and ends it, so that Node's compile cache is filled before a person waits for it: the first real start is
 * then as quick and as small as every later one. Nothing depends on it, so it may fail in silence.
 */
function warm(settings, enough) {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-'));
  const { start } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')).scripts;
  const [, , ...args] = start.split(' ');
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATA_DIR: folder, PORT: '0', ...settings };
  const bundledNode = `${root}node_modules/node-${process.platform}-${process.arch}/bin/node`;
  const child = spawn(existsSync(bundledNode) ? bundledNode : process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), WARM_LIMIT_MS);
  const look = (text) => String(text).includes(enough) && child.kill('SIGTERM');
  child.stdout.on('data', look);
  child.stderr.on('data', look);
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(limit);
      rmSync(folder, { recursive: true, force: true });
      resolve();
    };
    child.on('close', end).on('error', end);
  });
}

/** Servers that are not there: enough to load what speaks to real ones, until it says that they are away. */
const NOBODY = {
  PULSAR_URL: 'pulsar://127.0.0.1:1',
  CASSANDRA_HOSTS: '127.0.0.1:1',
  CASSANDRA_LOCAL_DC: 'none',
  MINIO_ENDPOINT: '127.0.0.1:1',
  MINIO_ACCESS_KEY: 'none',
  MINIO_SECRET_KEY: 'none',
};

const WARM_LIMIT_MS = 20_000;

if (modified(installed) < modified(lock) || !existsSync(installed)) {
  install();
  await warm({}, 'is ready');
  await warm(NOBODY, 'StoreUnavailable');
}

const bundled = existsSync(`${root}node_modules/node-${process.platform}-${process.arch}/bin/node`);
if (!bundled && major < RUNTIME)
  fail(
    `Leasehold runs on Node ${RUNTIME}, and this is ${process.versions.node}. On Linux it comes with the packages; on ` +
      `${process.platform} ${process.arch} install Node ${RUNTIME} (https://nodejs.org, or \`nvm install ${RUNTIME}\`) and try again.`,
  );
