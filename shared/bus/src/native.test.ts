import { seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createNativeBus } from './native-bus.ts';
import { loadNativeClient, NATIVE_MISSING, type NativeClient } from './native-client.ts';

const options = {
  url: 'pulsar://127.0.0.1:1',
  adminUrl: 'http://127.0.0.1:1',
  tenant: 't',
  clock: systemClock,
  rng: seededRng(1),
  log: silentLog,
};

test('where the addon is missing, that is said together with how to have it', async () => {
  const native = await loadNativeClient();
  const outcome = await createNativeBus(options).then(
    async (bus) => {
      await bus.close();
      return 'made';
    },
    (error: unknown) => error,
  );
  if (native) expect(outcome).toBe('made');
  else expect(outcome).toMatchObject({ class: 'Unavailable', code: 'BusUnavailable', message: NATIVE_MISSING });
});

test('a message that is over the limit of the broker with its properties is refused, not tried again for ever', async () => {
  const producer = {
    send: () => Promise.reject(new Error('Failed to send message: MessageTooBig')),
    flush: async () => null,
    close: async () => null,
  };
  class Client {
    static setLogHandler(): void {
      // Nothing is logged.
    }
    createProducer = async () => producer;
    close = async () => null;
  }
  const native = { Client, AuthenticationToken: class {}, AuthenticationTls: class {} } as unknown as NativeClient;
  const bus = await createNativeBus({ ...options, native });
  await expect(bus.publish({ topic: 'persistent://t/n/x', payload: new Uint8Array(3) })).rejects.toMatchObject({
    class: 'Invalid',
    code: 'PayloadTooLarge',
  });
  await bus.close();
});
