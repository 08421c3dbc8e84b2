/** What leaves the service, whole: events under their tenant, dead letters on record before they go, and what the bus cannot carry. */
import type { Bus, OutgoingMessage } from '@leasehold/bus';
import { invalid, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { NAMES } from '../../test/shelf.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import type { Outgoing } from '../model/decision.ts';
import { publishOutgoing } from './publish.ts';

const letter = { topic: 'persistent://platformq/system/shelf-opened-events', messageId: 'm1', publishedAtMs: 5 };
const outgoing = {
  kind: 'dead-letter',
  serial: 3,
  letter: { ...letter, payload: Buffer.from('{}').toString('base64'), properties: { a: 'b' } },
  code: 'conflict',
  message: 'no',
  attempts: 2,
} as const;
const signal = new AbortController().signal;

function publisher(fails: readonly unknown[] = []) {
  const did: unknown[] = [];
  let tries = 0;
  const bus = {
    publish: async (message: OutgoingMessage) => {
      const fault = fails[tries];
      tries += 1;
      if (fault !== undefined) throw fault;
      did.push(message);
    },
  } as unknown as Bus;
  const letters = {
    file: async (_outgoing: Outgoing, tenantId: string) => void did.push(`filed for ${tenantId}`),
  } as unknown as DeadLetters;
  const deps = { bus, pulsarTenant: 'platformq', names: NAMES };
  return {
    did,
    publish: (what: Parameters<typeof publishOutgoing>[2]) => publishOutgoing(deps, letters, what, signal),
  };
}
const row = (partition: string, value: object) => ({ partition, key: 'outbox/3', value: JSON.stringify(value) });

test('an event goes to its topic in the system’s namespace, under its tenant, as JSON', async () => {
  const { did, publish } = publisher();
  const body = { tenant_id: 'acme', event_id: 'evt_1', n: 'ü' };
  await publish(row('storeroom/shelf/acme.left', { kind: 'event', topic: 'shelf-changed-events', serial: 1, body }));
  expect(did).toEqual([
    {
      topic: 'persistent://platformq/system/shelf-changed-events',
      key: 'acme',
      payload: new TextEncoder().encode('{"tenant_id":"acme","event_id":"evt_1","n":"ü"}'),
      properties: { event_id: 'evt_1' },
    },
  ]);
});

const sent = {
  topic: 'persistent://platformq/system/shelf-opened-events-storeroom-DLQ',
  payload: new TextEncoder().encode('{}'),
  properties: {
    a: 'b',
    error_code: 'conflict',
    error_message: 'no',
    original_topic: letter.topic,
    original_message_id: 'm1',
    attempts: '2',
  },
};

test('the dead letter of an owner is on record for its tenant before it goes', async () => {
  const { did, publish } = publisher();
  await publish(row('storeroom/shelf/acme.left', outgoing));
  expect(did).toEqual(['filed for acme', sent]);
});

test('one that is no owner’s was put on record with its row', async () => {
  const { did, publish } = publisher();
  await publish(row('storeroom/letters/2026-06-15', outgoing));
  await publish(outgoing);
  expect(did).toEqual([sent, sent]);
});

test('one that the bus cannot carry goes without its content and says so', async () => {
  const { did, publish } = publisher([invalid('too large', { code: 'PayloadTooLarge' })]);
  await publish(outgoing);
  expect(did).toMatchObject([
    { topic: sent.topic, payload: new Uint8Array(), properties: { payload_omitted: 'true', payload_bytes: '2' } },
  ]);
});

test.each([
  ['a bus that is away', unavailable('away', { code: 'BusUnavailable' })],
  ['what is no fault of a bus', new RangeError('PayloadTooLarge')],
])('%s keeps it waiting, whole', async (_what, fault) => {
  const { did, publish } = publisher([fault]);
  await expect(publish(outgoing)).rejects.toBe(fault);
  expect(did).toEqual([]);
});
