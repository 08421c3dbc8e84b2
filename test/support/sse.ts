/**
 * A reader of server-sent events as a browser has one: ids, names and data, until the stream ends or the reader leaves.
 */
import type { Tree } from './tree.ts';

export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Tree;
}

export interface Stream {
  readonly status: number;
  /** The next event; undefined when the server has ended the stream. Heartbeats are no events. */
  next(): Promise<StreamEvent | undefined>;
  /** Everything until the end. */
  rest(): Promise<readonly StreamEvent[]>;
  leave(): void;
}

function parse(block: string): StreamEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ''));
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}

/** @param lastEventId what a reader that comes back tells. */
export async function openStream(url: string, token: string, boundMs: number, lastEventId?: string): Promise<Stream> {
  const left = new AbortController();
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: AbortSignal.any([left.signal, AbortSignal.timeout(boundMs)]),
  });
  const reader = (response.body ?? new Blob([]).stream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next: Stream['next'] = async () => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        text += value;
        continue;
      }
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event !== undefined) return event;
    }
  };
  return {
    status: response.status,
    next,
    rest: async () => {
      const events: StreamEvent[] = [];
      for (let event = await next(); event !== undefined; event = await next()) events.push(event);
      return events;
    },
    leave: () => left.abort(),
  };
}
