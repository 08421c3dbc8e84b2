/**
 * Calls on Pulsar's admin REST API: authenticated, with a time limit, their failures translated. Owns paths and statuses;
 * leaves what to call when to the provider.
 *
 * 1. A status that the caller expects is an answer, not an error.
 * 2. A broker that does not own a topic redirects to the one that does: it is followed with the token, to whatever broker.
 * 3. The cluster's name is asked of the broker once, unless it was given.
 */
import { bound, type Fault, followRedirects, unavailable } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import { createHttpClient, type HttpAnswer, type HttpRequest, type Tls } from '../edge/http-client.ts';
import { cannotBeRead, notTheBackend, socketFault, statusFault } from '../edge/network-fault.ts';

export interface PulsarSettings {
  /** `http://host:8080`. */
  readonly adminUrl: string;
  readonly token?: string;
  /** Whose rates are set; asked of the broker when absent. */
  readonly cluster?: string;
  readonly tls?: Tls;
  /** One call. Shipped: 10 s. */
  readonly timeoutMs?: number;
  readonly around?: Around;
}

export interface AdminCall {
  /** For labels. */
  readonly name: string;
  readonly method: HttpRequest['method'];
  /** Below `/admin/v2`, encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** Failing statuses that are answers here. */
  readonly expect?: readonly number[];
  /** Of other failures, a page of the server's own among them, whether one is an answer here. */
  readonly accepts?: (answer: AdminAnswer) => boolean;
}

export interface AdminAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface PulsarAdmin {
  call(request: AdminCall, signal: AbortSignal): Promise<AdminAnswer>;
  cluster(signal: AbortSignal): Promise<string>;
  close(): void;
}

const ABSENT_STATUS = 404;

export function createPulsarAdmin(settings: PulsarSettings): PulsarAdmin {
  const http = createHttpClient(settings.adminUrl, settings.tls);
  const caller = createCaller({
    backend: 'pulsar',
    timeoutMs: bound('pulsar-call-ms', settings.timeoutMs ?? 10_000),
    translate: (error, call) => socketFault(call, error),
    around: settings.around,
  });
  const authorization: Record<string, string> =
    settings.token === undefined ? {} : { authorization: `Bearer ${settings.token}` };
  const call = async (request: AdminCall, signal: AbortSignal): Promise<AdminAnswer> => {
    const kind: CallKind = request.method === 'GET' ? 'read' : 'effect';
    return caller({ name: request.name, kind }, signal, async (inner) => {
      const { method, path, body } = request;
      const headers = body === undefined ? authorization : { ...authorization, 'content-type': 'application/json' };
      const bare: HttpRequest = { method, path: `/admin/v2${path}`, headers };
      const sent = body === undefined ? bare : { ...bare, body: JSON.stringify(body) };
      const answer = await followRedirects({
        start: http.address(sent.path),
        send: (redirectedTo) => http.send({ ...sent, redirectedTo }, inner),
        refuse: ({ code, message }) => refused(request, code, message),
      });
      return judge(request, kind, answer);
    });
  };
  let cluster = settings.cluster;
  return {
    call,
    async cluster(signal) {
      cluster ??= await askCluster(call, signal);
      return cluster;
    },
    close: http.close,
  };
}

/** The cluster's addresses are wrong, or its brokers do not agree who owns what: no tenant's fault. */
const refused = ({ name }: AdminCall, code: string, message: string): Fault =>
  unavailable(`pulsar ${message} (${name})`, { code, backend: 'pulsar', away: true });

function judge(request: AdminCall, kind: CallKind, answer: HttpAnswer): AdminAnswer {
  const json = parsed(answer.body);
  const read = { status: answer.status, json };
  if (answer.status >= 300 && request.accepts?.(read)) return read;
  const named = { backend: 'pulsar', name: request.name, kind };
  if (answer.status < 300 && isHalf(json)) throw cannotBeRead(named);
  if ((answer.status < 300 || answer.status === ABSENT_STATUS) && isPage(json)) throw notTheBackend(named, answer);
  if (answer.status < 300 || request.expect?.includes(answer.status)) return read;
  throw statusFault(named, { status: answer.status, retryAfter: answer.retryAfter, message: reasonOf(json) });
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** JSON that ends too early, as behind a proxy that cuts answers. */
const isHalf = (json: unknown): boolean => typeof json === 'string' && /^\s*[[{]/.test(json);

/** A page for people, as a proxy or a sign-in in front of the broker answers; a broker tells of what is not there otherwise. */
const isPage = (json: unknown): boolean => typeof json === 'string' && json.trimStart().startsWith('<');

/** What the broker gives as its reason; pages of HTML are left out. */
export const reasonOf = (json: unknown): string =>
  json !== null && typeof json === 'object' && 'reason' in json ? String(json.reason) : '';

async function askCluster(call: PulsarAdmin['call'], signal: AbortSignal): Promise<string> {
  const { json } = await call({ name: 'list-clusters', method: 'GET', path: '/clusters' }, signal);
  const clusters = (json as readonly string[]).filter((name) => name !== 'global');
  if (clusters.length === 1) return clusters[0] as string;
  const path = '/brokers/configuration/runtime';
  const runtime = await call({ name: 'read-configuration', method: 'GET', path }, signal);
  const name = (runtime.json as { readonly clusterName?: string } | undefined)?.clusterName;
  if (name === undefined) throw noCluster();
  return name;
}

const noCluster = (): Fault =>
  unavailable('pulsar does not name its cluster; set PULSAR_CLUSTER', { code: 'ClusterUnknown', backend: 'pulsar' });
