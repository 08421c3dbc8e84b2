import { seededRng, silentLog, systemClock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createNativeBus } from './native-bus.ts';
import { loadNativeClient, NATIVE_MISSING } from './native-client.ts';

test('where the addon is missing, that is said together with how to have it', async () => {
  const options = {
    url: 'pulsar://127.0.0.1:1',
    adminUrl: 'http://127.0.0.1:1',
    tenant: 't',
    clock: systemClock,
    rng: seededRng(1),
    log: silentLog,
  };
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
