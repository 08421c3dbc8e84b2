/**
 * Calls on the API server: authenticated, with a time limit, their failures translated. Owns paths and media types; leaves
 * what to call when to the provider, and what an answer means to `answers.ts`.
 *
 * 1. A status that the caller expects is an answer, not an error, where the API server says so of an object.
 * 2. Settings are made by server-side apply with force, as one manager: applied twice it is the same, and fields that this
 *    manager no longer names go. https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import { bound } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import type { HttpRequest } from '../edge/http-client.ts';
import { socketFault } from '../edge/network-fault.ts';
import { answerFault, isAnswer, parsed } from './answers.ts';
import { createConnection, type KubernetesSettings } from './connection.ts';
import { MANAGER, type Manifest } from './manifests.ts';

export interface ApiSettings extends KubernetesSettings {
  /** One call. Shipped: 10 s. */
  readonly timeoutMs?: number;
  readonly around?: Around;
}

export interface ApiCall {
  readonly name: string;
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly expect?: readonly number[];
  /** What answers need not be an object of the API: a probe. */
  readonly plain?: true;
}

export interface ApiAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface KubernetesApi {
  call(request: ApiCall, signal: AbortSignal): Promise<ApiAnswer>;
  /** undefined: there is no such object. */
  read<T>(name: string, path: string, signal: AbortSignal): Promise<T | undefined>;
  /** A manifest that names a version is answered with 409 where that is not the present one. */
  apply(name: string, path: string, manifest: Manifest, signal: AbortSignal): Promise<ApiAnswer>;
  close(): Promise<void>;
}

const APPLY = 'application/apply-patch+yaml';

export function createKubernetesApi(settings: ApiSettings): KubernetesApi {
  const connection = createConnection(settings);
  const caller = createCaller({
    backend: 'kubernetes',
    timeoutMs: bound('kubernetes-call-ms', settings.timeoutMs ?? 10_000),
    translate: (error, call) => socketFault(call, error),
    around: settings.around,
  });
  const call = (request: ApiCall, signal: AbortSignal): Promise<ApiAnswer> => {
    const kind: CallKind = request.method === 'GET' ? 'read' : 'effect';
    return caller({ name: request.name, kind }, signal, async (inner) => {
      const { http, headers } = await connection.use();
      const { method, path, body, contentType = 'application/json' } = request;
      const sent: HttpRequest = { method, path, headers: { ...headers, accept: 'application/json' } };
      const withBody = {
        ...sent,
        headers: { ...sent.headers, 'content-type': contentType },
        body: JSON.stringify(body),
      };
      const answer = await http.send(body === undefined ? sent : withBody, inner);
      const json = parsed(answer.body);
      if (isAnswer(request, answer.status, json)) return { status: answer.status, json };
      throw answerFault({ backend: 'kubernetes', name: request.name, kind }, answer, json);
    });
  };
  return {
    call,
    async read<T>(name: string, path: string, signal: AbortSignal) {
      const { status, json } = await call({ name, method: 'GET', path, expect: [404] }, signal);
      return status === 404 ? undefined : (json as T);
    },
    apply: (name, path, manifest, signal) => {
      const expect = [404, ...('resourceVersion' in manifest.metadata ? [409] : [])];
      const target = `${path}?fieldManager=${MANAGER}&force=true`;
      return call({ name, method: 'PATCH', path: target, contentType: APPLY, body: manifest, expect }, signal);
    },
    close: () => connection.close(),
  };
}
