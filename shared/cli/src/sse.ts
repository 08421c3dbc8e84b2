/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) out of pieces of text. Pure but for
 * the piece of a line that it keeps.
 *
 * 1. A piece may end anywhere, also inside a line end; an event is given out only when it is whole.
 * 2. What is kept has a bound: a stream without a line end is refused.
 */
import { bound } from '@leasehold/kernel';
import { Failure } from './failure.ts';

const KEPT = bound('characters of one event', 8 * 1024 * 1024);

export interface SseEvent {
  /** The last id that was seen, for `Last-Event-ID`. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

export interface SseParser {
  push(piece: string): readonly SseEvent[];
}

export function createSseParser(): SseParser {
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  const take = (line: string, events: SseEvent[]): void => {
    if (line === '') {
      if (data.length > 0) events.push({ id, event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'id' && !value.includes('\0')) id = value;
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  };
  return {
    push: (piece) => {
      rest += piece;
      const events: SseEvent[] = [];
      for (;;) {
        const at = rest.search(/[\r\n]/);
        // A carriage return at the very end may be half of a line end.
        if (at === -1 || (rest[at] === '\r' && at === rest.length - 1)) break;
        const line = rest.slice(0, at);
        rest = rest.slice(at + (rest.startsWith('\r\n', at) ? 2 : 1));
        take(line, events);
      }
      if (rest.length + data.reduce((sum, line) => sum + line.length, 0) > KEPT.value)
        throw new Failure('failed', `an event of the stream is longer than ${KEPT.value} characters`);
      return events;
    },
  };
}
