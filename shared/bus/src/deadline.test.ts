import { getEventListeners } from 'node:events';
import { bound } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { settleWithin, withDeadline } from './deadline.ts';
import { busUnavailable } from './faults.ts';

const LIMIT = bound('test ms', 100);
const late = () => busUnavailable('late');
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('the work was stopped'))));

test('work that ends in time has its outcome, and no timer is left', async () => {
  const clock = manualClock();
  expect(await withDeadline(clock, LIMIT, late, async () => 7)).toBe(7);
  await expect(withDeadline(clock, LIMIT, late, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  expect(clock.sleepers()).toBe(0);
});

test('1: when the time is over the work is told why, and its caller has the fault, whatever the work then says', async () => {
  const clock = manualClock();
  let reason: unknown;
  const outcome = expect(
    withDeadline(clock, LIMIT, late, (signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      return untilAborted(signal);
    }),
  ).rejects.toMatchObject({ class: 'Unavailable', message: 'late' });
  await clock.advance(LIMIT.value - 1);
  expect(reason).toBeUndefined();
  await clock.advance(1);
  await outcome;
  expect([reason, clock.sleepers()]).toMatchObject([{ message: 'late' }, 0]);
});

test('1: work that does not listen is not waited for', async () => {
  const clock = manualClock();
  const outcome = expect(withDeadline(clock, LIMIT, late, () => new Promise(() => undefined))).rejects.toThrow('late');
  await clock.advance(LIMIT.value);
  await outcome;
});

test('2: a caller that gives up has its reason, and so has the work', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  let reason: unknown;
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      reason = signal.reason;
    });
    return untilAborted(signal);
  };
  const outcome = expect(withDeadline(clock, LIMIT, late, work, stop.signal)).rejects.toThrow('enough');
  const enough = new Error('enough');
  stop.abort(enough);
  await outcome;
  expect([reason, clock.sleepers()]).toEqual([enough, 0]);
});

test('2: where the caller has given up before, the work does not begin', async () => {
  let began = false;
  const work = async () => {
    began = true;
  };
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(withDeadline(manualClock(), LIMIT, late, work, signal)).rejects.toThrow('enough');
  expect(began).toBe(false);
});

test('settling within a time: the work’s end, its failure or the time, whichever is first, and no timer is left', async () => {
  const clock = manualClock();
  await settleWithin(clock, LIMIT, Promise.resolve());
  await settleWithin(clock, LIMIT, Promise.reject(new Error('it failed')));
  await clock.settle();
  expect(clock.sleepers()).toBe(0);
  let settled = false;
  const settling = settleWithin(clock, LIMIT, new Promise(() => undefined)).then(() => {
    settled = true;
  });
  await clock.advance(LIMIT.value - 1);
  expect(settled).toBe(false);
  await clock.advance(1);
  await settling;
  expect(settled).toBe(true);
});

test('3: a caller’s signal is not listened to any more once the work has ended', async () => {
  const { signal } = new AbortController();
  await withDeadline(manualClock(), LIMIT, late, async () => 7, signal);
  await expect(withDeadline(manualClock(), LIMIT, late, () => Promise.reject(new Error('x')), signal)).rejects.toThrow(
    'x',
  );
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
