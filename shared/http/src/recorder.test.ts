import { seededRng } from '@leasehold/kernel';
import { createMetrics } from '@leasehold/observability';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { recordingLog } from '../test/fixture.ts';
import { type Answer, createExchange } from './exchange.ts';
import { createRecorder } from './recorder.ts';

function setUp() {
  const clock = manualClock();
  const log = recordingLog();
  const metrics = createMetrics({ processMetrics: false });
  const record = createRecorder({ clock, log, metrics });
  const ask = async (method: string, answer: Partial<Answer>, pattern = '/api/v1/x/{id}') => {
    const request = new Request('http://h/api/v1/x/7?secret=1', { method, headers: { 'x-request-id': 'r-1' } });
    const exchange = createExchange(request, log, seededRng(1));
    const given = { status: 200, headers: {}, body: null, ...answer };
    const seen = await record(pattern, exchange, async () => {
      await clock.advance(250);
      return given;
    });
    expect(seen).toBe(given);
    return exchange;
  };
  return { ask, log, metrics };
}

test.each([
  ['GET', 200, 'debug'],
  ['HEAD', 404, 'debug'],
  ['OPTIONS', 204, 'debug'],
  ['POST', 201, 'info'],
  ['PUT', 404, 'info'],
  ['DELETE', 499, 'info'],
  ['GET', 500, 'error'],
  ['POST', 502, 'error'],
  ['GET', 503, 'warn'],
  ['POST', 503, 'warn'],
])('1: a %s that is answered with %i is a line at %s', async (method, status, level) => {
  const { ask, log } = setUp();
  await ask(method, { status });
  expect(log.lines.map((line) => [line.level, line.message])).toEqual([[level, 'request']]);
});

test('2: whoever asks whether the process is ready makes no line above debug, whatever the answer', async () => {
  const { ask, log } = setUp();
  for (const status of [200, 503, 500]) await ask('GET', { status }, '/ready');
  expect(log.lines.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
});

test('a line names the request by its pattern and path, never by its query, with who asked and what failed', async () => {
  const { ask, log } = setUp();
  const { trace } = await ask('POST', { status: 201, subject: 'ada' });
  const base = {
    request_id: 'r-1',
    trace_id: trace.traceId,
    method: 'POST',
    route: '/api/v1/x/{id}',
    path: '/api/v1/x/7',
    status: 201,
    duration_ms: 250,
  };
  expect(log.lines[0]?.fields).toEqual({ ...base, subject: 'ada' });
  await ask('POST', { status: 503, failure: 'The process is stopping.' });
  expect(log.lines[1]?.fields).toStrictEqual({ ...base, status: 503, why: 'The process is stopping.' });
  const error = new Error('away');
  await ask('POST', { status: 503, failure: error });
  expect(log.lines[2]?.fields).toEqual({ ...base, status: 503, error });
});

test('requests are counted by pattern, method and status, and timed in seconds; a method nobody knows is another', async () => {
  const { ask, metrics } = setUp();
  await ask('POST', { status: 201 });
  await ask('POST', { status: 201 });
  await ask('BREW', { status: 405 });
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']) await ask(method, { status: 200 }, '/y');
  const text = await metrics.render();
  expect(text).toContain('http_requests_total{route="/api/v1/x/{id}",method="POST",status="201"} 2');
  expect(text).toContain('http_requests_total{route="/api/v1/x/{id}",method="other",status="405"} 1');
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']) {
    expect(text).toContain(`http_requests_total{route="/y",method="${method}",status="200"} 1`);
  }
  expect(text).toMatch(/http_request_seconds_sum\{route="\/api\/v1\/x\/\{id\}"\} 0\.75/);
});
