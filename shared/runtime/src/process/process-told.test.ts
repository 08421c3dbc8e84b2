/** What a process says of its life: in the log with its name, on standard error for whoever started it (X1 to X3). */
import { bound, invalid } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { scriptedLog } from '../../test/scripted-log.ts';
import type { ProcessScope } from './process.port.ts';
import { runProcess } from './run-process.ts';

function setUp() {
  const clock = manualClock();
  const { log, lines } = scriptedLog();
  const listeners = new Map<string, (what: unknown) => void>();
  const printed: string[] = [];
  const host = {
    on: (event: string, listener: (what: unknown) => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
    print: (text: string) => printed.push(text),
    exit: () => undefined,
  };
  const bounds = { closeMs: bound('close', 60_000), drainMs: bound('drain', 5_000) };
  const run = (start: (scope: ProcessScope) => Promise<void>) =>
    runProcess({ name: 'scaler', log, clock, host, bounds }, start);
  return { clock, lines, printed, run, send: (event: string, what?: unknown) => listeners.get(event)?.(what) };
}

const STOPPING = 'info stopping: no more requests are taken, those under way are finished';

test('X1: a stop by a signal is told at its beginning and at its end, with how long it took', async () => {
  const { clock, lines, printed, run, send } = setUp();
  const code = run(async ({ onClose }) => onClose('store', () => clock.sleep(700)));
  await clock.settle();
  send('SIGTERM');
  await clock.advance(700);
  expect(await code).toBe(0);
  expect(lines).toEqual([
    `${STOPPING} {"process":"scaler","signal":"SIGTERM"}`,
    'info stopped {"process":"scaler","clean":true,"ms":700}',
  ]);
  expect(printed).toEqual([]);
});

test('X1: a stop that takes too long is told with its bound, and is not called clean', async () => {
  const { clock, lines, run, send } = setUp();
  const code = run(async ({ onClose }) => onClose('stuck', () => new Promise(() => undefined)));
  await clock.settle();
  send('SIGTERM');
  await clock.advance(5_000);
  expect(await code).toBe(1);
  expect(lines.slice(1)).toEqual([
    'error stopping took too long, the rest is left behind {"bound":"drain","ms":5000}',
    'info stopped {"process":"scaler","clean":false,"ms":5000}',
  ]);
});

test('X1: a second signal is told to whoever sent it', async () => {
  const { clock, printed, run, send } = setUp();
  const code = run(async ({ onClose }) => onClose('stuck', () => new Promise(() => undefined)));
  await clock.settle();
  send('SIGINT');
  send('SIGTERM');
  expect(await code).toBe(130);
  expect(printed).toEqual(['scaler: second signal, stopping at once']);
});

test('X2: a start that fails is told in one message; only one that fails by a bug is in the log too', async () => {
  const wrong = setUp();
  expect(await wrong.run(() => Promise.reject(invalid('PORT is wrong', { code: 'BadSettings' })))).toBe(78);
  expect(wrong.printed).toEqual(['scaler did not start: PORT is wrong']);
  expect(wrong.lines).toEqual(['info stopped {"process":"scaler","clean":true,"ms":0}']);
  const broken = setUp();
  expect(await broken.run(() => Promise.reject(new TypeError('no such field')))).toBe(70);
  expect(broken.lines[1]).toBe('error start failed by a bug {"process":"scaler","err":"Bug"}');
});

test('X3: an error that nobody handled is told with the process', async () => {
  const { clock, lines, run, send } = setUp();
  let why: unknown;
  const code = run(async ({ signal }) => {
    signal.addEventListener('abort', () => {
      why = signal.reason;
    });
  });
  await clock.settle();
  send('unhandledRejection', new TypeError('no such field'));
  expect(await code).toBe(70);
  expect(lines[0]).toBe('error an error that nobody handled {"process":"scaler","err":"Bug"}');
  expect(why).toEqual(new Error('draining: a bug'));
});
