import { bound, silentLog } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { handClock, START_MS } from '../test/fixture.ts';
import { DEFAULT_BOUNDS } from './app-options.ts';
import type { EventSource } from './reply.ts';
import { createStreams, formatEvent } from './sse.ts';

const principal = { sub: 'ada', roles: [], expiresAtMs: Number.POSITIVE_INFINITY } as const;
const request = { principal, lastEventId: undefined, log: silentLog };
const text = (chunk: { readonly value?: Uint8Array | undefined }) => new TextDecoder().decode(chunk.value);
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const silent: EventSource = async function* (_last, signal) {
  yield await untilAborted(signal);
};
const numbers: EventSource = async function* (last) {
  for (let id = Number(last ?? 0) + 1; id <= 3; id++) yield { id: String(id), event: 'status', data: { id } };
};

test('events go out with their ids, resume after the last one and end with their source', async () => {
  const streams = createStreams(handClock(), DEFAULT_BOUNDS);
  const stream = streams.open(numbers, { ...request, lastEventId: '1' });
  expect(await new Response(stream).text()).toBe(
    'retry: 2000\n\nid: 2\nevent: status\ndata: {"id":2}\n\nid: 3\nevent: status\ndata: {"id":3}\n\n',
  );
  expect(streams.size).toBe(0);
});

test('S2: while nothing happens a heartbeat is sent, and no timer is left behind', async () => {
  const clock = handClock();
  const streams = createStreams(clock, DEFAULT_BOUNDS);
  const reader = streams.open(silent, request).getReader();
  await reader.read();
  const next = reader.read();
  await clock.advance(15_000);
  expect(text(await next)).toBe(': keep-alive\n\n');
  await reader.cancel();
  await clock.advance(0);
  expect([streams.size, clock.sleepers]).toEqual([0, 0]);
});

test('S1: a source is asked for no more than its reader takes', async () => {
  let made = 0;
  const eager: EventSource = async function* () {
    for (;;) yield { id: String(++made), data: null };
  };
  const reader = createStreams(handClock(), DEFAULT_BOUNDS).open(eager, request).getReader();
  for (let count = 0; count < 3; count++) await reader.read();
  expect(made).toBeLessThanOrEqual(4);
  await reader.cancel();
});

test('S3: a stream ends with the token, and its source is told', async () => {
  const clock = handClock();
  let told = false;
  const source: EventSource = async function* (_last, signal) {
    signal.addEventListener('abort', () => {
      told = true;
    });
    yield await untilAborted(signal);
  };
  const stream = createStreams(clock, DEFAULT_BOUNDS).open(source, {
    ...request,
    principal: { ...principal, expiresAtMs: START_MS + 5_000 },
  });
  const all = new Response(stream).text();
  await clock.advance(5_000);
  expect([await all, told]).toEqual(['retry: 2000\n\n', true]);
});

test('S3: draining ends all streams', async () => {
  const streams = createStreams(handClock(), DEFAULT_BOUNDS);
  const all = [streams.open(silent, request), streams.open(silent, request)].map((stream) =>
    new Response(stream).text(),
  );
  streams.drain();
  expect(await Promise.all(all)).toEqual(['retry: 2000\n\n', 'retry: 2000\n\n']);
  expect(streams.size).toBe(0);
});

test('S4: a subject has a bound of its own, and a closed stream makes room', async () => {
  const streams = createStreams(handClock(), { ...DEFAULT_BOUNDS, streamsPerSubject: bound('test streams', 1) });
  const first = streams.open(silent, request);
  expect(() => streams.open(silent, request)).toThrow(/At most 1/);
  streams.open(silent, { ...request, principal: { ...principal, sub: 'bob' } });
  await first.cancel();
  expect(streams.open(silent, request)).toBeDefined();
  streams.drain();
});

test('an id cannot break out of its line', () => {
  expect(formatEvent({ id: '1\ndata: x', data: 'a\nb' })).toBe('id: 1 data: x\ndata: "a\\nb"\n\n');
});
