import { type LogFields, silentLog, unavailable } from '@leasehold/kernel';
import { manualClock } from '@leasehold/testing/fakes/manual-clock';
import { expect, test } from 'vitest';
import { createReadiness } from './readiness.ts';

const never = new AbortController().signal;
const full = () => unavailable('the file store.sqlite cannot grow: the disk is full', { code: 'StoreUnavailable' });

function setUp() {
  const clock = manualClock();
  const lines: (readonly [string, unknown])[] = [];
  const add = (message: string, fields?: LogFields) => lines.push([message, fields?.['reason'] ?? fields?.['away_ms']]);
  const well = (): Promise<void> => Promise.resolve();
  const state = { store: well, bus: well, looks: 0 };
  const parts = {
    store: {
      ping: () => {
        state.looks += 1;
        return state.store();
      },
    },
    bus: { ping: () => state.bus() },
  } as unknown as Pick<Parameters<typeof createReadiness>[0], 'store' | 'bus'>;
  const watch = createReadiness({ ...parts, clock, log: { ...silentLog, info: add, warn: add }, backends: () => ({}) });
  return { clock, lines, state, watch };
}

const AWAY = 'the store is away: not ready until it is back';
const BACK = 'the store is there again';

test('1: asked again and again, what is away is logged once with its reason, and once when it is there again', async () => {
  const { clock, lines, state, watch } = setUp();
  expect(await watch.look(never)).toEqual({ ready: true, backends: {} });
  state.store = () => Promise.reject(full());
  for (let time = 0; time < 3; time++)
    expect(await watch.look(never)).toEqual({
      ready: false,
      reason: 'the store is away (the file store.sqlite cannot grow: the disk is full)',
      backends: {},
    });
  state.store = async () => undefined;
  await clock.advance(1_000);
  expect((await watch.look(never)).ready).toBe(true);
  expect(lines).toEqual([
    [AWAY, 'the file store.sqlite cannot grow: the disk is full'],
    [BACK, 1_000],
  ]);
});

test('2: a call that fails is enough to look, and the end is seen though nobody asks; then nothing runs', async () => {
  const { clock, lines, state, watch } = setUp();
  state.store = () => Promise.reject(full());
  watch.suspect('store');
  watch.suspect('store');
  await clock.settle();
  expect(state.looks).toBe(1);
  await clock.advance(3_000);
  state.store = async () => undefined;
  await clock.advance(2_000);
  const looks = state.looks;
  await clock.advance(60_000);
  expect(state.looks).toBe(looks);
  expect(lines.map(([message]) => message)).toEqual([AWAY, BACK]);
});

test('3: a store that never answers is away in time', async () => {
  const { clock, state, watch } = setUp();
  state.store = () => new Promise(() => undefined);
  const seen = watch.look(never);
  await clock.advance(1_500);
  expect(await seen).toMatchObject({ ready: false, reason: expect.stringContaining('did not answer within 1500 ms') });
});

test('4: a reason that changes is told, a reason that flutters is not told each time', async () => {
  const { clock, lines, state, watch } = setUp();
  let serial = 0;
  state.bus = () => Promise.reject(unavailable(`reason ${serial++ % 2}`, { code: 'StoreUnavailable' }));
  watch.suspect('bus');
  await clock.advance(50_000);
  expect(lines).toHaveLength(1);
  await clock.advance(20_000);
  expect(lines).toHaveLength(2);
});

test('what is away is told by part, both where both are, and a backend that is away is no reason', async () => {
  const { clock, state, watch } = setUp();
  state.store = () => Promise.reject(full());
  state.bus = () => Promise.reject(unavailable('no broker answers', { code: 'BusUnavailable' }));
  expect(await watch.look(never)).toEqual({
    ready: false,
    reason:
      'the store is away (the file store.sqlite cannot grow: the disk is full); the bus is away (no broker answers)',
    backends: {},
  });
  state.store = async () => undefined;
  expect(await watch.look(never)).toMatchObject({ ready: false, reason: 'the bus is away (no broker answers)' });
  watch.close();
  await clock.settle();
});

test('2: while it is watched a failing call needs no other look, and each part is watched once', async () => {
  const { clock, state, watch } = setUp();
  state.store = () => Promise.reject(full());
  await watch.look(never);
  await watch.look(never);
  const looks = state.looks;
  watch.suspect('store');
  await clock.advance(999);
  expect([state.looks, clock.sleepers()]).toEqual([looks, 1]);
  await clock.advance(1);
  expect(state.looks).toBe(looks + 1);
  watch.close();
});

test('2: after it is there again a call that fails is enough once more', async () => {
  const { clock, lines, state, watch } = setUp();
  for (let time = 0; time < 2; time++) {
    state.store = () => Promise.reject(full());
    watch.suspect('store');
    await clock.settle();
    state.store = async () => undefined;
    await clock.advance(1_000);
  }
  expect(lines.map(([message]) => message)).toEqual([AWAY, BACK, AWAY, BACK]);
  watch.suspect('store');
  await clock.advance(10_000);
  expect([lines.length, clock.sleepers()]).toEqual([4, 0]);
});

test('closing ends the watching, and says nothing of what it cut off', async () => {
  const { clock, lines, state, watch } = setUp();
  state.store = () => new Promise(() => undefined);
  watch.suspect('store');
  await clock.settle();
  watch.close();
  await clock.advance(10_000);
  watch.suspect('bus');
  watch.suspect('store');
  await clock.advance(10_000);
  expect([lines, state.looks, clock.sleepers()]).toEqual([[], 1, 0]);
});

test('3: a look ends with its caller, though the store never answers', async () => {
  const { clock, state, watch } = setUp();
  state.store = () => new Promise(() => undefined);
  const caller = new AbortController();
  const seen = watch.look(caller.signal);
  await clock.settle();
  caller.abort(unavailable('the caller has gone', { code: 'Gone' }));
  expect((await seen).ready).toBe(false);
  watch.close();
});
