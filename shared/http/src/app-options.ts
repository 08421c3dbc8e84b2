/**
 * What an app is made of, and the bounds it keeps.
 */
import { type Bound, bound, type Clock, type Log, type Rng } from '@leasehold/kernel';
import type { Metrics } from '@leasehold/observability';
import type { Auth } from './auth.ts';
import type { IdempotencyStore } from './idempotency.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { Route } from './route.ts';

export interface BackendState {
  /** `down` takes the replica out only for what it cannot work without; `degraded` and `skipped` never do. */
  readonly state: 'up' | 'degraded' | 'down' | 'skipped';
  readonly latency_ms: number | null;
  readonly message?: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in one word or sentence: starting, draining, the store is away. */
  readonly reason?: string;
  readonly backends: Readonly<Record<string, BackendState>>;
}

export interface AppBounds {
  readonly bodyBytes: Bound;
  readonly bodyDepth: Bound;
  /** One request from its headers to its answer; streams excepted. */
  readonly requestMs: Bound;
  /** Token bucket of each subject. */
  readonly ratePerSecond: Bound;
  readonly rateBurst: Bound;
  /** Subjects whose bucket is remembered. */
  readonly subjects: Bound;
  readonly streams: Bound;
  readonly streamsPerSubject: Bound;
  readonly heartbeatMs: Bound;
  /** After this a stream ends, and the client resumes it. */
  readonly streamMs: Bound;
  /** How long one look at the backends answers `/ready`. */
  readonly readyMs: Bound;
  /** How long one look may take: whoever asks `/ready` gives up within seconds. */
  readonly readyWaitMs: Bound;
}

export const DEFAULT_BOUNDS: AppBounds = {
  bodyBytes: bound('request body bytes', 1024 * 1024),
  bodyDepth: bound('request body nesting', 64),
  requestMs: bound('request ms', 120_000),
  ratePerSecond: bound('requests a second and subject', 500),
  rateBurst: bound('request burst of a subject', 1_000),
  subjects: bound('rate-limited subjects', 10_000),
  streams: bound('event streams', 500),
  streamsPerSubject: bound('event streams a subject', 20),
  heartbeatMs: bound('stream heartbeat ms', 15_000),
  streamMs: bound('stream ms', 3_600_000),
  readyMs: bound('readiness cache ms', 500),
  readyWaitMs: bound('readiness look ms', 1_900),
};

export interface AppOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly routes: readonly Route[];
  readonly auth: Auth;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly rng: Rng;
  readonly idempotency: IdempotencyStore;
  /** False: the process cannot work at all any more. */
  readonly health: () => boolean;
  readonly ready: (signal: AbortSignal) => Promise<Readiness>;
  readonly bounds?: Partial<AppBounds>;
  /** The routes are not there yet: what is not found is not there *now*, and may be asked for again. */
  readonly starting?: true;
  /** True: an answer that does not fit its schema is a bug. For tests; it costs time. */
  readonly checkAnswers?: boolean;
}

export interface App {
  /** Usable without a socket: tests call it. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly routes: readonly Route[];
  /** The OpenAPI 3.1 document; made on first use. */
  openapi(): OpenApiDocument;
  /** From now on `/ready` answers 503: whoever chooses where requests go should choose another. */
  drain(): void;
  /** From now on new requests are refused with 503, and event streams end, so that clients resume elsewhere. */
  refuse(): void;
  readonly log: Log;
}
