import { type LogFields, silentLog, unavailable } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { manualClock } from '../manual-clock.ts';
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
