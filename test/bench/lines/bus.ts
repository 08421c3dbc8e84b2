/**
 * Messages a second, published, received and acked: the WebSocket adapter beside a bare loop over the same API on the same
 * broker, and the embedded bus beside a table with a transaction for each publish and each ack.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, createEmbeddedBus, createWebSocketBus } from '@leasehold/bus';
import { seededRng, silentLog, systemClock } from '@leasehold/kernel';
import type { Line } from '../figure.ts';
import { passThroughFile } from '../raw/disk.ts';
import { openConsumer, openProducer, passThrough } from '../raw/sockets.ts';
import { elapsedMs, takeTurns } from '../turns.ts';
import type { Place, RealPlace } from './place.ts';

const MESSAGES = 3_000;
const EMBEDDED_MESSAGES = 1_000;
const WINDOW = 500;
const SUBSCRIPTION = 'bench';
const RETENTION_MS = 7 * 24 * 3_600_000;
const PAYLOAD = JSON.stringify({ tenant_id: 'bench', tenant_name: 'Bench', tier: 'starter', padding: 'x'.repeat(200) });

const payloads = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => Buffer.from(PAYLOAD.replace('Bench', `Bench ${index}`)));

/** @returns messages a second, from the first publish to the last ack. */
async function rateThrough(bus: Bus, topic: string, messages: readonly Uint8Array[]): Promise<number> {
  const consumer = await bus.subscribe({ topic, subscription: SUBSCRIPTION, window: WINDOW });
  const acks: Promise<void>[] = [];
  const receive = async (): Promise<void> => {
    while (acks.length < messages.length) acks.push(consumer.ack(await consumer.receive()));
    await Promise.all(acks);
  };
  const publish = (payload: Uint8Array, index: number) => bus.publish({ topic, key: `k${index % 16}`, payload });
  const tookMs = await elapsedMs(() => Promise.all([receive(), ...messages.map(publish)]));
  await consumer.close();
  return (messages.length * 1_000) / tookMs;
}

async function ensureTopic(bus: Bus, topic: string): Promise<void> {
  const namespace = topic.split('/').slice(2, 4).join('/');
  await bus.ensure({
    namespaces: [{ namespace, retentionMs: RETENTION_MS }],
    topics: [{ topic, subscriptions: [SUBSCRIPTION] }],
  });
}

export async function measureSockets(place: RealPlace): Promise<readonly Line[]> {
  const { env, installation } = place;
  const adminUrl = env['STACK_PULSAR_URL'] ?? '';
  const bus = await createWebSocketBus({
    adminUrl,
    wsUrl: adminUrl.replace(/^http/, 'ws'),
    token: env['STACK_PULSAR_TOKEN'] ?? '',
    tenant: installation.pulsarTenant,
    clock: systemClock,
    rng: seededRng(1),
    log: silentLog,
  });
  const [ours, bare] = [installation.topic('bench', 'adapter'), installation.topic('bench', 'bare')];
  await ensureTopic(bus, ours);
  await ensureTopic(bus, bare);
  const messages = payloads(MESSAGES);
  const [producer, consumer] = await Promise.all([openProducer(env, bare), openConsumer(env, bare, SUBSCRIPTION)]);
  try {
    const parts = {
      product: () => rateThrough(bus, ours, messages),
      raw: async () => (MESSAGES * 1_000) / (await elapsedMs(() => passThrough(producer, consumer, messages))),
    };
    await takeTurns(1, parts, async () => undefined, place.signal);
    return [
      {
        id: 'bus.websocket',
        what: 'messages published, received, acked',
        unit: '1/s',
        better: 'higher',
        against: 'a bare WebSocket loop',
        pairs: await takeTurns(place.pairs, parts, async () => place.log('.'), place.signal),
      },
    ];
  } finally {
    producer.close();
    consumer.close();
    await bus.close();
  }
}

export async function measureEmbeddedBus(place: Place): Promise<readonly Line[]> {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-bench-'));
  const bus = await createEmbeddedBus({ path: join(folder, 'bus.sqlite'), clock: systemClock, log: silentLog });
  const topic = 'persistent://platformq/bench/embedded';
  const messages = payloads(EMBEDDED_MESSAGES);
  try {
    await ensureTopic(bus, topic);
    const parts = {
      product: () => rateThrough(bus, topic, messages),
      raw: async (round: number) => {
        const tookMs = await elapsedMs(async () => passThroughFile(join(folder, `raw-${round}.sqlite`), messages));
        return (EMBEDDED_MESSAGES * 1_000) / tookMs;
      },
    };
    return [
      {
        id: 'bus.embedded',
        what: 'embedded: messages published, received, acked',
        unit: '1/s',
        better: 'higher',
        against: 'SQLite, a transaction for each step',
        pairs: await takeTurns(place.pairs, parts, async () => place.log('.'), place.signal),
      },
    ];
  } finally {
    await bus.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
