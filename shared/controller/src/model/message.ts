/**
 * What came in, as a service keeps it: the original message, who asked, and the trace that leads from what was asked to what is
 * published of it. Values alone; their fields are fields of rows and keep their names.
 */

/** The original message, kept for a dead letter and within a bound. The payload is base64: it may be any bytes. */
export interface KeptMessage {
  readonly topic: string;
  readonly messageId: string;
  readonly publishedAtMs: number;
  readonly key?: string;
  readonly payload: string;
  readonly properties: Readonly<Record<string, string>>;
  /** The payload was read as JSON. */
  readonly encoding?: 'json';
  /** How a payload in another encoding was read, as JSON text, so that it can be read again without the registry. */
  readonly decoded?: string;
  /** The payload was too large to be kept: it is empty here and had this many bytes. */
  readonly omittedBytes?: number;
}

/** W3C trace context: who caused what, carried on from what was asked to what is published of it. */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export type Source = { readonly trace?: Trace } & (
  | {
      readonly type: 'event';
      readonly eventKey: string;
      readonly publishedAtMs: number;
      readonly letter: KeptMessage;
      /** An operator handed it in again. */
      readonly redrivenBy?: { readonly subject: string; readonly requestId: string };
    }
  | { readonly type: 'rest'; readonly subject: string; readonly requestId: string; readonly atMs: number }
);

export type EventSource = Source & { readonly type: 'event' };

/** When the sender said it: what tombstones are compared with. */
export const saidAtMs = (source: Source): number => (source.type === 'event' ? source.publishedAtMs : source.atMs);
