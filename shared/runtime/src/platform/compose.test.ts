import { type LogFields, seededRng, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { untilThere } from './compose.ts';

test('P1: what is away for long is said at first, then once a minute, and when it is there', async () => {
  const lines: string[] = [];
  const add = (message: string, _fields?: LogFields) => lines.push(message);
  const waits: (string | undefined)[] = [];
  const clock = manualClock();
  let away = true;
  const opened = untilThere(
    {
      clock,
      rng: seededRng(1),
      log: { ...silentLog, info: add, warn: add },
      onWait: (reason) => waits.push(reason),
      scope: { signal: new AbortController().signal, onClose: () => undefined },
    },
    'the store',
    async () => {
      if (away) throw unavailable('no answer', { code: 'StoreUnavailable' });
      return 'open';
    },
  );
  await clock.advance(130_000);
  away = false;
  await clock.advance(10_000);
  expect(await opened).toBe('open');
  expect(waits[0]).toBe('starting, the store is away (no answer)');
  expect(waits.at(-1)).toBeUndefined();
  expect(lines).toEqual([
    'the store is away; trying again',
    'the store is away; trying again',
    'the store is away; trying again',
    'the store is there',
  ]);
});
