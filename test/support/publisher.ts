/**
 * Upstream services and operators as the product meets them: Pulsar's own Python client, run as test/e2e/client describes it.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tree } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;

const CLIENT = fileURLToPath(new URL('../e2e/client/', import.meta.url));
const RUN_MS = 90_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Message {
  readonly topic: string;
  readonly avro?: string;
  readonly value?: object;
  readonly json?: unknown;
  readonly base64?: string;
  readonly key?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly repeat?: number;
}

export interface Heard {
  readonly topic: string;
  readonly message_id: string;
  readonly key: string | null;
  readonly event_id: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly payload_base64: string;
  readonly schema_version: string | null;
  readonly json: Tree;
}

function python(env: Env, args: readonly string[], input: string): Promise<string> {
  const [script = '', ...rest] = args;
  return new Promise((resolve, reject) => {
    const child = execFile(
      env['STACK_PYTHON'] ?? 'python3',
      [`${CLIENT}${script}`, ...rest],
      { env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' }, timeout: RUN_MS, maxBuffer: OUTPUT_BYTES },
      (error, stdout, stderr) => {
        if (error)
          reject(new Error(`${args.join(' ')}: ${error.message}\n${stdout.slice(-2_000)}\n${stderr.slice(-2_000)}`));
        else resolve(stdout);
      },
    );
    child.stdin?.end(input);
  });
}

/** @returns ids as the broker names them, one for each time a message was published. */
export async function publish(
  env: Env,
  messages: readonly Message[],
): Promise<readonly { message_id: string; index: number }[]> {
  return JSON.parse(await python(env, ['publish.py'], JSON.stringify(messages)));
}

/** Everything on these topics, or as many messages as asked for within the time. */
export async function consume(
  env: Env,
  topics: readonly string[],
  wanted: { readonly count?: number; readonly timeoutMs?: number; readonly avro?: string } = {},
): Promise<readonly Heard[]> {
  const options = [
    ...(wanted.count === undefined ? [] : ['--count', String(wanted.count)]),
    ...(wanted.timeoutMs === undefined ? [] : ['--timeout-ms', String(wanted.timeoutMs)]),
    ...(wanted.avro === undefined ? [] : ['--avro', wanted.avro]),
  ];
  const output = await python(env, ['consume.py', ...options, ...topics], '');
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Heard);
}
