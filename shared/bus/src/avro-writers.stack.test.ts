/**
 * Avro schemas that a real broker takes and that are not all to the letter, written by Python's own client: every message is
 * read with its own, and one that cannot be read is that message's trouble alone.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { silentLog } from '@leasehold/kernel';
import { type PulsarStack, pulsarStack, stackVariable } from '@leasehold/testing/fakes/pulsar-stack';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createCodec } from './codec.ts';
import type { Bus } from './port.ts';
import { createWebSocketBus } from './websocket-bus.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Registers each schema as it is and writes bytes as they are, as a client does that brings its own encoder. */
const PYTHON = `
import json, logging, os, pulsar, _pulsar, fastavro, io
from pulsar.schema import Schema
quiet = logging.getLogger('quiet'); quiet.addHandler(logging.NullHandler()); quiet.propagate = False
client = pulsar.Client(os.environ['URL'], authentication=pulsar.AuthenticationToken(os.environ['TOKEN']), logger=quiet)
class Own(Schema):
    def __init__(self, definition):
        super().__init__(bytes, _pulsar.SchemaType.AVRO, definition, 'AVRO')
        self.definition = definition
    def encode(self, obj):
        if isinstance(obj, str):
            return bytes.fromhex(obj)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(self.definition, _force=True, _ignore_default_error=True), obj)
        return out.getvalue()
for step in json.loads(os.environ['STEPS']):
    producer = client.create_producer(step['topic'], schema=Own(step['schema']), batching_enabled=False)
    for value in step['values']:
        producer.send(value)
    producer.close()
client.close()
os._exit(0)
`;

interface Step {
  readonly topic: string;
  readonly schema: object;
  /** A record for Python's encoder, or bytes as hexadecimal text. */
  readonly values: readonly unknown[];
}

const writeInPython = (steps: readonly Step[]) =>
  promisify(execFile)(stackVariable('STACK_PYTHON'), ['-c', PYTHON], {
    env: {
      URL: stackVariable('STACK_PULSAR_BINARY_URL'),
      TOKEN: stackVariable('STACK_PULSAR_TOKEN'),
      STEPS: JSON.stringify(steps),
    },
  });

let stack: PulsarStack;
let bus: Bus;

beforeAll(async () => {
  stack = await pulsarStack('bus-avro');
  bus = await createWebSocketBus(stack.connection);
  await bus.ensure({ namespaces: [{ namespace: `${stack.tenant}/suite`, retentionMs: 3_600_000 }], topics: [] });
});
afterAll(async () => {
  await bus?.close();
  await stack?.harness.cleanup();
});

/** What each message of a topic is read as, in their order. */
async function readAll(topic: string, count: number): Promise<readonly unknown[]> {
  const codec = createCodec({ bus, log: silentLog });
  const consumer = await bus.subscribe({ topic, subscription: 's', window: count });
  const seen: unknown[] = [];
  for (let i = 0; i < count; i++) {
    const message = await consumer.receive();
    seen.push(
      await codec.decode(message).then(
        ({ value }) => value,
        (error: { readonly code?: string }) => error.code,
      ),
    );
    await consumer.ack(message);
  }
  await consumer.close();
  return seen;
}

const record = (fields: readonly object[], more: object = {}) => ({ type: 'record', name: 'Created', fields, ...more });
const id = { name: 'tenant_id', type: { type: 'string', 'avro.java.string': 'String' } };
const place = record([{ name: 'city', type: 'string' }], { name: 'Place' });

const ODD: Readonly<Record<string, { readonly schema: object; readonly value: object }>> = {
  'a text as the default of a union that begins with null': {
    schema: record([id, { default: 'free', name: 'tier', type: ['null', 'string'] }]),
    value: { tenant_id: 'a', tier: 'pro' },
  },
  'null as the default of a union that begins with text': {
    schema: record([id, { name: 'tier', type: ['string', 'null'], default: null }]),
    value: { tenant_id: 'a', tier: null },
  },
  'null as the default of a number': {
    schema: record([id, { name: 'n', type: 'int', default: null }]),
    value: { tenant_id: 'a', n: -3 },
  },
  'a class within a class in Java': {
    schema: record([id, { name: 'at', type: place }, { name: 'next', type: ['null', 'com.acme.Events$.Place'] }], {
      namespace: 'com.acme.Events$',
    }),
    value: { tenant_id: 'a', at: { city: 'x' }, next: { city: 'y' } },
  },
  'docs, aliases and defaults of any kind': {
    schema: record([
      { ...id, doc: 7, aliases: ['a b'] },
      { name: 'at', type: place, default: 3 },
    ]),
    value: { tenant_id: 'a', at: { city: 'x' } },
  },
};

test('what the broker takes of a schema is read: defaults, namespaces, docs and aliases mean nothing to bytes', async () => {
  const cases = Object.values(ODD).map((each) => ({ ...each, topic: stack.harness.topic('odd') }));
  await bus.ensure({ namespaces: [], topics: cases.map(({ topic }) => ({ topic, subscriptions: ['s'] })) });
  await writeInPython(cases.map(({ topic, schema, value }) => ({ topic, schema, values: [value] })));
  for (const { topic, value } of cases) expect(await readAll(topic, 1)).toEqual([value]);
});

test('a message that is no record of its schema stops no other', async () => {
  const topic = stack.harness.topic('broken');
  await bus.ensure({ namespaces: [], topics: [{ topic, subscriptions: ['s'] }] });
  const values = [{ tenant_id: 'a' }, 'ff', '', { tenant_id: 'b' }];
  await writeInPython([{ topic, schema: record([id]), values }]);
  expect(await readAll(topic, 4)).toEqual([{ tenant_id: 'a' }, 'Undecodable', 'Undecodable', { tenant_id: 'b' }]);
});
