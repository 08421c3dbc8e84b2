/**
 * Calls on Elasticsearch's REST API through its client package, loaded on first use: time limit, abort and failures as
 * everywhere. Owns the connection; leaves paths to the callers and the meaning of answers to `fault.ts`.
 *
 * 1. The client repeats nothing by itself: what repeats a call observes first.
 * 2. Plain JSON is spoken instead of the client's versioned media type, which servers of another major release refuse.
 * 3. A status that the caller expects is an answer, not an error, where it is told as the cluster tells it.
 */
import { bound } from '@leasehold/kernel';
import { type Around, type CallKind, createCaller } from '../edge/caller.ts';
import { isRecord } from '../edge/difference.ts';
import type { Tls } from '../edge/http-client.ts';
import { lazy } from '../edge/lazy.ts';
import { notTheBackend } from '../edge/network-fault.ts';
import { elasticsearchFault, isToldByCluster } from './fault.ts';

export interface ElasticsearchSettings {
  /** `http://host:9200`. */
  readonly url: string;
  readonly apiKey?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: Tls;
  /** One call that reads. Shipped: 10 s. */
  readonly timeoutMs?: number;
  /** One call that changes the cluster's state. Shipped: 30 s. */
  readonly changeTimeoutMs?: number;
  readonly around?: Around;
}

export interface IndexCall {
  /** For labels. */
  readonly name: string;
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** From `/`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** A POST that only asks is a read. Shipped: GET reads, anything else is an effect. */
  readonly kind?: CallKind;
  /** Failing statuses that are answers here. */
  readonly expect?: readonly number[];
}

export interface IndexAnswer {
  readonly status: number;
  readonly json: unknown;
}

export interface ElasticsearchClient {
  call(request: IndexCall, signal: AbortSignal): Promise<IndexAnswer>;
  close(): Promise<void>;
}

const PLAIN_JSON = { accept: 'application/json', 'content-type': 'application/json' };
const ANSWER_BYTES = bound('elasticsearch-answer-bytes', 64 * 1024 * 1024);

export function createElasticsearchClient(settings: ElasticsearchSettings): ElasticsearchClient {
  const client = lazy(
    () => connect(settings),
    (made) => made.close(),
  );
  const readMs = bound('elasticsearch-read-ms', settings.timeoutMs ?? 10_000);
  const changeMs = bound('elasticsearch-change-ms', settings.changeTimeoutMs ?? settings.timeoutMs ?? 30_000);
  const caller = createCaller({
    backend: 'elasticsearch',
    timeoutMs: readMs,
    translate: elasticsearchFault,
    around: settings.around,
    onTimeout: () => client.drop(),
  });
  return {
    call(request, signal) {
      const { name, method, path, query = {}, body, expect = [] } = request;
      const kind = request.kind ?? (method === 'GET' ? 'read' : 'effect');
      const timeoutMs = kind === 'read' ? readMs : changeMs;
      return caller({ name, kind, timeoutMs }, signal, async (inner) => {
        const { transport } = await client.get();
        const { statusCode, body: json } = await transport.request(
          { method, path, querystring: { ...query }, ...(body === undefined ? {} : { body: { ...body } }) },
          { headers: PLAIN_JSON, meta: true, ignore: [...expect], signal: inner, maxResponseSize: ANSWER_BYTES.value },
        );
        const status = statusCode ?? 0;
        if (status < 300 ? isRecord(json) : isToldByCluster(json)) return { status, json };
        throw notTheBackend({ backend: 'elasticsearch', name, kind }, { status, retryAfter: undefined });
      });
    },
    close: () => client.close(),
  };
}

async function connect(settings: ElasticsearchSettings) {
  const { Client } = await import('@elastic/elasticsearch');
  const { url, apiKey, username, password = '', tls } = settings;
  const auth = apiKey !== undefined ? { apiKey } : username !== undefined ? { username, password } : undefined;
  return new Client({
    node: url,
    maxRetries: 0,
    // Above every limit of ours: the caller ends calls.
    requestTimeout: 600_000,
    ...(auth === undefined ? {} : { auth }),
    ...(tls === undefined ? {} : { tls: { rejectUnauthorized: true, ...tls } }),
  });
}
