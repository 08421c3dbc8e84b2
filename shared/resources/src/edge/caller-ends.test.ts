/** What is left behind by a call that ended, and what is told of one that did not. */
import { bound, conflict, unavailable } from '@leasehold/kernel';
import { expect, test, vi } from 'vitest';
import { away, type CallName, createCaller } from './caller.ts';

const never = () => new Promise<never>(() => undefined);
const look = { name: 'look', kind: 'read' } as const;

function callerOf(more: Partial<Parameters<typeof createCaller>[0]> = {}) {
  const translated: unknown[] = [];
  const caller = createCaller({
    backend: 'minio',
    timeoutMs: bound('test-ms', 5),
    translate: (error, call) => {
      translated.push(error);
      return unavailable(`translated ${call.name}`, { code: 'Translated', backend: call.backend });
    },
    ...more,
  });
  return { caller, translated };
}

test('C1 whoever still works for a call that is over is told so, however it ended', async () => {
  const { caller } = callerOf();
  const given: AbortSignal[] = [];
  const kept = (run: () => Promise<unknown>) => (signal: AbortSignal) => {
    given.push(signal);
    expect(signal.aborted, 'not before').toBe(false);
    return run();
  };
  const signal = new AbortController().signal;
  expect(
    await caller(
      look,
      signal,
      kept(async () => 7),
    ),
  ).toBe(7);
  await caller(
    look,
    signal,
    kept(() => Promise.reject(new Error('x'))),
  ).catch(() => undefined);
  await caller(look, signal, kept(never)).catch(() => undefined);
  const stop = new AbortController();
  const stopped = caller({ ...look, timeoutMs: bound('long', 60_000) }, stop.signal, kept(never)).catch(
    () => undefined,
  );
  stop.abort();
  await stopped;
  expect(given.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
});

test('C1 a client that did not answer is told of once, one that answered never', async () => {
  let told = 0;
  const { caller } = callerOf({ onTimeout: () => void told++ });
  const { signal } = new AbortController();
  await caller(look, signal, async () => 'quick');
  await caller(look, signal, () => Promise.reject(new Error('x'))).catch(() => undefined);
  expect(told).toBe(0);
  await expect(caller(look, signal, never)).rejects.toMatchObject({ away: true });
  expect(told).toBe(1);
});

test('C1 a call may have a limit of its own', async () => {
  const { caller } = callerOf({ timeoutMs: bound('long', 60_000) });
  const call = caller({ ...look, timeoutMs: bound('short', 3) }, new AbortController().signal, never);
  await expect(call).rejects.toThrow('did not answer within 3 ms (look)');
});

test('C2 nothing listens to a signal after its call', async () => {
  const stop = new AbortController();
  let listening = 0;
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listening += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listening -= 1;
    remove(...args);
  };
  const { caller } = callerOf();
  await caller(look, signal, async () => 1);
  await caller(look, signal, () => Promise.reject(new Error('x'))).catch(() => undefined);
  expect(listening).toBe(0);
});

test('C3 a fault passes untranslated, and each raw call goes through what measures it, by its name', async () => {
  const measured: CallName[] = [];
  const { caller, translated } = callerOf({
    around: (call, run) => {
      measured.push(call);
      return run();
    },
  });
  const { signal } = new AbortController();
  const fault = conflict('no', { code: 'No', backend: 'minio' });
  await expect(caller(look, signal, () => Promise.reject(fault))).rejects.toBe(fault);
  const error = new Error('x');
  await expect(caller({ name: 'make', kind: 'effect' }, signal, () => Promise.reject(error))).rejects.toMatchObject({
    code: 'Translated',
    message: 'translated make',
  });
  expect(translated).toEqual([error]);
  expect(measured).toEqual([
    { backend: 'minio', ...look },
    { backend: 'minio', name: 'make', kind: 'effect' },
  ]);
});

test('the outcome of what was read is never unknown, and how long to wait is told where it is known', () => {
  const read: CallName = { backend: 'b', ...look };
  const effect: CallName = { backend: 'b', name: 'make', kind: 'effect' };
  expect(away(read, 'is gone', { lost: true }).unknownOutcome).toBe(false);
  expect(away(effect, 'is gone', { lost: true }).unknownOutcome).toBe(true);
  expect(away(effect, 'is gone', { lost: false }).unknownOutcome).toBe(false);
  const told = away(effect, 'is gone', { lost: true, retryAfterMs: 7, cause: 'why' });
  expect(told).toMatchObject({ retryAfterMs: 7, cause: 'why', code: 'BackendUnavailable', backend: 'b', away: true });
  expect(told.message).toBe('b is gone (make)');
  expect(away(effect, 'x', { lost: true }).retryAfterMs).toBeUndefined();
});

test('C1 the time limit of a call that ended runs no more: it would give up a client that answers', async () => {
  vi.useFakeTimers();
  const { caller } = callerOf();
  const { signal } = new AbortController();
  await caller(look, signal, async () => 1);
  await caller(look, signal, () => Promise.reject(new Error('x'))).catch(() => undefined);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
