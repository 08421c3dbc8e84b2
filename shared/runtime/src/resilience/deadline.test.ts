/** Calls that end in time whatever the other side does (1), and leave neither timer nor listener behind (2). */
import { getEventListeners } from 'node:events';
import { unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { callWithin, settlesWithin } from './deadline.ts';

const late = unavailable('too late', { code: 'Late' });

function setUp(timeoutMs = 1_000) {
  const clock = manualClock();
  const caller = new AbortController();
  const answer = Promise.withResolvers<string>();
  const heard: AbortSignal[] = [];
  const call = (signal?: AbortSignal) =>
    callWithin(
      { clock, timeoutMs, onTime: () => late },
      (inner) => {
        heard.push(inner);
        return answer.promise;
      },
      signal,
    );
  const left = () => [clock.sleepers(), getEventListeners(caller.signal, 'abort').length];
  return { clock, caller, answer, heard, call, left };
}

test.each(['answers', 'fails'] as const)('a call that %s in time ends so, and nothing is left of it', async (how) => {
  const { clock, caller, answer, heard, call, left } = setUp();
  const called = call(caller.signal);
  expect(left()).toEqual([1, 1]);
  await clock.advance(999);
  if (how === 'answers') answer.resolve('yes');
  else answer.reject(new Error('no'));
  if (how === 'answers') expect(await called).toBe('yes');
  else await expect(called).rejects.toThrow('no');
  expect([left(), heard[0]?.aborted]).toEqual([[0, 0], false]);
});

test('1: at its time it fails with the fault that says so, which the call hears as its reason', async () => {
  const { clock, caller, answer, heard, call, left } = setUp();
  const failed = expect(call(caller.signal)).rejects.toBe(late);
  await clock.advance(1_000);
  await failed;
  expect([left(), heard[0]?.reason]).toEqual([[0, 0], late]);
  answer.resolve('nobody hears it');
  await clock.settle();
});

test('who gives up is told its own reason at once, and so is the call', async () => {
  const { caller, heard, call, left } = setUp();
  const reason = new Error('closing');
  const failed = expect(call(caller.signal)).rejects.toBe(reason);
  caller.abort(reason);
  await failed;
  expect([left(), heard[0]?.reason]).toEqual([[0, 0], reason]);
});

test('who had given up before is refused, and nothing is called', async () => {
  const { caller, heard, call, left } = setUp();
  caller.abort(new Error('closed'));
  await expect(call(caller.signal)).rejects.toThrow('closed');
  expect([left(), heard]).toEqual([[0, 0], []]);
});

test('without a signal it is bounded all the same', async () => {
  const { clock, call } = setUp();
  const failed = expect(call()).rejects.toBe(late);
  await clock.advance(1_000);
  await failed;
});

test('what settles in time, either way, is told so, and no timer is left', async () => {
  const { clock, answer, left } = setUp();
  expect(await settlesWithin(clock, 1_000, Promise.resolve())).toBe(true);
  expect(await settlesWithin(clock, 1_000, Promise.reject(new Error('no')))).toBe(true);
  expect(left()).toEqual([0, 0]);
  const waited = settlesWithin(clock, 1_000, answer.promise);
  await clock.advance(999);
  expect(left()).toEqual([1, 0]);
  await clock.advance(1);
  expect(await waited).toBe(false);
  answer.resolve('late');
  await clock.settle();
  expect(left()).toEqual([0, 0]);
});
