/** One request and its retries: what goes out, what is sent again and when, and what is told (1 to 3). */
import { describe, expect, test } from 'vitest';
import { json, network, openClient, type Step } from '../test/fetching.ts';
import type { Probe, Request } from './client.ts';
import { Failure, usage } from './failure.ts';

const get: Request = { method: 'GET', path: '/x', expects: ['ok'] };
const post: Request = { method: 'POST', path: '/x', body: { a: 1 }, expects: ['ok'] };
const put: Request = { method: 'PUT', path: '/x', body: '{ "a": 1 }', expects: ['ok'] };
const probe: Probe = { method: 'GET', path: '/x', probe: true };
const fine = json({ ok: 1 });
const problem = (status: number, code: string, headers = {}) => json({ code, title: 'T' }, status, headers);
/** Sent and answered, or the failure. */
async function ask(request: Request | Probe, ...steps: readonly Step[]) {
  const scene = openClient(steps);
  const end = await scene.client.send(request).catch((error: Failure) => error);
  return { ...scene, end, tries: scene.sent.length };
}

test('a read has the token, says what it takes, follows no redirect and carries nothing else', async () => {
  const { sent, end } = await ask({ ...get, query: { a: 'x y', b: undefined, c: '&' } }, fine);
  expect(sent[0]?.url).toBe('http://mesh/x?a=x+y&c=%26');
  expect(sent[0]?.init).toMatchObject({ method: 'GET', redirect: 'manual' });
  expect(sent[0]?.init.headers).toEqual({
    authorization: 'Bearer t.o.k',
    accept: 'application/json, application/problem+json',
  });
  expect(sent[0]?.init).not.toHaveProperty('body');
  expect(end).toMatchObject({ status: 200, body: '{"ok":1}', json: { ok: 1 } });
});

test('without a query the address has none', async () => {
  expect((await ask({ ...get, query: { a: undefined } }, fine)).sent[0]?.url).toBe('http://mesh/x');
});

test('a body says what it is; text is JSON already; only a POST has a key, and keeps it over its tries', async () => {
  const posted = await ask(post, network('ECONNRESET'), fine);
  expect(posted.sent.map(({ init }) => [init.body, init.headers])).toEqual(
    Array(2).fill([
      '{"a":1}',
      expect.objectContaining({ 'content-type': 'application/json', 'idempotency-key': 'key-0' }),
    ]),
  );
  const changed = await ask(put, fine);
  expect(changed.sent[0]?.init.body).toBe('{ "a": 1 }');
  expect(changed.sent[0]?.init.headers).not.toHaveProperty('idempotency-key');
});

describe('1: a lost connection', () => {
  test.each([
    ['GET', 'ECONNRESET', 2],
    ['POST', 'ECONNRESET', 2],
    ['PUT', 'ECONNRESET', 1],
    ['DELETE', 'ECONNRESET', 1],
    ['PUT', 'ECONNREFUSED', 2],
    ['DELETE', 'ECONNREFUSED', 2],
  ] as const)('a %s after %s is sent %i time(s)', async (method, code, tries) => {
    expect((await ask({ method, path: '/x', expects: ['ok'] }, network(code), fine)).tries).toBe(tries);
  });

  test('2: there are four tries, with growing waits between them', async () => {
    const { tries, slept, end } = await ask(get, network('ECONNREFUSED'));
    expect([tries, slept]).toEqual([4, [150, 300, 600]]);
    expect(end).toMatchObject({
      exit: 'unreachable',
      code: 'unreachable',
      message: 'http://mesh cannot be reached: nothing listens there',
      details: [expect.stringContaining('npm start')],
    });
  });

  test('a probe is sent once', async () => {
    expect((await ask(probe, network('ECONNREFUSED'))).tries).toBe(1);
  });
});

describe('2: a server that cannot now', () => {
  test.each([
    ['says when', 503, { 'retry-after': '3' }, [3_000]],
    ['says when, at its bound', 429, { 'retry-after': '10' }, [10_000]],
    ['says at once', 503, { 'retry-after': '0' }, [100]],
    ['says nothing', 503, {}, [1_000]],
  ] as const)('is asked again: it %s', async (_what, status, headers, slept) => {
    const asked = await ask(get, problem(status, 'unavailable', headers), fine);
    expect([asked.slept, asked.end]).toMatchObject([slept, { json: { ok: 1 } }]);
  });

  test.each([
    ['says to wait too long', get, 503, { 'retry-after': '11' }],
    ['failed', get, 500, {}],
    ['refuses', get, 422, {}],
    ['is told something that is not safe to repeat', put, 503, {}],
    ['is told to delete', { ...get, method: 'DELETE' } as const, 503, {}],
  ] as const)('is not: it %s', async (_what, request, status, headers) => {
    const asked = await ask(request, problem(status, 'x', headers), fine);
    expect([asked.tries, asked.slept, asked.end]).toMatchObject([1, [], { code: 'x' }]);
  });

  test('four times at most, and then is told', async () => {
    const { tries, slept, end } = await ask(get, problem(503, 'unavailable'));
    expect([tries, slept, end]).toMatchObject([4, [1_000, 1_000, 1_000], { exit: 'unreachable', code: 'unavailable' }]);
  });
});

test('the first request of ours may be under way when the second arrives; one that was never sent twice conflicts for good', async () => {
  const conflict = problem(409, 'idempotency-conflict');
  expect((await ask(post, network('ECONNRESET'), conflict, fine)).end).toMatchObject({ json: { ok: 1 } });
  expect((await ask(post, conflict, fine)).end).toMatchObject({ exit: 'refused', code: 'idempotency-conflict' });
  expect((await ask(post, network('ECONNRESET'), problem(409, 'conflict'), fine)).end).toMatchObject({
    code: 'conflict',
  });
});

test('3: a redirect is an answer of some other server, and so is a page', async () => {
  const moved = await ask(get, () => new Response('', { status: 302, headers: { location: 'http://elsewhere' } }));
  expect([moved.tries, moved.end]).toMatchObject([1, { code: 'status-302' }]);
  const page: Step = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
  expect((await ask(get, page)).end).toMatchObject({
    code: 'status-200',
    message: 'the server answered 200 with text/html',
  });
  expect((await ask(probe, page)).end).toMatchObject({ status: 200, body: '<html>' });
  const nothing: Step = () => new Response(null, { status: 204 });
  expect((await ask(get, nothing)).end).toMatchObject({ code: 'status-204' });
});

test('an answer that lacks what every answer of ours has is some other server’s, and shows what it is', async () => {
  const both: Request = { ...get, expects: ['ok', 'items', 'toString'] };
  expect((await ask(both, json({ ok: null }))).end).toMatchObject({
    exit: 'failed',
    code: 'foreign-answer',
    message: 'the server answered 200 without items, toString',
    body: '{"ok":null}',
    details: [expect.stringContaining('--url')],
  });
});

test('a probe takes any status', async () => {
  expect((await ask(probe, problem(503, 'unavailable'))).end).toMatchObject({ status: 503 });
});

test('an answer that never ends is refused, and not asked for again', async () => {
  const chunk = new Uint8Array(8 * 1024 * 1024);
  const endless: Step = () => new Response(new ReadableStream({ pull: (sink) => sink.enqueue(chunk) }));
  expect(await ask(get, endless)).toMatchObject({
    tries: 1,
    end: { exit: 'failed', message: expect.stringContaining('larger than') },
  });
});

test('characters that come in two pieces are whole', async () => {
  const bytes = new TextEncoder().encode('{"ok":"ü"}');
  const pieces: Step = () =>
    new Response(
      new ReadableStream({
        start: (sink) => {
          for (const byte of bytes) sink.enqueue(Uint8Array.of(byte));
          sink.close();
        },
      }),
    );
  expect((await ask(get, pieces)).end).toMatchObject({ json: { ok: 'ü' } });
});

test('without a token nothing is sent, but for a probe', async () => {
  const token = () => {
    throw usage('no token');
  };
  const { client, sent } = openClient([fine], token);
  await expect(client.send(get)).rejects.toThrow('no token');
  expect(sent).toEqual([]);
  await client.send(probe);
  expect(sent[0]?.init.headers).not.toHaveProperty('authorization');
});

test('Ctrl-C ends a request without another try, and says that it may have been begun', async () => {
  const scene = openClient([network('ECONNRESET')]);
  scene.interrupt.abort();
  await expect(scene.client.send(get)).rejects.toMatchObject({ exit: 'interrupted', code: 'interrupted' });
  expect([scene.sent.length, scene.slept]).toEqual([1, []]);
  const own = AbortSignal.abort(new Failure('timeout', 'not done'));
  await expect(openClient([fine]).client.send(get, own)).rejects.toMatchObject({ exit: 'timeout' });
});
