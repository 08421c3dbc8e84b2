import { getEventListeners } from 'node:events';
import { bound, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { recordingLog } from '../test/fixture.ts';
import { DEFAULT_BOUNDS } from './app-options.ts';
import type { EventSource, StreamEvent } from './reply.ts';
import { createStreams, formatEvent } from './sse.ts';

const HEARTBEAT_MS = 1_000;
const STREAM_MS = 10_000;
const bounds = {
  ...DEFAULT_BOUNDS,
  heartbeatMs: bound('test heartbeat', HEARTBEAT_MS),
  streamMs: bound('test stream', STREAM_MS),
  streams: bound('test streams', 3),
  streamsPerSubject: bound('test streams of one', 2),
};
const ada = { sub: 'ada', roles: [], expiresAtMs: Number.POSITIVE_INFINITY } as const;

/** A source by hand: what it was asked, and what it says. */
function handSource() {
  const asked: {
    readonly resolve: (result: IteratorResult<StreamEvent>) => void;
    readonly reject: (e: Error) => void;
  }[] = [];
  const seen = { signal: undefined as AbortSignal | undefined, last: undefined as string | undefined, returned: 0 };
  const source: EventSource = (last, signal) => {
    seen.signal = signal;
    seen.last = last;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
        return: async () => {
          seen.returned += 1;
          return { done: true, value: undefined };
        },
      }),
    };
  };
  return { source, asked, seen };
}

function setUp() {
  const clock = manualClock();
  const log = recordingLog();
  const streams = createStreams(clock, bounds);
  const open = (source: EventSource, sub = 'ada', expiresAtMs: number = ada.expiresAtMs, lastEventId?: string) =>
    streams.open(source, { principal: { ...ada, sub, expiresAtMs }, lastEventId, log }).getReader();
  const text = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> => {
    const { done, value } = await reader.read();
    return done ? 'end' : new TextDecoder().decode(value);
  };
  return { clock, log, streams, open, text };
}

test('the headers go out before there is an event; the source is told the last one that was seen', async () => {
  const { open, text, streams } = setUp();
  const { source, seen } = handSource();
  const reader = open(source, 'ada', undefined, '17');
  expect(await text(reader)).toBe('retry: 2000\n\n');
  expect([seen.last, streams.size]).toEqual(['17', 1]);
});

test('S2: an event that comes after a heartbeat is not lost, and is asked for once', async () => {
  const { clock, open, text } = setUp();
  const { source, asked } = handSource();
  const reader = open(source);
  await text(reader);
  const beat = text(reader);
  await clock.advance(HEARTBEAT_MS - 1);
  expect(clock.sleepers()).toBe(2);
  await clock.advance(1);
  expect(await beat).toBe(': keep-alive\n\n');
  const next = text(reader);
  await clock.settle();
  expect(asked).toHaveLength(1);
  asked[0]?.resolve({ done: false, value: { id: '1', data: { a: 1 } } });
  expect(await next).toBe('id: 1\ndata: {"a":1}\n\n');
});

test('S3: a stream lives as long as its bound, or as its token', async () => {
  for (const [expiresAtMs, lifeMs] of [
    [Number.POSITIVE_INFINITY, STREAM_MS],
    [1_000_000 + 500, 500],
  ] as const) {
    const { clock, open, streams } = setUp();
    const { source, seen } = handSource();
    open(source, 'ada', expiresAtMs);
    await clock.advance(lifeMs - 1);
    expect(seen.signal?.aborted).toBe(false);
    await clock.advance(1);
    expect([seen.signal?.aborted, seen.returned, streams.size]).toEqual([true, expect.any(Number), 0]);
  }
});

test('S3: the end of its source ends a stream: the source is told, and no timer is left', async () => {
  const { clock, open, text, streams, log } = setUp();
  const { source, asked, seen } = handSource();
  const reader = open(source);
  await text(reader);
  const end = text(reader);
  await clock.settle();
  asked[0]?.resolve({ done: true, value: undefined });
  expect(await end).toBe('end');
  await clock.settle();
  expect([seen.signal?.aborted, seen.returned, streams.size, clock.sleepers()]).toEqual([true, 1, 0, 0]);
  expect(log.lines).toEqual([]);
});

test('S3: a stream that is drained ends for its reader, also where its source says nothing any more', async () => {
  const { clock, open, text, streams, log } = setUp();
  const reader = open(handSource().source);
  await text(reader);
  const end = text(reader);
  await clock.settle();
  streams.drain();
  expect([await end, clock.sleepers(), log.lines]).toEqual(['end', 0, []]);
});

test('S3: a source that fails as soon as it is told to stop is no failure', async () => {
  const { clock, open, text, streams, log } = setUp();
  const source: EventSource = async function* (_last, signal) {
    yield await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  const reader = open(source);
  await text(reader);
  const end = text(reader);
  await clock.settle();
  streams.drain();
  expect([await end, log.lines]).toEqual(['end', []]);
});

test('S2: heartbeats leave no listener behind', async () => {
  const { clock, open, text } = setUp();
  const { source, seen } = handSource();
  const reader = open(source);
  await text(reader);
  for (let beat = 0; beat < 5; beat++) {
    const next = text(reader);
    await clock.advance(HEARTBEAT_MS);
    expect(await next).toBe(': keep-alive\n\n');
  }
  const waiting = text(reader);
  await clock.settle();
  // The count of the stream, its bound in time, and the wait of this moment.
  expect(getEventListeners(seen.signal as AbortSignal, 'abort').length).toBeLessThanOrEqual(3);
  await reader.cancel();
  await waiting;
});

test('S3: a source that fails ends its stream without its words, and is told in the log', async () => {
  const { clock, open, text, log, streams } = setUp();
  const { source, asked } = handSource();
  const reader = open(source);
  await text(reader);
  const end = text(reader);
  await clock.settle();
  asked[0]?.reject(new Error('db-host-7'));
  expect(await end).toBe('end');
  expect(log.lines).toMatchObject([{ level: 'error', message: 'an event stream failed' }]);
  expect(streams.size).toBe(0);
});

test('S3: a source that fails because its stream has ended is no failure', async () => {
  const { clock, open, text, log, streams } = setUp();
  const { source, asked, seen } = handSource();
  const reader = open(source);
  await text(reader);
  const end = text(reader);
  await clock.settle();
  seen.signal?.addEventListener('abort', () => asked[0]?.reject(new Error('stopped')));
  streams.drain();
  expect(await end).toBe('end');
  await clock.settle();
  expect([log.lines, clock.sleepers()]).toEqual([[], 0]);
});

test('S3: a reader that leaves ends its stream; a source without an end of its own may be', async () => {
  const { clock, open, streams } = setUp();
  const { source, seen } = handSource();
  await open(source).cancel();
  const endless: EventSource = (_last, signal) => ({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
    }),
  });
  const reader = open(endless);
  await reader.read();
  await reader.cancel();
  await clock.settle();
  expect([seen.signal?.aborted, seen.returned, streams.size, clock.sleepers()]).toEqual([true, 1, 0, 0]);
});

test('S4: one subject has its bound, all have theirs; one that ends makes room for one', async () => {
  const { open, streams } = setUp();
  const refused = expect.objectContaining({
    code: 'too-many-requests',
    message: 'At most 2 event streams at once.',
    options: { retryAfterMs: 10_000 },
  });
  const { source } = handSource();
  const first = open(source);
  open(source);
  expect(() => open(source)).toThrow(refused);
  await first.cancel();
  open(source);
  expect(() => open(source)).toThrow(refused);
  open(source, 'bob');
  expect(() => open(source, 'eve')).toThrow(refused);
  expect(streams.size).toBe(3);
  streams.drain();
  expect(streams.size).toBe(0);
  for (const _ of [1, 2]) open(source);
  expect(() => open(source)).toThrow(refused);
});

test('S4: what was refused holds no place', () => {
  const { open, streams } = setUp();
  const { source } = handSource();
  open(source);
  open(source);
  for (let time = 0; time < 5; time++) expect(() => open(source)).toThrow('At most 2');
  open(source, 'bob');
  expect(streams.size).toBe(3);
});

test('an event has its name where it has one, and no line of it can be broken out of', () => {
  expect(formatEvent({ id: '7', event: 'a\rb\0c', data: { text: 'x\ny' } })).toBe(
    'id: 7\nevent: a b c\ndata: {"text":"x\\ny"}\n\n',
  );
  expect(formatEvent({ id: '7', data: null })).toBe('id: 7\ndata: null\n\n');
});

test('a stream whose token has run out ends at once', async () => {
  const clock = manualClock();
  const { source, seen } = handSource();
  createStreams(clock, bounds).open(source, {
    principal: { ...ada, expiresAtMs: clock.now() - 1 },
    lastEventId: undefined,
    log: silentLog,
  });
  await clock.advance(0);
  expect(seen.signal?.aborted).toBe(true);
});
