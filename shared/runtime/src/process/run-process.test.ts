import { bound, invalid, type Log, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { EXIT, type ProcessHost, type ProcessScope } from './process.port.ts';
import { runProcess } from './run-process.ts';

function setUp() {
  const clock = manualClock();
  const listeners = new Map<string, (what: unknown) => void>();
  const printed: string[] = [];
  const exits: number[] = [];
  const errors: string[] = [];
  const host: ProcessHost = {
    on: (event, listener) => listeners.set(event, listener),
    off: (event) => listeners.delete(event),
    print: (text) => printed.push(text),
    exit: (code) => exits.push(code),
  };
  const log: Log = { ...silentLog, error: (message) => errors.push(message) };
  const run = (start: (scope: ProcessScope) => Promise<void>) =>
    runProcess({ name: 'scaler', log, clock, host, bounds: { closeMs: bound('close', 1_000) } }, start);
  const send = (event: string, what?: unknown) => listeners.get(event)?.(what);
  return { clock, host, run, send, listeners, printed, exits, errors };
}

test('X1: a signal drains, then closes in reverse order, and the exit code is 0', async () => {
  const { clock, run, send, exits, listeners } = setUp();
  const order: string[] = [];
  const code = run(async ({ onClose, signal }) => {
    signal.addEventListener('abort', () => order.push('draining'));
    onClose('store', () => void order.push('store'));
    onClose('http', async () => void order.push('http'));
  });
  await clock.settle();
  expect(order).toEqual([]);
  send('SIGTERM');
  expect(await code).toBe(EXIT.ok);
  expect(order).toEqual(['draining', 'http', 'store']);
  expect(exits).toEqual([EXIT.ok]);
  expect(listeners.size).toBe(0);
});

test('X1: a second signal ends the process at once', async () => {
  const { clock, host, send, exits } = setUp();
  const { promise: never } = Promise.withResolvers<void>();
  const code = runProcess(
    { name: 'scaler', log: silentLog, clock, host, bounds: { closeMs: bound('close', 60_000) } },
    async ({ onClose }) => onClose('stuck', () => never),
  );
  await clock.settle();
  send('SIGINT');
  send('SIGINT');
  await clock.settle();
  expect(exits, 'the echo of the first signal is no second one').toEqual([]);
  await clock.advance(300);
  send('SIGINT');
  expect(await code).toBe(EXIT.forced);
  expect(exits).toEqual([EXIT.forced]);
});

test('X1: another signal than the first is never its echo', async () => {
  const { clock, run, send } = setUp();
  const code = run(async ({ onClose }) => onClose('stuck', () => new Promise(() => undefined)));
  await clock.settle();
  send('SIGINT');
  send('SIGTERM');
  expect(await code).toBe(EXIT.forced);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'])('X1: %s drains, and the exit code is 0', async (signal) => {
  const { clock, run, send } = setUp();
  const closed: string[] = [];
  const code = run(async ({ onClose }) => onClose('store', () => void closed.push('store')));
  await clock.settle();
  send(signal);
  expect(await code).toBe(EXIT.ok);
  expect(closed).toEqual(['store']);
});

test('X1: what hangs part by part is left behind when all together took too long', async () => {
  const { clock, run, send, errors } = setUp();
  const code = run(async ({ onClose }) => {
    for (let part = 0; part < 100; part++) onClose(`stuck ${part}`, () => new Promise(() => undefined));
  });
  await clock.settle();
  send('SIGTERM');
  await clock.advance(40_000);
  expect(await code).toBe(EXIT.closeFailed);
  expect(errors).toContain('stopping took too long, the rest is left behind');
});

test('X1: a close that hangs or fails holds up no other, and shows in the exit code', async () => {
  const { clock, run, send, errors } = setUp();
  const closed: string[] = [];
  const code = run(async ({ onClose }) => {
    onClose('first', () => void closed.push('first'));
    onClose('hangs', () => new Promise(() => undefined));
    onClose('fails', () => {
      throw new Error('no');
    });
  });
  await clock.settle();
  send('SIGTERM');
  await clock.advance(1_000);
  expect(await code).toBe(EXIT.closeFailed);
  expect(closed).toEqual(['first']);
  expect(errors).toEqual(['close failed', 'close took too long, left behind']);
});

test.each([
  [invalid('one setting is wrong or missing:\n  PORT: given "x"', { code: 'BadSettings' }), EXIT.configuration],
  [unavailable('DATA_DIR is locked', { code: 'Locked' }), EXIT.unavailable],
])('X2: a start that fails closes what it opened and prints one message without a stack', async (fault, expected) => {
  const { run, printed, errors } = setUp();
  const closed: string[] = [];
  const code = await run(async ({ onClose }) => {
    onClose('store', () => void closed.push('store'));
    throw fault;
  });
  expect(code).toBe(expected);
  expect(closed).toEqual(['store']);
  expect(printed).toEqual([`scaler did not start: ${fault.message}`]);
  expect(errors).toEqual([]);
});

test('X2: a start that fails by a bug is logged and exits with 70', async () => {
  const { run, errors } = setUp();
  expect(await run(() => Promise.reject(new TypeError('x is not a function')))).toBe(EXIT.bug);
  expect(errors).toEqual(['start failed by a bug']);
});

test('X1: a signal during the start ends the start, and what it had opened is closed', async () => {
  const { clock, run, send } = setUp();
  const closed: string[] = [];
  const code = run(async ({ onClose, signal }) => {
    onClose('bus', () => void closed.push('bus'));
    await clock.sleep(60_000, signal);
  });
  await clock.settle();
  send('SIGTERM');
  expect(await code).toBe(EXIT.ok);
  expect(closed).toEqual(['bus']);
});

test('X1: a start that ignores the signal is left behind in time', async () => {
  const { clock, run, send } = setUp();
  const code = run(() => new Promise(() => undefined));
  await clock.settle();
  send('SIGTERM');
  await clock.advance(10_000);
  expect(await code).toBe(EXIT.ok);
});

test('X3: a rejection that nobody handled is logged as a bug, drains and exits with 70', async () => {
  const { clock, run, send, errors } = setUp();
  const closed: string[] = [];
  const code = run(async ({ onClose }) => onClose('http', () => void closed.push('http')));
  await clock.settle();
  send('unhandledRejection', new Error('lost'));
  expect(await code).toBe(EXIT.bug);
  expect(errors).toEqual(['an error that nobody handled']);
  expect(closed).toEqual(['http']);
});
