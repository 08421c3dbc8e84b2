import { seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { recordingLog } from '../test/fixture.ts';
import { createExchange, jsonAnswer, problemAnswer, toResponse } from './exchange.ts';
import { problem } from './problem.ts';

const exchangeOf = (path: string, headers: Record<string, string> = {}) =>
  createExchange(new Request(`http://host:1${path}`, { headers, method: 'POST' }), silentLog, seededRng(1));

test.each([
  ['/', '/', ''],
  ['/api/v1/x', '/api/v1/x', ''],
  ['/api?a=1&b=2', '/api', 'a=1&b=2'],
  ['/api?', '/api', ''],
  ['/a%20b/c?x=%3F?', '/a%20b/c', 'x=%3F?'],
  ['?a=/b', '/', 'a=/b'],
])('of %j the path is %j and the query %j', (url, path, search) => {
  const exchange = exchangeOf(url);
  expect([exchange.path, exchange.search, exchange.method]).toEqual([path, search, 'POST']);
});

test.each([
  ['order-17', true],
  ['a:b/c+d=e@f_g.h', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['two words', false],
  ['a"b', false],
  ['ü', false],
])('1: the request id %j is taken: %s', (id, isTaken) => {
  const { requestId } = exchangeOf('/', { 'x-request-id': id });
  if (isTaken) expect(requestId).toBe(id);
  else expect(requestId).toMatch(/^[0-9a-f]{32}$/);
});

test('1: requests without an id have one each, made of their trace', () => {
  const rng = seededRng(1);
  const [one, two] = [1, 2].map(() => createExchange(new Request('http://x/'), silentLog, rng));
  expect(one?.requestId).toBe(`${one?.trace.traceId.slice(0, 16)}${one?.trace.spanId}`);
  expect(one?.requestId).not.toBe(two?.requestId);
});

test('2: the caller’s trace goes on here under a span of its own, with its state; without one a trace begins', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { trace } = exchangeOf('/', { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'a=1' });
  expect(trace).toMatchObject({ traceId });
  expect(trace.spanId).not.toBe('00f067aa0ba902b7');
  expect(JSON.stringify(trace)).toContain('a=1');
  expect(exchangeOf('/').trace.traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('1: the log of a request names it, and is made once, when it is asked for', () => {
  const made: unknown[] = [];
  const log = recordingLog();
  const exchange = createExchange(
    new Request('http://x/', { headers: { 'x-request-id': 'r-1' } }),
    {
      ...log,
      child: (fields) => {
        made.push(fields);
        return log;
      },
    },
    seededRng(1),
  );
  expect(made).toEqual([]);
  expect(exchange.log).toBe(exchange.log);
  const { traceId, spanId } = exchange.trace;
  expect(made).toEqual([{ request_id: 'r-1', trace_id: traceId, span_id: spanId }]);
});

test('a thrown value becomes an answer; what failed is kept for the log where it was not the caller’s', () => {
  const exchange = exchangeOf('/x?y', { 'x-request-id': 'r-1' });
  const answer = (error: unknown) => problemAnswer(error, exchange);
  expect(JSON.parse(String(answer(problem('conflict', 'x')).body))).toMatchObject({
    instance: '/x',
    request_id: 'r-1',
  });
  expect(answer(problem('conflict', 'x'))).not.toHaveProperty('failure');
  // It was chosen: its words say all.
  expect(answer(problem('unavailable', 'The process is stopping.')).failure).toBe('The process is stopping.');
  const away = unavailable('the store is away', { code: 'X' });
  expect(answer(away).failure).toBe(away);
  const cause = new TypeError('ours');
  expect(answer(cause).failure).toMatchObject({ class: 'Bug', cause });
  const failure = problem('internal', 'x');
  expect(answer(failure)).toMatchObject({ status: 500, failure });
});

test('every answer has the safe headers and the request’s id; its own go over them', () => {
  const exchange = exchangeOf('/', { 'x-request-id': 'r-1' });
  const headers = (more: Record<string, string>) =>
    Object.fromEntries(toResponse({ status: 200, headers: more, body: null }, exchange).headers);
  const safe = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'x-request-id': 'r-1',
  };
  expect(headers({})).toEqual(safe);
  expect(headers({ 'cache-control': 'no-cache', etag: '"1"' })).toEqual({
    ...safe,
    'cache-control': 'no-cache',
    etag: '"1"',
  });
});

test('JSON is said to be JSON', () => {
  expect(jsonAnswer(201, { a: [1] }, { etag: '"1"' })).toEqual({
    status: 201,
    headers: { 'content-type': 'application/json', etag: '"1"' },
    body: '{"a":[1]}',
  });
});
