/** The queue of runs and what its runs reach backends through: switches, parking, lanes, ceilings, and its end. */
import type { Provider } from '@leasehold/engine';
import { seededRng, silentLog } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Guard, Lane } from '@leasehold/runtime';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL, SHELF, type ShelfTypes } from '../../test/shelf.ts';
import { ID, openStoreroom, type Storeroom, statusesOf } from '../../test/storeroom.ts';
import { CONTROLLER_BOUNDS } from '../start-controller.ts';
import { createParking } from './parking.ts';
import { startWork, type Work, type WorkParts } from './start-work.ts';

let room: Storeroom;
let switches: { reconcile: string; deletions: string; backends: Record<string, string> };
let laned: string[];
let closedLanes: string[];
let work: Work;
beforeEach(async () => {
  room = await openStoreroom();
  switches = { reconcile: 'running', deletions: 'running', backends: {} };
  [laned, closedLanes] = [[], []];
});
afterEach(async () => {
  await Promise.all([work.close(), room.clock.pass(0)]);
  await room.close();
});

const laneOf = (name: string): Lane =>
  ({
    run: (fn: (generation: number, held: AbortSignal) => unknown, within: AbortSignal) => {
      laned.push(name);
      return fn(1, within);
    },
    close: async () => void closedLanes.push(name),
  }) as unknown as Lane;

function start(over: Partial<WorkParts<ShelfTypes>> = {}) {
  const control = {
    now: () => switches,
    onSwitched: () => () => undefined,
  };
  const parking = createParking(control as never, SHELF.names);
  work = startWork({
    definition: SHELF,
    deps: {
      ledger: room.world.ledger,
      lanes: { of: laneOf },
      providers: room.providers,
      guards: openGuards<Guard>([BOX, LABEL]),
      clock: room.clock,
      rng: seededRng(1),
      log: silentLog,
      metrics: silentMetrics,
      holder: 'me',
      bounds: CONTROLLER_BOUNDS,
    },
    owners: room.owners,
    control: control as never,
    parking,
    context: room.context,
    ...over,
  });
  return { work, parking };
}
const pass = async (ms: number) => {
  for (let left = ms; left > 0; left -= 500) await room.clock.pass(Math.min(left, 500));
};
const statuses = async () => statusesOf(await room.state());
const inLane = (kind: string, lane: string): void => {
  const provider = room.providers.get(kind) as Provider;
  room.providers.set(kind, { ...provider, bounds: { ...provider.bounds, lane } });
};

test('an owner that is added is worked on until nothing is left to do', async () => {
  start();
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('an owner whose time has not come is worked on when it has', async () => {
  start();
  await room.ask({ kind: 'open', sizeCm: 30 });
  room.backend.away.add(BOX);
  work.queue.add(ID);
  await pass(500);
  expect(room.backend.asked('make')).toBe(0);
  room.backend.away.clear();
  await pass(30_000);
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('a paused backend alone is left out, and is worked on soon after it runs again', async () => {
  start();
  switches.backends = { [LABEL]: 'paused', [BOX]: 'running' };
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(5_000);
  expect([await statuses(), room.backend.asked('look', LABEL)]).toEqual([['ready', 'pending'], 0]);
  switches.backends = {};
  await pass(2_500);
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('P1: while all work is paused an owner is put aside unread; without room it is looked at again after a while', async () => {
  switches.reconcile = 'paused';
  let reads = 0;
  const read: typeof room.owners.read = (...given) => {
    reads += 1;
    return room.owners.read(...given);
  };
  const { parking } = start({ owners: { ...room.owners, read } });
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(10_000);
  expect([reads, room.backend.calls]).toEqual([0, []]);
  const hint = { kind: 'timer', dueAtMs: 1, version: 1, partition: SHELF.names.partitionOf(ID) };
  parking.putAside(hint);
  expect(parking.isPutAside(hint)).toBe(true);
  switches.reconcile = 'running';
  work.queue.add(ID);
  await pass(1_000);
  expect(await statuses()).toEqual(['ready', 'ready']);
  // Its turn has come: it is parked no more.
  parking.putAside({ ...hint, version: 2 });
  expect(parking.isPutAside({ ...hint, version: 2 })).toBe(false);
});

test('while all work is paused, who cannot be put aside is frozen, and looked at again after a while', async () => {
  switches.reconcile = 'paused';
  const full = { isHalted: () => true, park: () => false, leave: () => undefined };
  start({ parking: full as never });
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(3_000);
  expect(room.backend.calls).toEqual([]);
  switches.reconcile = 'running';
  await pass(2_500);
  expect(room.backend.calls).not.toEqual([]);
});

test('paused deletions hold what is taken down, and that alone', async () => {
  const { parking } = start();
  switches.deletions = 'paused';
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  expect(await statuses()).toEqual(['ready', 'ready']);
  await room.ask({ kind: 'close' });
  work.queue.add(ID);
  await pass(5_000);
  expect([room.backend.asked('delete'), (await room.state()).phase]).toEqual([0, 'closing']);
  const hint = { kind: 'timer', dueAtMs: 1, version: 1, partition: SHELF.names.partitionOf(ID) };
  parking.putAside(hint);
  expect(parking.isPutAside(hint)).toBe(true);
  switches.deletions = 'running';
  work.queue.add(ID);
  await pass(1_000);
  expect((await room.state()).phase).toBe('closed');
});

test('what changes something goes through the lane that its provider names, one lane for all of one name', async () => {
  inLane(BOX, 'shelves');
  inLane(LABEL, 'shelves');
  start();
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  expect(laned).toEqual(['shelves', 'shelves']);
  await work.close();
  expect(closedLanes).toEqual(['shelves']);
});

test('a provider that names no lane has none', async () => {
  start();
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  await work.close();
  expect([laned, closedLanes]).toEqual([[], []]);
});

test('what would be too much of an owner is not made, where the service says so, and else nothing is too much', async () => {
  const box = room.providers.get(BOX) as Provider;
  room.providers.set(BOX, { ...box, bounds: { ...box.bounds, ceiling: 1 as never } });
  start({ ceiling: (ownerId) => ({ code: 'CeilingReached', message: `${ownerId} has enough` }) });
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  const [first] = (await room.state()).records;
  expect([room.backend.asked('make'), first?.failure?.message]).toEqual([0, 'acme.left has enough']);
  await work.close();
  start();
  await room.ask({ kind: 'open', sizeCm: 30 }, 'ops', 'acme.right');
  work.queue.add('acme.right');
  await pass(1_000);
  expect(statusesOf(await room.state('acme.right'))).toEqual(['ready', 'ready']);
});

test('before a run what is in its way ends, where the service has something', async () => {
  const ended: string[] = [];
  start({ beforeRun: async ({ id }) => void ended.push(id) });
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(1_000);
  expect(ended).toEqual([ID]);
});

test('Z2: at the end calls under way end, nothing more begins, and claims are given up', async () => {
  start();
  room.takesMs = { [BOX]: 1_000 };
  await room.ask({ kind: 'open', sizeCm: 30 });
  work.queue.add(ID);
  await pass(500);
  expect((await room.state()).claim?.holder).toBe('me');
  let closed = false;
  const closing = work.close().then(() => {
    closed = true;
  });
  for (let turns = 0; turns < 20 && !closed; turns++) await room.clock.pass(500);
  await closing;
  expect([(await room.state()).claim, room.backend.asked('make', LABEL)]).toEqual([undefined, 0]);
});
