/**
 * A broker that does not own the topics, in front of a real one: what it redirects is done at the owner, with the token.
 */
import { silentLog } from '@leasehold/kernel';
import { type PulsarStack, pulsarStack } from '@leasehold/testing/fakes/pulsar-stack';
import { createRedirectingBroker, type RedirectingBroker } from '@leasehold/testing/fakes/redirecting-broker';
import { busSuite } from '@leasehold/testing/suites/bus';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createCodec } from './codec.ts';
import type { Bus } from './port.ts';
import { createWebSocketBus } from './websocket-bus.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Wherever the admin API and the WebSocket service are reached, the broker there owns nothing. */
const behind = (stack: PulsarStack, { url }: RedirectingBroker): Promise<Bus> =>
  createWebSocketBus({ ...stack.connection, adminUrl: url, wsUrl: url.replace('http', 'ws') });

busSuite('WebSocket, by a broker that owns no topic', { clients: 'many' }, async () => {
  const stack = await pulsarStack('bus-suite-redirect');
  const broker = await createRedirectingBroker(stack.connection.adminUrl);
  const open = () => behind(stack, broker);
  const cleanup = async () => {
    await broker.close();
    await stack.harness.cleanup();
  };
  return { ...stack.harness, cleanup, bus: await open(), another: open, reopen: open, largePayloadBytes: 780_000 };
});

let stack: PulsarStack;
let broker: RedirectingBroker;
let bus: Bus;

beforeAll(async () => {
  stack = await pulsarStack('bus-redirect');
  broker = await createRedirectingBroker(stack.connection.adminUrl);
  bus = await behind(stack, broker);
});
afterAll(async () => {
  broker.circle(false);
  await bus?.close();
  await broker?.close();
  await stack?.harness.cleanup();
});

test('topics are made, published to, consumed and their schemas read over redirects of calls and handshakes', async () => {
  const topic = stack.harness.topic('elsewhere');
  const namespaces = [{ namespace: `${stack.tenant}/suite`, retentionMs: 3_600_000 }];
  await bus.ensure({ namespaces, topics: [{ topic, subscriptions: ['s'], retentionMs: 7_200_000 }] });
  const schema = { type: 'STRING', schema: '', properties: {} };
  await stack.admin('POST', `/schemas/${topic.replace('persistent://', '')}/schema`, schema);
  await bus.publish({ topic, key: 'k', payload: new Uint8Array(Buffer.from('{"a":1}')) });
  const consumer = await bus.subscribe({ topic, subscription: 's', window: 2 });
  const message = await consumer.receive();
  expect((await createCodec({ bus, log: silentLog }).decode(message)).value).toEqual({ a: 1 });
  await consumer.ack(message);
  await consumer.close();
  const kinds = new Set(broker.redirected.map((line) => line.split('/').slice(0, 4).join('/')));
  for (const kind of [
    'PUT /admin/v2/persistent',
    'GET /admin/v2/schemas',
    'GET /ws/v2/consumer',
    'GET /ws/v2/producer',
  ]) {
    expect(kinds).toContain(kind);
  }
});

test('redirects in a circle are the cluster’s fault, told as what they are', async () => {
  const topic = stack.harness.topic('circle');
  broker.circle(true);
  const outcomes = await Promise.allSettled([
    bus.ensure({ namespaces: [], topics: [{ topic, subscriptions: [] }] }),
    bus.subscribe({ topic, subscription: 's', window: 1 }),
    bus.publish({ topic, payload: new Uint8Array(1) }),
  ]);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') return expect.unreachable('a circle led somewhere');
    expect(outcome.reason).toMatchObject({ class: 'Unavailable', code: 'BusUnavailable' });
    expect(outcome.reason.message).toContain('RedirectLoop');
    expect(outcome.reason.message).not.toMatch(/127\.0\.0\.1|token/);
  }
  broker.circle(false);
});
