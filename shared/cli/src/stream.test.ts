/** One connection of events: what is asked, what comes, how it ends, and why a server was not reached. */
import { expect, test } from 'vitest';
import { json, network, openClient, type Step } from '../test/fetching.ts';
import { stopped, whyUnreachable } from './client.ts';
import { Failure } from './failure.ts';

const events =
  (...pieces: readonly string[]): Step =>
  () =>
    new Response(
      new ReadableStream({
        start: (sink) => {
          for (const piece of pieces) sink.enqueue(new TextEncoder().encode(piece));
          sink.close();
        },
      }),
      { headers: { 'content-type': 'text/event-stream; charset=utf-8' } },
    );

async function listen(step: Step, lastEventId?: string) {
  const { client, sent, signals } = openClient([step]);
  let opened = 0;
  const onOpen = (): void => {
    opened += 1;
  };
  const seen: unknown[] = [];
  try {
    for await (const event of client.events({ path: '/s', lastEventId, onOpen }, new AbortController().signal))
      seen.push(event);
  } catch (error) {
    seen.push(error);
  }
  return { seen, sent, opened, signals };
}

test('events come as they are, and the stream is opened once', async () => {
  const { seen, sent, opened } = await listen(events('id: 1\nda', 'ta: {}\n\n', 'event: x\ndata: 2\n\n'));
  expect(seen).toEqual([
    { id: '1', event: 'message', data: '{}' },
    { id: '1', event: 'x', data: '2' },
  ]);
  expect(opened).toBe(1);
  expect(sent[0]).toMatchObject({ url: 'http://mesh/s', init: { redirect: 'manual' } });
  expect(sent[0]?.init.headers).toEqual({ authorization: 'Bearer t.o.k', accept: 'text/event-stream' });
});

test('a stream that ended leaves nobody waiting for its silence', async () => {
  expect((await listen(events('data: 1\n\n'))).signals.map((signal) => signal?.aborted)).toEqual([true]);
});

test('a character that comes in two pieces is whole', async () => {
  const bytes = new TextEncoder().encode('data: ü\n\n');
  const step: Step = () =>
    new Response(
      new ReadableStream({
        start: (sink) => {
          for (const byte of bytes) sink.enqueue(Uint8Array.of(byte));
          sink.close();
        },
      }),
      { headers: { 'content-type': 'text/event-stream' } },
    );
  expect((await listen(step)).seen).toMatchObject([{ data: 'ü' }]);
});

test('who has heard something says up to where', async () => {
  const { sent } = await listen(events(), '7');
  expect(sent[0]?.init.headers).toMatchObject({ 'last-event-id': '7' });
});

test('a server that has nothing to tell any more says so', async () => {
  expect(await listen(() => new Response(null, { status: 204 }))).toMatchObject({ seen: ['over'], opened: 1 });
});

test.each([
  ['a refusal', json({ code: 'forbidden', title: 'T' }, 403), 'forbidden'],
  ['a document', json({ ok: 1 }), 'status-200'],
  [
    'events with another status',
    () => new Response('', { status: 202, headers: { 'content-type': 'text/event-stream' } }),
    'status-202',
  ],
])('%s is no stream', async (_what, step, code) => {
  const { seen, opened } = await listen(step);
  expect([seen, opened]).toMatchObject([[{ code }], 0]);
});

test('a connection that cannot be made is told as it is', async () => {
  const error = network('ECONNREFUSED');
  expect((await listen(error)).seen).toEqual([error]);
});

test('a stream that falls silent for 45 seconds is given up', async () => {
  const { client, slept, sent } = openClient([
    () =>
      new Response(new ReadableStream({ start: () => undefined }), {
        headers: { 'content-type': 'text/event-stream' },
      }),
  ]);
  // The clock's sleeps are over at once: the silence is noticed before anything comes.
  const reading = client.events({ path: '/s', lastEventId: undefined }, new AbortController().signal);
  void reading.next().catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(slept).toEqual([45_000]);
  expect(sent[0]?.init.signal?.aborted).toBe(true);
});

test.each([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'the host name is not known'],
  ['EAI_AGAIN', 'the host name cannot be looked up now'],
  ['ECONNRESET', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['ETIMEDOUT', 'no answer in time'],
  ['EHOSTUNREACH', 'there is no way to that host'],
  ['ENETUNREACH', 'there is no way to that network'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed: set NODE_EXTRA_CA_CERTS'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate authority is not known here: set NODE_EXTRA_CA_CERTS'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate authority is not known here: set NODE_EXTRA_CA_CERTS'],
  ['EODD', 'the connection failed (EODD)'],
])('%s means: %s', (code, why) => {
  expect([whyUnreachable(network(code)), whyUnreachable(Object.assign(new Error(), { code }))]).toEqual([why, why]);
});

test('an error without a code is a failed connection, or no answer in time', () => {
  expect(whyUnreachable(new DOMException('x', 'TimeoutError'))).toBe('no answer in time');
  expect([whyUnreachable(new Error('x')), whyUnreachable(Object.assign(new Error('x'), { code: 5 }))]).toEqual(
    Array(2).fill('the connection failed'),
  );
});

test('who stopped it is told, where somebody says so', () => {
  const timeout = new Failure('timeout', 'not done');
  expect(stopped(AbortSignal.abort(timeout))).toBe(timeout);
  expect(stopped(AbortSignal.abort())).toMatchObject({ exit: 'interrupted', code: 'interrupted' });
});
