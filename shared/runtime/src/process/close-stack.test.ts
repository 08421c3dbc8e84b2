/** What was opened is closed in reverse order, each in its own time (1), also what comes late (2). */
import { bound, silentLog } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createCloseStack } from './close-stack.ts';

function setUp() {
  const clock = manualClock();
  const said: string[] = [];
  const closed: string[] = [];
  const log = {
    ...silentLog,
    error: (message: string, fields?: object) => void said.push(`${message} ${JSON.stringify(fields)}`),
  };
  const stack = createCloseStack({ clock, log, closeMs: bound('close', 1_000) });
  const push = (name: string, close: () => Promise<void> | void = () => undefined) =>
    stack.push(name, () => {
      closed.push(name);
      return close();
    });
  return { clock, said, closed, stack, push };
}

test('each is closed after those that were opened after it', async () => {
  const { clock, closed, stack, push } = setUp();
  const gate = Promise.withResolvers<void>();
  push('store');
  push('loops', () => gate.promise);
  push('server');
  const all = stack.closeAll();
  await clock.settle();
  expect(closed).toEqual(['server', 'loops']);
  gate.resolve();
  expect(await all).toBe(true);
  expect([closed, clock.sleepers()]).toEqual([['server', 'loops', 'store'], 0]);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
])('1: one that %s does not keep the others from closing, and is told', async (_, close) => {
  const { closed, said, stack, push } = setUp();
  push('store');
  push('bad', close);
  expect(await stack.closeAll()).toBe(false);
  expect([closed, said.length, said[0]]).toEqual([['bad', 'store'], 1, expect.stringContaining('"part":"bad"')]);
});

test('1: one that hangs is left behind after its time, and the next has a time of its own', async () => {
  const { clock, closed, said, stack, push } = setUp();
  push('slow', () => clock.sleep(900));
  push('stuck', () => new Promise(() => undefined));
  const all = stack.closeAll();
  await clock.advance(999);
  expect(closed).toEqual(['stuck']);
  await clock.advance(901);
  expect(await all).toBe(false);
  expect([closed, said]).toEqual([
    ['stuck', 'slow'],
    [expect.stringMatching(/left behind .*"part":"stuck".*"ms":1000/)],
  ]);
});

test('2: what is registered while it closes, or after, is closed too', async () => {
  const { clock, closed, stack, push } = setUp();
  push('store');
  push('server', () => push('late'));
  expect(await stack.closeAll()).toBe(true);
  push('later still');
  await clock.settle();
  expect(closed).toEqual(['server', 'late', 'store', 'later still']);
});

test('nothing to close is closed well', async () => {
  expect(await setUp().stack.closeAll()).toBe(true);
});
