/**
 * The product's REST API as a plain client sees it: status, headers and body of each answer, nothing of the product's code.
 * An answer never throws for its status; `expectStatus` does, with everything that is needed to see why.
 */
import { until } from './poll.ts';
import type { Tree } from './tree.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Tree;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another token than the client's own; an empty text: none. */
  readonly token?: string;
}

export interface Api {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** @returns the body. Throws unless the answer has the expected status. */
  expect(status: number, method: string, path: string, body?: unknown): Promise<Answer['body']>;
  /** Status words by tenant; `none` for 404, the HTTP status as text for any other refusal. */
  statuses(tenantIds: readonly string[]): Promise<Readonly<Record<string, string>>>;
  provision(tenantId: string, tier?: string, extra?: object): Promise<Answer['body']>;
  remove(tenantId: string, query?: string): Promise<Answer['body']>;
}

const CALL_MS = 30_000;

export const statusPath = (tenantId: string): string => `/api/v1/tenants/${tenantId}/provisioning-status`;

/** The name that tests give a tenant. */
export const nameOf = (tenantId: string): string => `Tenant ${tenantId}`;

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** @param token asked for at each call: a restart may have renewed it. @param tell the end of the process's log. */
export function createApi(url: string, token: () => string, tell: () => string): Api {
  const call: Api['call'] = async (method, path, options = {}) => {
    const bearer = options.token ?? token();
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    return answerOf(response);
  };
  const expectStatus: Api['expect'] = async (status, method, path, body) => {
    const answer = await call(method, path, body === undefined ? {} : { body });
    if (answer.status === status) return answer.body;
    throw new Error(
      `${method} ${path}: expected ${status}, got ${answer.status} ${JSON.stringify(answer.body)}\n${tell()}`,
    );
  };
  return {
    call,
    get: (path) => call('GET', path),
    expect: expectStatus,
    statuses: async (tenantIds) => {
      const words = tenantIds.map(async (id): Promise<[string, string]> => {
        const { status, body } = await call('GET', statusPath(id));
        return [id, status === 200 ? body.status : status === 404 ? 'none' : String(status)];
      });
      return Object.fromEntries(await Promise.all(words));
    },
    provision: (tenantId, tier = 'free', extra = {}) =>
      expectStatus(202, 'POST', '/api/v1/provision', {
        tenant_id: tenantId,
        tenant_name: nameOf(tenantId),
        tier,
        ...extra,
      }),
    remove: (tenantId, query = 'grace_hours=0') => expectStatus(202, 'DELETE', `/api/v1/tenants/${tenantId}?${query}`),
  };
}

/** What of a tenant is not as it should be: its status word, its troubles, each resource with its message. */
function trouble({ status, body }: Answer): string {
  if (status !== 200) return `${status} ${JSON.stringify(body)}`;
  const resources = body.resources.map(
    (each: Tree) => `${each.name} ${each.status} x${each.attempts} ${each.message ?? ''}`,
  );
  const conditions = body.conditions.map((each: Tree) => `${each.type}=${each.status} ${each.message}`);
  return [body.status, ...conditions, ...resources].join('\n    ');
}

/** Waits until every tenant has the status; tells those that have not, each with its whole status. */
export async function untilAll(
  api: Api,
  tenantIds: readonly string[],
  wanted: string,
  boundMs: number,
  tell: () => string,
): Promise<void> {
  const others = new Map<string, Answer>();
  const say = () => [...[...others].map(([id, answer]) => `  ${id}: ${trouble(answer)}`), tell()].join('\n');
  const look = async () => {
    others.clear();
    const answers = await Promise.all(tenantIds.map((id) => api.get(statusPath(id))));
    for (const [at, id] of tenantIds.entries()) {
      const answer = answers[at] as Answer;
      if (answer.status !== 200 || answer.body.status !== wanted) others.set(id, answer);
    }
    return others.size === 0;
  };
  await until(`${tenantIds.length} tenant(s) to be ${wanted}`, look, { boundMs, everyMs: 200, tell: say });
}
