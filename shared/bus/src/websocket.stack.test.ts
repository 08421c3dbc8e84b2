/**
 * The WebSocket transport against a real broker: the bus contract.
 */

import { pulsarStack } from '@leasehold/testing/fakes/pulsar-stack';
import { busSuite } from '@leasehold/testing/suites/bus';
import { createWebSocketBus } from './websocket-bus.ts';

busSuite('WebSocket', { clients: 'many' }, async () => {
  const stack = await pulsarStack('bus-suite-ws');
  const open = () => createWebSocketBus(stack.connection);
  return { ...stack.harness, bus: await open(), another: open, reopen: open, largePayloadBytes: 780_000 };
});
