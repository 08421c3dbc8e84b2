import { type LogFields, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createReadiness } from './readiness.ts';

const never = new AbortController().signal;

test('1: asked again and again, what is away is logged once, and once when it is there again', async () => {
  const lines: string[] = [];
  const add = (message: string, _fields?: LogFields) => lines.push(message);
  let away = false;
  const store = {
    ping: async () => {
      if (away) throw unavailable('the store does not answer', { code: 'StoreUnavailable', away: true });
    },
  };
  const parts = { store, bus: { ping: async () => undefined } } as unknown as Parameters<typeof createReadiness>[0];
  const look = createReadiness(parts, { ...silentLog, info: add, warn: add }, () => ({}));
  expect(await look(never)).toEqual({ ready: true, backends: {} });
  away = true;
  for (let time = 0; time < 3; time++)
    expect(await look(never)).toEqual({ ready: false, reason: 'away: store', backends: {} });
  away = false;
  expect((await look(never)).ready).toBe(true);
  expect(lines).toEqual(['the store is away: not ready until it is back', 'the store is there again']);
});
