/**
 * What a handler answers, as a value: the pipeline turns it into bytes and headers.
 *
 * 1. A reply's status is one that the route declares, and its body has the shape declared for that status.
 * 2. A stream of events is a reply too: the handler gives an iterable, the framework owns the socket.
 */
import type { z } from 'zod';

export interface ResponseSpec {
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly schema?: z.ZodType;
  /** The data of one event, where this answer may also be a stream (`Accept: text/event-stream`). */
  readonly events?: z.ZodType;
  readonly example?: unknown;
}

/** By status code; only answers that are no problems. */
export type Responses = { readonly [status: number]: ResponseSpec };

export interface ReplyHead {
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the thing that was made, or its progress, is found. */
  readonly location?: string;
  /** The version of what is shown; becomes a strong ETag and is what `If-Match` is compared with. */
  readonly etag?: string | number;
  /** Contains a secret: an idempotency store must encrypt it or keep none of it. */
  readonly secret?: boolean;
}

export interface StreamEvent {
  /** Unique and growing in its stream: what a client sends back as `Last-Event-ID`. No line feeds. */
  readonly id: string;
  readonly event?: string;
  readonly data: unknown;
}

/** Yields events from after `lastEventId` on; ends when there is nothing more to tell; stops when the signal is aborted. */
export type EventSource = (lastEventId: string | undefined, signal: AbortSignal) => AsyncIterable<StreamEvent>;

/** An answer is not changed by giving it, so frozen values and literals fit. */
export type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

type BodyOf<R extends ResponseSpec> = R extends { readonly schema: infer S extends z.ZodType }
  ? { readonly body: DeepReadonly<z.input<S>> }
  : { readonly body?: undefined };

type EventsOf<R extends ResponseSpec> = R extends { readonly events: z.ZodType }
  ? { readonly events: EventSource }
  : never;

export type Reply<R extends Responses = Responses> = {
  [S in keyof R & number]: ReplyHead & ({ readonly status: S } & (BodyOf<R[S]> | EventsOf<R[S]>));
}[keyof R & number];

/** A reply as the pipeline sees it, whatever its route. */
export interface AnyReply extends ReplyHead {
  readonly status: number;
  readonly body?: unknown;
  readonly events?: EventSource;
}
