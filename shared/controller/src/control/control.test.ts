/** The switches over a real store: who hears of them and when (O1, O5), what is kept of a change (O6), and what lies beside them. */

import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NAMES } from '../../test/shelf.ts';
import {
  type Control,
  type ControlExtension,
  type ControlState,
  createControl,
  SWITCHES,
  switchesView,
} from './control.ts';

let world: TestLedger;
let control: Control;
beforeEach(async () => {
  world = await openTestLedger();
  control = open();
});
afterEach(() => world.close());

const open = (ledger = world.ledger): Control => createControl({ names: NAMES, ledger, clock: world.clock }, SWITCHES);
const journal = async () => {
  const { items } = await world.ledger.store.scan('storeroom/control', { prefix: 'journal/', limit: 50 });
  return items.map(({ key, value }) => ({ key, row: JSON.parse(value) }));
};
const stored = async () => (await world.ledger.store.load('storeroom/control', [{ key: 'state' }])).rows.get('state');
function heardBy(each: Control): { times: number; stop(): void } {
  const heard = {
    times: 0,
    stop: each.onSwitched(() => {
      heard.times += 1;
    }),
  };
  return heard;
}

test('before the first read nothing is known, so nothing is begun and nothing is taken down; then all runs', async () => {
  expect(control.now()).toEqual({ v: 1, reconcile: 'paused', deletions: 'paused', backends: {}, updatedAtMs: 0 });
  const running = { v: 1, reconcile: 'running', deletions: 'running', backends: {}, updatedAtMs: 0 };
  expect([await control.refresh(), control.now()]).toEqual([running, running]);
});

test('what is not named stays as it is', async () => {
  await control.write({ reconcile: 'paused' });
  await control.write({ backends: { box: 'paused' } });
  await control.write({ deletions: 'paused' });
  const wanted = {
    v: 1,
    reconcile: 'paused',
    deletions: 'paused',
    backends: { box: 'running', label: 'paused' },
    updatedAtMs: world.nowMs,
    journal: 4,
  };
  // What is answered is what is kept.
  expect(await control.write({ backends: { label: 'paused', box: 'running' } })).toEqual(wanted);
  expect([control.now(), JSON.parse((await stored()) ?? '')]).toEqual([wanted, wanted]);
});

test('O1: a switch holds for all replicas, each of which hears of it when it reads it', async () => {
  const other = open(world.replica());
  await Promise.all([control.refresh(), other.refresh()]);
  const [here, there] = [heardBy(control), heardBy(other)];
  await control.write({ reconcile: 'paused' });
  expect([here.times, there.times, other.now().reconcile]).toEqual([1, 0, 'running']);
  expect((await other.refresh()).reconcile).toBe('paused');
  expect([here.times, there.times]).toEqual([1, 1]);
});

test('who listens hears of other switches than before, and of nothing else, until it stops', async () => {
  await control.refresh();
  const heard = heardBy(control);
  await control.write({ reconcile: 'running' });
  await control.note({ reasons: [], command: { kind: 'redrive' } });
  await control.refresh();
  expect(heard.times).toBe(0);
  await control.write({ deletions: 'paused' });
  await control.write({ backends: { box: 'paused' } });
  expect(heard.times).toBe(2);
  heard.stop();
  await control.write({ deletions: 'running' });
  expect(heard.times).toBe(2);
});

test('the first read is news to who listens, for nothing was known before', async () => {
  const heard = heardBy(control);
  await control.refresh();
  expect(heard.times).toBe(1);
});

test('O5: a read that was overtaken by a commit of this process does not take it back', async () => {
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  const { promise: read, resolve: wasRead } = Promise.withResolvers<void>();
  const slow = open({
    ...world.ledger,
    load: async (...asked) => {
      const now = await world.ledger.load(...asked);
      wasRead();
      await hold;
      return now;
    },
  });
  const refreshing = slow.refresh();
  await read;
  await slow.write({ deletions: 'paused' });
  release();
  expect((await refreshing).deletions).toBe('paused');
  expect(slow.now().deletions).toBe('paused');
});

test('O6: a change is on record in its commit: who, and what of it differs; a backend that was never named ran', async () => {
  await control.write({ reconcile: 'paused', backends: { box: 'paused' } }, { subject: 'eve', request_id: 'r1' });
  world.nowMs += 5;
  await control.write({ backends: { box: 'running', label: 'running' } });
  const told = { command: { kind: 'control' }, disposition: 'applied', reasons: [], timed: true };
  expect(await journal()).toEqual([
    {
      key: 'journal/2026-06/000000000000001',
      row: {
        ...told,
        at: world.nowMs - 5,
        actor: { subject: 'eve', request_id: 'r1' },
        before: { reconcile: 'running', 'backends.box': 'running' },
        after: { reconcile: 'paused', 'backends.box': 'paused' },
      },
    },
    {
      key: 'journal/2026-06/000000000000002',
      row: { ...told, at: world.nowMs, before: { 'backends.box': 'paused' }, after: { 'backends.box': 'running' } },
    },
  ]);
  const { items } = await world.ledger.store.list('storeroom/audit/2026-06', { limit: 5 });
  expect(items.map(({ summary }) => JSON.parse(summary).tenant)).toEqual([null, null]);
});

test('O6: what an operator did to something else is on record under the next serial, and changes no switch', async () => {
  await control.write({ reconcile: 'paused' });
  await control.note({ reasons: [], command: { kind: 'redrive', reason: 'mended' }, disposition: 'applied' });
  const rows = await journal();
  expect([rows[1]?.key, rows[1]?.row]).toEqual([
    'journal/2026-06/000000000000002',
    {
      reasons: [],
      command: { kind: 'redrive', reason: 'mended' },
      disposition: 'applied',
      at: world.nowMs,
      timed: true,
    },
  ]);
  expect(control.now()).toMatchObject({ reconcile: 'paused', journal: 2 });
});

test('a decision that leaves the switches as they are writes nothing', async () => {
  expect(await control.update((state) => [state, state.reconcile])).toBe('running');
  expect([await stored(), (await world.ledger.load('storeroom/control')).version]).toEqual([undefined, 0]);
  // It was read all the same.
  expect(control.now().reconcile).toBe('running');
});

test('any other decision on the row is one commit, and leaves no row in the journal', async () => {
  expect(await control.update((state) => [{ ...state, updatedAtMs: 7 }, 'done'])).toBe('done');
  expect([JSON.parse((await stored()) ?? ''), await journal()]).toEqual([
    { v: 1, reconcile: 'running', deletions: 'running', backends: {}, updatedAtMs: 7 },
    [],
  ]);
  // Its version is known: a read of the same is no older.
  expect((await control.refresh()).updatedAtMs).toBe(7);
});

test('switches that a newer release wrote are left to that one', async () => {
  await world.ledger.update('storeroom/control', () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  await expect(control.refresh()).rejects.toMatchObject({ class: 'Unavailable', code: 'NewerRelease' });
  await expect(control.write({ reconcile: 'paused' })).rejects.toMatchObject({ code: 'NewerRelease' });
  expect(await stored()).toBe('{"v":2}');
});

test('what a service keeps beside its switches is decided, heard of and kept with them', async () => {
  interface Counting extends ControlState {
    readonly openings: number;
  }
  const counting: ControlExtension<Counting> = {
    empty: { v: 1, reconcile: 'running', deletions: 'running', backends: {}, updatedAtMs: 0, openings: 0 },
    read: (state) => ({ openings: 5, ...state }),
    changed: ({ openings }, { deletions }) => (deletions === 'running' ? { openings: openings + 1 } : {}),
    heardOf: ({ openings }) => openings,
    factsOf: ({ openings }) => ({ openings }),
  };
  const own = createControl({ names: NAMES, ledger: world.ledger, clock: world.clock }, counting);
  await own.refresh();
  let heard = 0;
  own.onSwitched(() => {
    heard += 1;
  });
  expect(await own.write({ deletions: 'running' })).toMatchObject({ openings: 1 });
  expect([heard, (await journal())[0]?.row]).toMatchObject([1, { before: { openings: 0 }, after: { openings: 1 } }]);
  // As an earlier release wrote it.
  await control.update((state) => [
    { v: 1, reconcile: 'running', deletions: 'running', backends: {}, updatedAtMs: state.updatedAtMs },
    undefined,
  ]);
  expect((await own.refresh()).openings).toBe(5);
});

test('switches are shown for the backends that there are; one that nobody named runs, and nothing was changed at no time', () => {
  const state: ControlState = {
    v: 1,
    reconcile: 'running',
    deletions: 'paused',
    backends: { box: 'paused' },
    updatedAtMs: 0,
  };
  expect(switchesView(state, ['box', 'label'])).toEqual({
    reconcile: 'running',
    deletions: 'paused',
    backends: { box: 'paused', label: 'running' },
    updated_at: null,
  });
  expect(switchesView({ ...state, updatedAtMs: 1 }, []).updated_at).toBe('1970-01-01T00:00:00.001Z');
});
