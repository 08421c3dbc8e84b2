/**
 * An HTTP proxy in front of a real Elasticsearch that lacks lifecycle policies, which adds them as far as a client sees them:
 * `_ilm/status`, `_ilm/policy`, and the settings `index.lifecycle.*` of indices and templates. Nothing is rolled over by it.
 *
 * 1. A policy that an index or a template names is not deleted, as on a real cluster.
 * 2. Whatever else is asked goes to the real server as it is.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LifecycleProxy {
  readonly url: string;
  /** Names of the policies that there are. */
  policies(): readonly string[];
  close(): Promise<void>;
}

type Json = Record<string, unknown>;
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const HEADERS = { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

interface Holder {
  settings?: { index?: { lifecycle?: { name?: string } | null } };
  index?: { lifecycle?: { name?: string } | null };
}

/** Takes the lifecycle settings out of an index's or a template's body. @returns the policy that it names; null: none any more. */
function takeLifecycle(body: Json): string | null | undefined {
  const holder = (body['template'] ?? body) as Holder;
  const index = holder.settings?.index ?? holder.index;
  const lifecycle = index?.lifecycle;
  if (index) delete index.lifecycle;
  return lifecycle === null ? null : lifecycle?.name;
}

/** What a real cluster would tell beside the rest. */
function giveLifecycle(body: unknown, users: ReadonlyMap<string, string>): void {
  for (const [index, told] of Object.entries((body ?? {}) as Readonly<Record<string, Holder>>)) {
    const name = users.get(`/${index}`);
    if (name !== undefined && told.settings?.index) told.settings.index.lifecycle = { name };
  }
}

function policyCalls(policies: Map<string, unknown>, users: ReadonlyMap<string, string>) {
  return (method: string, name: string | undefined, body: string): Answer => {
    if (name === undefined) {
      return { status: 200, body: Object.fromEntries([...policies].map(([each, policy]) => [each, { policy }])) };
    }
    if (method === 'PUT') {
      policies.set(name, (JSON.parse(body) as Json)['policy']);
      return { status: 200, body: { acknowledged: true } };
    }
    if (!policies.has(name)) return { status: 404, body: { error: { type: 'resource_not_found_exception' } } };
    if (method === 'GET') return { status: 200, body: { [name]: { policy: policies.get(name) } } };
    if ([...users.values()].includes(name))
      return { status: 400, body: { error: { type: 'illegal_argument_exception' } } };
    policies.delete(name);
    return { status: 200, body: { acknowledged: true } };
  };
}

/** @param uses the policy that a request names for what is at its path; null: it takes that away. */
function note(users: Map<string, string>, path: string, uses: string | null | undefined): void {
  const [place = ''] = (path.split('?')[0] ?? '').split('/_settings');
  for (const each of place.split(',')) {
    const user = each.startsWith('/') ? each : `/${each}`;
    if (uses === null) users.delete(user);
    else if (uses !== undefined) users.set(user, uses);
  }
}

export async function createLifecycleProxy(target: string): Promise<LifecycleProxy> {
  const policies = new Map<string, unknown>();
  /** By path of the index or template. */
  const users = new Map<string, string>();
  const onPolicy = policyCalls(policies, users);
  const forward = async (method: string, path: string, text: string): Promise<Answer> => {
    const body = text === '' ? undefined : (JSON.parse(text) as Json);
    const uses = body && method === 'PUT' ? takeLifecycle(body) : undefined;
    if (body?.['index'] && Object.keys(body['index']).length === 0) {
      note(users, path, uses);
      return { status: 200, body: { acknowledged: true } };
    }
    const sent = await fetch(target + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (sent.ok) note(users, path, uses);
    if (sent.ok && method === 'DELETE') {
      const gone = (path.split('?')[0] as string).split('/').at(-1)?.split(',') ?? [];
      for (const user of users.keys()) if (gone.some((name) => user.endsWith(`/${name}`))) users.delete(user);
    }
    const told: unknown = await sent.json();
    if (method === 'GET') giveLifecycle(told, users);
    return { status: sent.status, body: told };
  };
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const text = await bodyOf(request);
    const [, kind, name] = /^\/_ilm\/(status|policy)\/?([^?]*)/.exec(url) ?? [];
    const answer =
      kind === 'status'
        ? { status: 200, body: { operation_mode: 'RUNNING' } }
        : kind === 'policy'
          ? onPolicy(method, name || undefined, text)
          : await forward(method, url, text);
    response.writeHead(answer.status, HEADERS).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    policies: () => [...policies.keys()],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
