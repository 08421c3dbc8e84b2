/**
 * The servers that a run measures against: those that STACK_* variables name, else the stack that this run brings up. What
 * it brought up it takes down again; servers that ran already stay.
 */
import { invalid } from '@leasehold/kernel';
import type { Env } from '../support/installation.ts';

export type Servers =
  | { readonly kind: 'there'; readonly env: Env; down(): Promise<void> }
  | { readonly kind: 'absent'; readonly reason: string };

const NEEDED = [
  'STACK_PULSAR_URL',
  'STACK_PULSAR_BINARY_URL',
  'STACK_PULSAR_TOKEN',
  'STACK_CASSANDRA_HOSTS',
  'STACK_CASSANDRA_USERNAME',
  'STACK_CASSANDRA_PASSWORD',
  'STACK_MINIO_ENDPOINT',
  'STACK_MINIO_ACCESS_KEY',
  'STACK_MINIO_SECRET_KEY',
  'STACK_IGNITE_ADDRESS',
  'STACK_IGNITE_USERNAME',
  'STACK_IGNITE_PASSWORD',
  'STACK_ELASTICSEARCH_URL',
];

/** Of the stack: those with a raw side here. */
const SERVERS = ['pulsar', 'cassandra', 'minio', 'ignite', 'elasticsearch'];

/** `some`: neither all nor none are given, which is a mistake and not a wish. */
export function givenServers(env: Env): { readonly kind: 'all' | 'none' } | { readonly kind: 'some'; missing: string } {
  const missing = NEEDED.filter((name) => !env[name]);
  if (missing.length === 0) return { kind: 'all' };
  return missing.length === NEEDED.length ? { kind: 'none' } : { kind: 'some', missing: missing.join(', ') };
}

/** Errors: `Invalid` (code `BadSettings`) where the variables name some servers and not others. */
export async function findServers(env: Env, log: (line: string) => void): Promise<Servers> {
  const given = givenServers(env);
  if (given.kind === 'some') {
    const message = `STACK_* variables name servers only in part; these are missing: ${given.missing}`;
    throw invalid(message, { code: 'BadSettings' });
  }
  if (given.kind === 'all') return { kind: 'there', env, down: async () => undefined };
  try {
    const { bringUp } = await import('../stack/index.ts');
    const stack = await bringUp({ log, servers: SERVERS });
    const down = async (): Promise<void> => {
      if (stack.started.length > 0) await stack.down();
    };
    return { kind: 'there', env: { ...env, ...stack.env }, down };
  } catch (error) {
    return { kind: 'absent', reason: error instanceof Error ? error.message : String(error) };
  }
}
