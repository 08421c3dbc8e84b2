/** What leaves the service carries the id and the trace of what it tells. */
import type { Bus } from '@leasehold/bus';
import { expect, test } from 'vitest';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { serviceNames } from '../rows/names.ts';
import { publishOutgoing } from './publish.ts';

const names = serviceNames({ service: 'tenant-provisioner', ownerType: 'tenant' });

test('an event has its id and its trace context as properties, and none where there is none', async () => {
  const sent: unknown[] = [];
  const bus = { publish: async (message: { properties?: unknown }) => sent.push(message.properties) } as unknown as Bus;
  const event = { kind: 'event', topic: 't', serial: 1, body: { tenant_id: 'acme', event_id: 'evt_acme_1' } } as const;
  const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };
  const send = (what: Parameters<typeof publishOutgoing>[2]) =>
    publishOutgoing({ bus, pulsarTenant: 'platformq', names }, {} as DeadLetters, what, new AbortController().signal);
  await send({ ...event, trace });
  await send(event);
  expect(sent).toEqual([{ event_id: 'evt_acme_1', ...trace }, { event_id: 'evt_acme_1' }]);
});

test('a message that a newer release wrote is not sent as something else: it waits for that release', async () => {
  const sent: unknown[] = [];
  const bus = { publish: async (message: unknown) => sent.push(message) } as unknown as Bus;
  const value = JSON.stringify({ kind: 'webhook', url: 'https://there', serial: 4 });
  const row = { partition: 'tenant-provisioner/tenant/acme', key: 'outbox/4', value };
  const sending = publishOutgoing(
    { bus, pulsarTenant: 'p', names },
    {} as DeadLetters,
    row,
    new AbortController().signal,
  );
  await expect(sending).rejects.toMatchObject({ class: 'Unavailable', code: 'NewerRelease' });
  expect(sent).toEqual([]);
});
