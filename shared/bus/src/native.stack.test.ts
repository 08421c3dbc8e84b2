/**
 * The native transport against a real broker: its own code always (over a stand-in for the addon), the addon where it is
 * installed.
 */
import { createNativeStandIn } from '@leasehold/testing/fakes/pulsar-native';
import { pulsarStack, stackVariable } from '@leasehold/testing/fakes/pulsar-stack';
import { busSuite } from '@leasehold/testing/suites/bus';
import { test } from 'vitest';
import { createNativeBus } from './native-bus.ts';
import { loadNativeClient, NATIVE_MISSING, type NativeClient } from './native-client.ts';
import { createWebSocketBus } from './websocket-bus.ts';

async function harness(label: string, largePayloadBytes: number, standIn?: true) {
  const stack = await pulsarStack(label);
  const url = stackVariable('STACK_PULSAR_BINARY_URL');
  const open = () => {
    const native: NativeClient | undefined = standIn && createNativeStandIn(() => createWebSocketBus(stack.connection));
    return createNativeBus({ ...stack.connection, url, ...(native ? { native } : {}) });
  };
  return { ...stack.harness, bus: await open(), another: open, reopen: open, largePayloadBytes };
}

busSuite('native transport over a stand-in client', { clients: 'many' }, () => harness('bus-suite-si', 700_000, true));

if (await loadNativeClient()) {
  busSuite('native', { clients: 'many' }, () => harness('bus-suite-nat', 5 * 1024 * 1024 - 10_240));
} else {
  test('native Pulsar client is not installed here: its contract did not run', (context) =>
    context.skip(NATIVE_MISSING));
}
