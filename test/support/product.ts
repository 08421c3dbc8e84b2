/**
 * The product as its users start it: a child process with the very command of `npm start`, its settings in the environment,
 * its data in a folder of its own, asked over HTTP alone.
 *
 * 1. Nothing of the tester's own environment reaches the process but where programs are.
 * 2. A process that is not told to stop by its test is killed with the test's process.
 * 3. A process that was ready and ends without being told to says so on the test's own output, with its last lines.
 * 4. A restart is a new process on the same folder and the same port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRng } from '@leasehold/kernel';
import { choosePorts } from '../stack/ports.ts';
import { type Api, createApi } from './api.ts';
import { until } from './poll.ts';
import { adminToken } from './token.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;
const END_MS = 45_000;
const TAIL_LINES = 60;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export type Settings = Readonly<Record<string, string>>;

export interface Product {
  readonly url: string;
  readonly dataDir: string;
  readonly api: Api;
  /** Of an administrator. */
  token(): string;
  readonly pid: number;
  /** Everything that the present process has printed. */
  output(): string;
  /** The end of it, as a message of a failed test shows it. */
  tail(): string;
  /** Starts a process that does not run; does not wait. @param more goes over its settings, for this process alone. */
  launch(more?: Settings): void;
  /** Resolves when `/ready` answers 200. */
  ready(boundMs?: number): Promise<void>;
  /** What `/ready` says; undefined while nothing listens. */
  look(path: '/health' | '/ready'): Promise<number | undefined>;
  /** Holds the process as it is (SIGSTOP), or lets it go on. */
  freeze(how: 'hold' | 'go-on'): void;
  /** Closes our ends of its standard output and error, as a reader of its log does that goes away. */
  stopReading(): void;
  /** Sends a signal that ends it; does not wait. */
  tell(signal: NodeJS.Signals): void;
  /** SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<Ended>;
  /** Resolves when the process ends by itself. */
  ended(boundMs?: number): Promise<Ended>;
  /** Bytes that the process holds. */
  residentBytes(): number;
  /** Kills what runs and removes the folder. */
  clear(): Promise<void>;
}

export interface Launch {
  /** What is started, below `root`; else every service in one process, as `npm start` does. */
  readonly entry?: string;
  /** The tree of the product; else this one. */
  readonly root?: string;
  /** Its processes end by themselves, as its test wants them to. */
  readonly isDoomed?: true;
  /** Makes the caller's token; else the admin token that the first start leaves. */
  readonly token?: () => string;
}

/** The command of `npm start`, so that a test cannot start anything else, with another entry where one is named. */
function startCommand({ root = ROOT, entry }: Launch): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  return entry === undefined ? scripts.start : scripts.start.replace(/\S+$/, entry);
}

const taken = new Set<number>();
const rng = seededRng(process.pid);

export async function freePort(): Promise<number> {
  const { http } = await choosePorts(['http'], {}, taken, rng);
  return http as number;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  text: string;
  over: boolean;
  wasReady: boolean;
  told: boolean;
}

const lastLines = (text: string): string => text.split('\n').slice(-TAIL_LINES).join('\n');

/** What the starters in `bin` do by themselves: without it each start strips and compiles all sources anew. */
const compileCache = ({ entry, root = ROOT }: Launch): Settings =>
  entry?.includes('.ts') ? { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'leasehold') } : {};

function spawnProduct(settings: Settings, launch: Launch): Running {
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const child = spawn('sh', ['-c', startCommand(launch)], {
    cwd: launch.root ?? ROOT,
    env: { PATH: path, HOME: process.env['HOME'] ?? tmpdir(), ...compileCache(launch), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const told = launch.isDoomed ?? false;
  const running: Running = { child, ended: promise, text: '', over: false, wasReady: false, told };
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (running.text += chunk));
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('close', (code, signal) => {
    process.off('exit', killWithUs);
    running.over = true;
    if (running.wasReady && !running.told) {
      const how = signal ?? `exit code ${code}`;
      console.error(`the process ended (${how}) though nobody told it to:\n${lastLines(running.text)}`);
    }
    resolve({ code, signal });
  });
  return running;
}

async function answerStatus(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return undefined;
  }
}

/** @param settings environment variables; DATA_DIR, HOST and PORT are chosen here unless given. */
export async function createProduct(settings: Settings = {}, how: Launch = {}): Promise<Product> {
  const dataDir = settings['DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'leasehold-e2e-'));
  const port = settings['PORT'] ?? String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const env = { LOG_LEVEL: 'info', ...settings, DATA_DIR: dataDir, PORT: port };
  let running: Running | undefined;
  const present = (): Running => {
    if (running === undefined) throw new Error('the process was not launched');
    return running;
  };
  const tail = () => `--- the process (${url}) ---\n${lastLines(running?.text ?? '')}`;
  const endOf = async (of: Running, boundMs: number): Promise<Ended> => {
    await until('the process to end', () => of.over, { boundMs, everyMs: 20, tell: tail });
    return of.ended;
  };
  const look: Product['look'] = (path) => answerStatus(url + path);
  const end = async (signal: NodeJS.Signals): Promise<Ended> => {
    const of = present();
    of.told = true;
    of.child.kill(signal);
    return endOf(of, END_MS);
  };
  const token = how.token ?? (() => adminToken(dataDir));
  const product: Product = {
    url,
    dataDir,
    token,
    api: createApi(url, token, tail),
    get pid() {
      return present().child.pid ?? 0;
    },
    output: () => present().text,
    tail,
    launch: (more = {}) => {
      if (running !== undefined && !running.over) throw new Error('the process runs already');
      running = spawnProduct({ ...env, ...more }, how);
    },
    look,
    ready: async (boundMs = READY_MS) => {
      const of = present();
      const isReady = async () => {
        if (of.over) throw new Error(`the process ended before it was ready\n${tail()}`);
        of.wasReady = (await look('/ready')) === 200;
        return of.wasReady;
      };
      await until('the process to be ready', isReady, { boundMs, everyMs: 50, tell: tail });
    },
    freeze: (what) => void present().child.kill(what === 'hold' ? 'SIGSTOP' : 'SIGCONT'),
    stopReading: () => {
      const { child } = present();
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    tell: (signal) => {
      const of = present();
      of.told = true;
      of.child.kill(signal);
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    ended: (boundMs = END_MS) => endOf(present(), boundMs),
    residentBytes: () => residentBytesOf(present().child.pid ?? 0),
    clear: async () => {
      if (running !== undefined && !running.over) await end('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return product;
}

function residentBytesOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

/** Launched and ready. */
export async function startProduct(settings: Settings = {}): Promise<Product> {
  const product = await createProduct(settings);
  product.launch();
  await product.ready();
  return product;
}
