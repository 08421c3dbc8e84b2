import { getEventListeners } from 'node:events';
import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createDeadlines } from './deadline.ts';

const LIMIT_MS = 1_000;

function setUp() {
  const clock = manualClock();
  const deadlines = createDeadlines(clock, bound('test request ms', LIMIT_MS));
  const hangUp = new AbortController();
  const request = new Request('http://x/', { signal: hangUp.signal });
  return { clock, deadlines, request, hangUp };
}
const never = () => new Promise<never>(() => undefined);

test('what ends in time has its outcome, and waits for no deadline any more', async () => {
  const { clock, deadlines, request } = setUp();
  expect(await deadlines.run(request, async () => 7)).toBe(7);
  await expect(deadlines.run(request, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  let signal: AbortSignal | undefined;
  await deadlines.run(request, async (make) => {
    signal = make();
  });
  await clock.advance(LIMIT_MS);
  expect([signal?.aborted, clock.sleepers()]).toEqual([false, 0]);
});

test('past its bound a request is 503 and its work is told the same', async () => {
  const { clock, deadlines, request } = setUp();
  let signal: AbortSignal | undefined;
  const outcome = expect(
    deadlines.run(request, (make) => {
      signal = make();
      return never();
    }),
  ).rejects.toMatchObject({ code: 'unavailable', message: 'The request took longer than 1000 ms.' });
  await clock.advance(LIMIT_MS - 1);
  expect(signal?.aborted).toBe(false);
  await clock.advance(1);
  await outcome;
  expect(signal?.reason).toMatchObject({ code: 'unavailable' });
});

test('2: work that asks for its signal only later has one that is aborted', async () => {
  const { clock, deadlines, request } = setUp();
  let make: () => AbortSignal = () => expect.unreachable();
  const outcome = expect(
    deadlines.run(request, (signal) => {
      make = signal;
      return never();
    }),
  ).rejects.toThrow('took longer');
  await clock.advance(LIMIT_MS);
  await outcome;
  expect([make().aborted, make()]).toEqual([true, make()]);
});

test('2: work that never asks for the signal has none made', async () => {
  const { deadlines, request } = setUp();
  await deadlines.run(request, async () => undefined);
  expect(getEventListeners(request.signal, 'abort')).toEqual([]);
});

test('the work is told when the caller hangs up', async () => {
  const { deadlines, request, hangUp } = setUp();
  const reason = new Promise((resolve) => {
    void deadlines.run(request, async (make) => {
      make().addEventListener('abort', () => resolve(make().reason));
      await never();
    });
  });
  hangUp.abort(new Error('gone'));
  expect(await reason).toMatchObject({ message: 'gone' });
});

test('after closing no request is cut off by its bound', async () => {
  const { clock, deadlines, request } = setUp();
  const gate = Promise.withResolvers<number>();
  const outcome = deadlines.run(request, () => gate.promise);
  deadlines.close();
  await clock.advance(10 * LIMIT_MS);
  gate.resolve(7);
  expect([await outcome, clock.sleepers()]).toEqual([7, 0]);
});
