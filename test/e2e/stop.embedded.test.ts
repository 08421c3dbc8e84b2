/**
 * How the process stops, with connections of every kind open: it says so, takes no more, finishes what is under way with the
 * store still there, and ends in time with 0, whatever its clients do or leave undone.
 */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untilAll } from '../support/api.ts';
import { until } from '../support/poll.ts';
import { type Product, startProduct } from '../support/product.ts';

/** Well above what half-sent requests are given, well below what hanging on to a connection used to cost. */
const END_MS = 10_000;
const SETTLE_MS = 20_000;

let product: Product;
const sockets: Socket[] = [];
beforeEach(async () => {
  product = await startProduct();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await product.clear();
});

interface Raw {
  readonly socket: Socket;
  text(): string;
  readonly ended: Promise<string>;
}

async function raw(bytes = ''): Promise<Raw> {
  const socket = connect(Number(new URL(product.url).port), '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  if (bytes !== '') socket.write(bytes);
  return { socket, text: () => text, ended };
}

const said = (what: string, { text }: Raw, pattern: RegExp) =>
  until(what, () => pattern.test(text()), { boundMs: SETTLE_MS, everyMs: 10, tell: product.tail });

const request = (method: string, path: string, body = '', more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${product.token()}\r\n${more}${
    body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  }\r\n${body}`;
const provision = (id: string) =>
  request('POST', '/api/v1/provision', JSON.stringify({ tenant_id: id, tenant_name: id, tier: 'free' }));

async function stopInTime(signal: NodeJS.Signals): Promise<void> {
  const fromMs = performance.now();
  product.tell(signal);
  expect(await product.ended(END_MS), product.tail()).toEqual({ code: 0, signal: null });
  expect(performance.now() - fromMs).toBeLessThan(END_MS);
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s ends it in time with 0, whatever hangs on its connections',
  async (signal) => {
    await raw();
    await raw('GET');
    await raw('GET /health HTTP/1.1\r\nHo');
    await raw(provision('half').slice(0, -9));
    const kept = await raw(request('GET', '/health'));
    await said('an answer on a connection that is kept', kept, /200 OK/);
    await raw(`GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea`);
    await stopInTime(signal);
    expect(product.output()).toMatch(new RegExp(`stopping: .*|"signal":"${signal}"`));
    expect(product.output()).toContain('"clean":true');
    expect(product.output()).not.toContain('took too long');
  },
);

test('requests that are under way are answered with the store still there, and what they asked for is done', async () => {
  await product.api.provision('acme');
  await untilAll(product.api, ['acme'], 'completed', SETTLE_MS, product.tail);
  const late = provision('late');
  const half = await raw(late.slice(0, -5));
  const stream = await raw(
    request('GET', '/api/v1/tenants/acme/provisioning-status', '', 'Accept: text/event-stream\r\n'),
  );
  await said('the first event', stream, /data: /);
  const kept = await raw(request('GET', '/health'));
  await said('an answer', kept, /200 OK/);
  product.tell('SIGTERM');
  await until('/ready to say 503', async () => (await product.look('/ready')) === 503, {
    boundMs: 2_000,
    everyMs: 10,
    tell: product.tail,
  });
  half.socket.write(late.slice(-5));
  expect(await half.ended).toMatch(/^HTTP\/1\.1 202 /);
  expect(await stream.ended, 'the stream ends as one that is whole').toMatch(/\r\n0\r\n\r\n$/);
  expect(await product.ended(END_MS), product.tail()).toEqual({ code: 0, signal: null });
  expect(product.output()).not.toContain('file is closed');
  product.launch();
  await product.ready();
  await untilAll(product.api, ['acme', 'late'], 'completed', SETTLE_MS, product.tail);
});

test('stopped in the middle of much work, no request is told that the store is closed', async () => {
  const answers = new Map<number, number>();
  let refused = 0;
  const senders = Array.from({ length: 8 }, async (_, sender) => {
    for (let serial = 0; ; serial++) {
      try {
        const body = { tenant_id: `w${sender}-${serial}`, tenant_name: 'W', tier: 'free' };
        const { status } = await product.api.call('POST', '/api/v1/provision', { body });
        answers.set(status, (answers.get(status) ?? 0) + 1);
      } catch {
        refused += 1;
        return;
      }
    }
  });
  await until('work', () => (answers.get(202) ?? 0) > 20, { boundMs: SETTLE_MS, tell: product.tail });
  product.tell('SIGTERM');
  await Promise.all(senders);
  expect(await product.ended(20_000), product.tail()).toEqual({ code: 0, signal: null });
  expect(refused).toBe(senders.length);
  expect(product.output()).not.toMatch(/file is closed|"level":"error"/);
});

test('a second signal ends it at once, with a code that says so', async () => {
  await raw(provision('half').slice(0, -9));
  product.tell('SIGTERM');
  await until('the first signal to be told', () => product.output().includes('stopping: '), {
    boundMs: 2_000,
    everyMs: 10,
  });
  product.tell('SIGINT');
  expect((await product.ended(1_500)).code).toBe(130);
});
