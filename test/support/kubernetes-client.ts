/**
 * Plain calls on the stack's API server: what its kubeconfig says (an address, an authority or none, a token) and HTTPS,
 * nothing of the product's adapter and nothing of its client package.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { Tree } from './tree.ts';

const CALL_MS = 30_000;

interface KubernetesClient {
  /** The answer's JSON; undefined for what is not there. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Tree>;
  close(): void;
}

/** @param env STACK_KUBECONFIG. */
export function openKubernetes(env: Readonly<Record<string, string | undefined>>): KubernetesClient {
  const file = env['STACK_KUBECONFIG'];
  if (!file) throw new Error('STACK_KUBECONFIG is not set: bring the stack up first');
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as Tree;
  const { server, 'certificate-authority': authority } = clusters[0].cluster;
  const trust = authority === undefined ? { rejectUnauthorized: false } : { ca: readFileSync(authority) };
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ...trust });
  const headers = { authorization: `Bearer ${users[0].user.token}`, 'content-type': 'application/json' };
  const call: KubernetesClient['call'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(CALL_MS);
      request(new URL(path, server), { method, agent, headers, signal }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.once('error', reject);
        answer.once('end', () => {
          const { statusCode = 0 } = answer;
          const text = Buffer.concat(parts).toString('utf8');
          if (statusCode === 404) resolve(undefined);
          else if (statusCode < 300) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 300)}`));
        });
      })
        .once('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { call, close: () => agent.destroy() };
}
