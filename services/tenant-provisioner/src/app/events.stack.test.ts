/**
 * What only a real broker shows of events: a message as large as it bears reaches us, and a letter with it does not fit into
 * a frame. It must not hold up those behind it.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Bus, type Consumer, createCodec, createWebSocketBus } from '@leasehold/bus';
import { cannotHandle, createDeadLetters, type IntakeDeps, prepareEvent, publishOutgoing } from '@leasehold/controller';
import { bound, seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { type Consumers, createRelay, type Relay, startConsumers } from '@leasehold/runtime';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { type PulsarStack, pulsarStack, stackVariable } from '@leasehold/testing/fakes/pulsar-stack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideOutcomes } from '../domain/decide.ts';
import { contextOf, openScene } from '../domain/scene.ts';
import type { TenantTypes } from '../domain/types.ts';
import { TENANT_EVENTS } from './events.ts';
import { NAMES, SERVICE } from './partition.ts';
import { createTenants, type Tenants } from './tenants.ts';

const PYTHON = `
import json, logging, os, pulsar
quiet = logging.getLogger('quiet'); quiet.addHandler(logging.NullHandler()); quiet.propagate = False
client = pulsar.Client(os.environ['URL'], authentication=pulsar.AuthenticationToken(os.environ['TOKEN']), logger=quiet)
producer = client.create_producer(os.environ['TOPIC'], batching_enabled=False)
for size in json.loads(os.environ['SIZES']):
    producer.send(b'x' * size, partition_key='acme', properties={'note': str(size)})
trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
producer.send(json.dumps({'tenant_id': 'acme', 'tenant_name': 'Acme', 'tier': 'free'}).encode(), partition_key='acme',
              properties={'traceparent': trace})
client.close()
os._exit(0)
`;
/** Over one frame with its base64, and nearly all that the broker bears. */
const SIZES = [300_000, 900_000, 5 * 1024 * 1024 - 10_240];
const KEPT = 300_000;

let stack: PulsarStack;
let world: TestLedger;
let bus: Bus;
let relay: Relay;
let consumers: Consumers | undefined;
beforeAll(async () => {
  stack = await pulsarStack('events-suite');
  world = await openTestLedger();
  world.nowMs = systemClock.now();
  bus = await createWebSocketBus(stack.connection);
});
afterAll(async () => {
  await consumers?.close();
  await relay?.close();
  await bus?.close();
  await stack?.harness.cleanup();
  await world?.close();
});

let tenants: Tenants;

function parts(): IntakeDeps<TenantTypes> {
  const { ledger } = world;
  const letters = createDeadLetters({ ledger, clock: systemClock, names: NAMES });
  const publisher = { bus, pulsarTenant: stack.tenant, names: NAMES };
  relay = createRelay({
    ledger,
    clock: systemClock,
    rng: seededRng(1),
    log: silentLog,
    parallelism: bound('p', 4),
    publisherOf: () => (row, signal) => publishOutgoing(publisher, letters, row, signal),
  });
  const context = () => ({ ...contextOf(openScene()), nowMs: systemClock.now() });
  tenants = createTenants({ ledger, clock: systemClock, context });
  return {
    names: NAMES,
    events: TENANT_EVENTS,
    codec: createCodec({ bus, log: silentLog }),
    ledger,
    deadLetters: letters,
    relay,
    clock: systemClock,
    log: silentLog,
    send: (outgoing, signal) => publishOutgoing(publisher, letters, outgoing, signal),
    decide: (tenantId, command, source, signal) => tenants.command(tenantId, command, source, 'open', signal),
  };
}

test('messages of any size that the broker bears end as dead letters, and the one behind them is handled', async () => {
  const topic = `persistent://${stack.tenant}/system/tenant-created-events`;
  const letterTopic = `persistent://${stack.tenant}/system/tenant-created-events-${SERVICE}-DLQ`;
  await bus.ensure({
    namespaces: [{ namespace: `${stack.tenant}/system`, retentionMs: 3_600_000 }],
    topics: [
      { topic, subscriptions: [SERVICE] },
      { topic: letterTopic, subscriptions: ['operator'] },
    ],
  });
  await promisify(execFile)(stackVariable('STACK_PYTHON'), ['-c', PYTHON], {
    env: {
      URL: stackVariable('STACK_PULSAR_BINARY_URL'),
      TOKEN: stackVariable('STACK_PULSAR_TOKEN'),
      TOPIC: topic,
      SIZES: JSON.stringify(SIZES),
    },
  });
  const events = parts();
  consumers = startConsumers({
    bus,
    subscription: SERVICE,
    window: bound('window', 10),
    clock: systemClock,
    rng: seededRng(2),
    log: silentLog,
    prepare: (message) => prepareEvent(events, message),
    onCannot: (message, fault, attempts, signal) => cannotHandle(events, message, fault, attempts, signal),
  });
  await consumers.add(topic);
  await expect
    .poll(async () => (await tenants.read('acme')).state.generation, { timeout: 30_000, interval: 200 })
    .toBe(1);
  const { operation } = (await tenants.read('acme')).state;
  expect(operation?.trace?.traceparent).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');

  const told = `persistent://${stack.tenant}/system/tenant-provisioned-events`;
  const listener = await bus.subscribe({ topic: told, subscription: 'listener', window: 1 });
  await tenants.decide('acme', (rows, context) =>
    decideOutcomes(
      rows.state,
      rows.waiting,
      rows.state.records.map(({ id }) => ({ id, status: 'skipped' as const })),
      { ...context, kinds: new Map() },
    ),
  );
  const { properties } = await listener.receive();
  expect(properties).toEqual({
    event_id: expect.stringContaining('evt_acme_'),
    traceparent: operation?.trace?.traceparent,
  });

  const operator: Consumer = await bus.subscribe({ topic: letterTopic, subscription: 'operator', window: 10 });
  const seen: Record<string, unknown> = {};
  for (let i = 0; i < SIZES.length; i++) {
    const letter = await operator.receive();
    expect(letter.properties).toMatchObject({ error_code: 'invalid', original_topic: topic });
    expect(letter.key).toBe('acme');
    const size = Number(letter.properties['payload_bytes'] ?? letter.payload.byteLength);
    seen[size] = [letter.payload.byteLength, letter.properties['payload_omitted'], letter.properties['note']];
    await operator.ack(letter);
  }
  expect(seen).toEqual(
    Object.fromEntries(
      SIZES.map((size) => [size, size === KEPT ? [size, undefined, String(size)] : [0, 'true', undefined]]),
    ),
  );
  expect((await events.deadLetters.list({ limit: 10 })).items).toHaveLength(SIZES.length);
});
