/**
 * The command as a person runs it: the real binary against a standalone process with everything embedded, on a port and a
 * data folder of its own. Needs no server.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const BINARY = join(ROOT, 'shared', 'cli', 'bin', 'leasehold.js');
const folder = mkdtempSync(join(tmpdir(), 'leasehold-e2e-cli-'));
let server: ChildProcess | undefined;
let port = 0;

interface Ran {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

const leasehold = (...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { ...settings(), LEASEHOLD_TOKEN: '', LEASEHOLD_TOKEN_FILE: '', LEASEHOLD_URL: '' };
    execFile(process.execPath, [BINARY, ...args], { env, cwd: ROOT }, (error, out, err) =>
      resolve({ code: error === null ? 0 : error.code, out, err }),
    );
  });

/** Nothing of the surroundings makes a backend real. */
const settings = () => {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG'].map((name) => [name, process.env[name]] as const);
  return { ...Object.fromEntries(kept), DATA_DIR: join(folder, 'data'), PORT: String(port) };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const taken = createServer().listen(0, '127.0.0.1', () => {
      const address = taken.address();
      taken.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Standard output of the server tells when it is ready; its end before that is a failure with its last words. */
const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let words = '';
    child.stderr?.on('data', (chunk) => (words = `${words}${chunk}`.slice(-4_000)));
    child.stdout?.on('data', (chunk) => String(chunk).includes('is ready at') && resolve());
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${words}`)));
  });

beforeAll(async () => {
  port = await freePort();
  const entry = join(ROOT, 'deploy', 'standalone', 'src', 'main.ts');
  server = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    env: settings(),
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(server);
});

afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

test('create --wait ends when the tenant is complete, and what it leases is on disk', async () => {
  const ran = await leasehold('tenant', 'create', 'acme', '--name', 'Acme Corporation', '--wait');
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/^acme: completed \(/m);
  expect(ran.out).toContain('cassandra-keyspace tenant_acme: ready');
  expect(existsSync(join(folder, 'data', 'minio', 'tenant-acme'))).toBe(true);
});

test('the tenant is in the list, its tree and the JSON of the server', async () => {
  expect((await leasehold('tenant', 'list', '--status', 'completed')).out).toMatch(/^acme\s+Acme Corporation\s+free/m);
  expect((await leasehold('tenant', 'get', 'acme')).out).toContain('✔ Ready yes');
  const status = JSON.parse((await leasehold('tenant', 'get', 'acme', '--output', 'json')).out) as { status: string };
  expect(status.status).toBe('completed');
  const operation = await leasehold('op', 'get', 'op_acme_1');
  expect(operation.out).toContain('op_acme_1 completed');
});

test('a plan for another tier touches nothing; the change itself does what it said', async () => {
  const plan = await leasehold('tenant', 'plan', 'acme', '--tier', 'starter');
  expect(plan.code).toBe(0);
  expect(plan.out).toContain('acme, tier free -> starter');
  expect(plan.out).toMatch(/~ minio-bucket\s+tenant-acme\s+update/);
  expect((await leasehold('tenant', 'get', 'acme')).out).toContain('· free ·');
  expect((await leasehold('tenant', 'tier', 'acme', 'starter', '--wait')).code).toBe(0);
  expect((await leasehold('tenant', 'get', 'acme')).out).toContain('· starter ·');
  expect((await leasehold('tenant', 'drift', 'acme')).out).toBe('acme is as it should be\n');
});

test('what the server refuses ends with 4 and one readable message', async () => {
  const ran = await leasehold('tenant', 'create', 'acme', '--tier', 'fre');
  expect(ran).toMatchObject({ code: 4, out: '' });
  expect(ran.err).toMatch(/^leasehold: invalid \(422\): .*\n {2}request id [0-9a-f]+\n$/);
});

test('an event that contradicts what is becomes a dead letter, which can be read and handed in again', async () => {
  const event = JSON.stringify({ tenant_id: 'acme', tenant_name: 'Another', tier: 'free' });
  expect((await leasehold('event', 'publish', 'tenant-created-events', event)).code).toBe(0);
  const [letter] = await expect.poll(letters, { timeout: 20_000 }).not.toEqual([]).then(letters);
  const id = letter?.id ?? '';
  expect(letter?.error_code).toBe('tenant-conflict');
  expect((await leasehold('dead-letter', 'get', id)).out).toContain('"tenant_name": "Another"');
  const redriven = await leasehold('dead-letter', 'redrive', id, '--reason', 'to see it refused again');
  expect(redriven.code).toBe(1);
  expect(redriven.err).toContain('it failed again (tenant-conflict: ');
  expect((await leasehold('dead-letter', 'get', id)).out).toContain('to see it refused again');
});

async function letters(): Promise<readonly { readonly id: string; readonly error_code: string }[]> {
  const ran = await leasehold('dead-letter', 'list', '--output', 'json');
  return (JSON.parse(ran.out) as { items: { id: string; error_code: string }[] }).items;
}

test('the switches are read and set; a backend that does not exist is refused', async () => {
  expect((await leasehold('control', 'set', '--backend', 'minio=paused')).out).toMatch(/backend minio\s+paused/);
  expect((await leasehold('control', 'set', '--backend', 'minio=running')).code).toBe(0);
  expect((await leasehold('control', 'set', '--backend', 'minioo=paused')).err).toContain('did you mean minio?');
});

test('a deletion is not done in passing; with --yes and no grace it leaves nothing', async () => {
  expect((await leasehold('tenant', 'delete', 'acme')).code).toBe(2);
  const graced = await leasehold('tenant', 'delete', 'acme', '--yes', '--grace-hours', '24', '--wait');
  expect(graced.code).toBe(0);
  expect(graced.out).toContain('leasehold tenant restore acme');
  expect((await leasehold('tenant', 'restore', 'acme', '--wait')).code).toBe(0);
  const gone = await leasehold('tenant', 'delete', 'acme', '--yes', '--grace-hours', '0', '--wait');
  expect(gone).toMatchObject({ code: 0, err: '' });
  expect(gone.out).toMatch(/^acme: deleted/m);
  expect(existsSync(join(folder, 'data', 'minio', 'tenant-acme'))).toBe(false);
});

test('doctor finds nothing wrong with a server that just started', async () => {
  const ran = await leasehold('doctor');
  expect(ran).toMatchObject({ code: 0, err: '' });
  expect(ran.out).toMatch(/, 0 failed\n$/);
  const away = await leasehold('doctor', '--url', 'http://127.0.0.1:9');
  expect(away.code).toBe(3);
});
