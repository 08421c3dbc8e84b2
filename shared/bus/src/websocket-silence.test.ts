import { bound, type Clock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { watchSilence } from './websocket-silence.ts';

/** Time that passes as it is slept; `during` may change the world first. */
function steppedClock(during: (now: number) => void): Clock & { readonly slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      now += ms;
      during(now);
    },
  };
}

test('a socket that says nothing is asked once, and given up after as long again', async () => {
  let asked = 0;
  const clock = steppedClock(() => undefined);
  const options = { clock, limit: bound('bus.silenceMs', 100), heardAtMs: () => 0, ask: () => (asked += 1) };
  expect(await watchSilence(options, new AbortController().signal)).toBe('silent');
  expect([asked, clock.now()]).toEqual([1, 200]);
});

test('a socket that answers is kept, however long it has nothing else to say', async () => {
  let heard = 0;
  let asked = 0;
  const stop = new AbortController();
  const clock = steppedClock((now) => now > 10_000 && stop.abort());
  const ask = () => {
    asked += 1;
    heard = clock.now();
  };
  const options = { clock, limit: bound('bus.silenceMs', 100), heardAtMs: () => heard, ask };
  expect(await watchSilence(options, stop.signal)).toBe('over');
  expect(asked).toBeGreaterThan(50);
  expect(Math.min(...clock.slept)).toBeGreaterThan(0);
});
