/** What leaves the service carries the id and the trace of what it tells. */
import type { Bus } from '@leasehold/bus';
import { expect, test } from 'vitest';
import type { Letters } from './letters.ts';
import { publishOutgoing } from './publish.ts';

test('an event has its id and its trace context as properties, and none where there is none', async () => {
  const sent: unknown[] = [];
  const bus = { publish: async (message: { properties?: unknown }) => sent.push(message.properties) } as unknown as Bus;
  const event = { kind: 'event', topic: 't', serial: 1, body: { tenant_id: 'acme', event_id: 'evt_acme_1' } } as const;
  const trace = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'vendor=1' };
  const send = (what: Parameters<typeof publishOutgoing>[2]) =>
    publishOutgoing({ bus, pulsarTenant: 'platformq' }, {} as Letters, what, new AbortController().signal);
  await send({ ...event, trace });
  await send(event);
  expect(sent).toEqual([{ event_id: 'evt_acme_1', ...trace }, { event_id: 'evt_acme_1' }]);
});
