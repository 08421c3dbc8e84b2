/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): an iterable of events as a stream of
 * bytes. Owns heartbeat, end and bounds of streams; leaves what the events are, and resuming after an id, to the source.
 *
 * S1. The next event is asked for only when the reader took the last one: a slow reader slows its source, nothing piles up.
 * S2. While nothing happens a comment is sent every `heartbeatMs`, so that both ends notice a dead connection.
 * S3. A stream ends with its source, its reader, the reader's token, after `streamMs`, or when the process drains; the
 *     source's signal is aborted in every case.
 * S4. A subject holds at most `streamsPerSubject`, all together at most `streams`: more is 429.
 */
import type { Clock, Log } from '@leasehold/kernel';
import type { Principal } from './access.ts';
import type { AppBounds } from './app-options.ts';
import { problem } from './problem.ts';
import type { EventSource, StreamEvent } from './reply.ts';

export interface Streams {
  /** Throws `too-many-requests` beyond the bounds. */
  open(source: EventSource, request: StreamRequest): ReadableStream<Uint8Array>;
  /** Ends all of them. */
  drain(): void;
  readonly size: number;
}

export interface StreamRequest {
  readonly principal: Principal;
  readonly lastEventId: string | undefined;
  readonly log: Log;
}

type StreamBounds = Pick<AppBounds, 'streams' | 'streamsPerSubject' | 'heartbeatMs' | 'streamMs'>;

const encoder = new TextEncoder();
const HEARTBEAT = encoder.encode(': keep-alive\n\n');
const ENDED = 'ended';

export function createStreams(clock: Clock, bounds: StreamBounds): Streams {
  const bySubject = new Map<string, number>();
  const open = new Set<AbortController>();
  const admit = (subject: string): AbortController => {
    const held = bySubject.get(subject) ?? 0;
    if (held >= bounds.streamsPerSubject.value || open.size >= bounds.streams.value) {
      throw problem('too-many-requests', `At most ${bounds.streamsPerSubject.value} event streams at once.`, {
        retryAfterMs: 10_000,
      });
    }
    const stop = new AbortController();
    bySubject.set(subject, held + 1);
    open.add(stop);
    stop.signal.addEventListener('abort', () => {
      open.delete(stop);
      const left = (bySubject.get(subject) ?? 1) - 1;
      if (left === 0) bySubject.delete(subject);
      else bySubject.set(subject, left);
    });
    return stop;
  };
  return {
    open: (source, request) => {
      const stop = admit(request.principal.sub);
      const lifeMs = Math.min(bounds.streamMs.value, request.principal.expiresAtMs - clock.now());
      clock.sleep(lifeMs, stop.signal).then(
        () => stop.abort(ENDED),
        () => undefined,
      );
      return byteStream(source, request, { stop, clock, heartbeatMs: bounds.heartbeatMs.value });
    },
    drain: () => {
      for (const stop of [...open]) stop.abort(ENDED);
    },
    get size() {
      return open.size;
    },
  };
}

interface StreamParts {
  readonly stop: AbortController;
  readonly clock: Clock;
  readonly heartbeatMs: number;
}

function byteStream(source: EventSource, request: StreamRequest, parts: StreamParts): ReadableStream<Uint8Array> {
  const { stop } = parts;
  const events = source(request.lastEventId, stop.signal)[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<StreamEvent>> | undefined;
  const end = (): void => {
    stop.abort(ENDED);
    // The source may be waiting; it has the signal, and what it throws now concerns nobody.
    events.return?.().then(undefined, () => undefined);
  };
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    pending ??= events.next();
    const next = await firstOf(pending, parts);
    if (next === 'heartbeat') return controller.enqueue(HEARTBEAT);
    pending = undefined;
    if (next === ENDED || next.done === true) {
      end();
      return controller.close();
    }
    controller.enqueue(encoder.encode(formatEvent(next.value)));
  };
  return new ReadableStream<Uint8Array>(
    {
      // Sends the headers on their way before there is an event.
      start: (controller) => controller.enqueue(encoder.encode('retry: 2000\n\n')),
      pull: (controller) =>
        pull(controller).catch((error: unknown) => {
          if (!stop.signal.aborted) request.log.error('an event stream failed', { error });
          end();
          controller.close();
        }),
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}

/** The next event, a heartbeat or the end; leaves neither timer nor listener behind. */
async function firstOf(
  pending: Promise<IteratorResult<StreamEvent>>,
  { stop, clock, heartbeatMs }: StreamParts,
): Promise<IteratorResult<StreamEvent> | 'heartbeat' | typeof ENDED> {
  if (stop.signal.aborted) return ENDED;
  const settled = new AbortController();
  const ended = new Promise<typeof ENDED>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(ENDED), { once: true, signal: settled.signal });
  });
  const heartbeat = clock.sleep(heartbeatMs, settled.signal).then(
    () => 'heartbeat' as const,
    () => ENDED as typeof ENDED,
  );
  try {
    return await Promise.race([pending, ended, heartbeat]);
  } finally {
    settled.abort();
  }
}

/** One event in the wire's form; the data is one line of JSON. */
export function formatEvent(event: StreamEvent): string {
  const name = event.event === undefined ? '' : `event: ${oneLine(event.event)}\n`;
  return `id: ${oneLine(event.id)}\n${name}data: ${JSON.stringify(event.data)}\n\n`;
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, ' ');
