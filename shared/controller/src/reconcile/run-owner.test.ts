/** One run of an owner over a real ledger, with backends in memory: when it begins (J1), what it brings about, what it leaves (J4). */
import type { Provider } from '@leasehold/engine';
import { silentLog, unavailable } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ShelfTypes } from '../../test/shelf.ts';
import { BOX, LABEL, SHELF } from '../../test/shelf.ts';
import { ID, openStoreroom, restSource, type Storeroom, statusesOf } from '../../test/storeroom.ts';
import { createOwners, type Owners } from '../rows/owners.ts';
import type { RunDeps } from './run-owner.ts';

type Over = Partial<RunDeps<ShelfTypes>>;
let room: Storeroom;
beforeEach(async () => {
  room = await openStoreroom();
});
afterEach(() => room.close());

const work = (over?: Over) => room.finish(room.begin(over));
const statuses = async () => statusesOf(await room.state());
const looks = () => room.backend.calls.filter((call) => call.endsWith(' look')).map((call) => call.slice(0, -5));

test('an open shelf has its box and then its label, its claim is given up, and nothing is left to do', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  expect(await work()).toBeUndefined();
  expect(await statuses()).toEqual(['ready', 'ready']);
  expect([...room.backend.things.keys()]).toEqual(['box box-acme-left', 'label label-acme-left']);
  expect(room.backend.calls.filter((call) => call.endsWith('make'))).toEqual(['box make', 'label make']);
  const { claim, operation, fence } = await room.state();
  expect([claim, operation?.outcome, fence]).toEqual([undefined, 'completed', 1]);
});

test('an owner with nothing to do is left alone, and one whose time has not come is told when', async () => {
  expect(await work()).toBeUndefined();
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work();
  room.backend.calls.length = 0;
  expect([await work(), room.backend.calls]).toEqual([undefined, []]);
  await room.become({ recheck: { acceptLoss: false, notBeforeMs: room.world.nowMs + 700 } });
  expect([await work(), room.backend.calls]).toEqual([room.world.nowMs + 700, []]);
  // To the millisecond: what is due now is done now.
  await room.become({ recheck: { acceptLoss: false, notBeforeMs: room.world.nowMs } });
  expect([await work(), looks().toSorted()]).toEqual([undefined, [BOX, LABEL]]);
});

test('what is frozen is put aside where it can be, else looked at again after a while; its backends are not asked', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  const parked: string[] = [];
  const frozen = () => true;
  const park = (has: boolean) => (ownerId: string) => {
    parked.push(ownerId);
    return has;
  };
  expect(await work({ frozen, park: park(true) })).toBeUndefined();
  expect(await work({ frozen, park: park(false) })).toBe(room.world.nowMs + 2_000);
  expect(await work({ frozen })).toBe(room.world.nowMs + 2_000);
  expect([parked, room.backend.calls]).toEqual([[ID, ID], []]);
});

test('what is in the way of a stage ends before anything is looked at, and only where something is due', async () => {
  const ended: string[] = [];
  const beforeRun: Over['beforeRun'] = async ({ id, phase }) =>
    void ended.push(`${id} ${phase} after ${room.backend.calls.length}`);
  await work({ beforeRun });
  expect(ended).toEqual([]);
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work({ beforeRun });
  expect(ended).toEqual(['acme.left open after 0']);
});

test('what is closed is taken down from its end, and nothing of it is left', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work();
  await room.ask({ kind: 'close' });
  room.backend.calls.length = 0;
  await work();
  expect(room.backend.calls.filter((call) => call.endsWith('delete'))).toEqual(['label delete', 'box delete']);
  expect([room.backend.things.size, (await room.state()).phase]).toEqual([0, 'closed']);
});

test('each run calls under a fence of its own, one greater than the last, for its owner', async () => {
  const calls = new Set<string>();
  const callFor: Over['callFor'] = (fence, ownerId) => (_provider, verb, call, signal) => {
    calls.add(`${ownerId} ${verb} ${fence}`);
    return call({ signal, clock: room.clock, log: silentLog, fence });
  };
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work({ callFor });
  expect([...calls]).toEqual(['acme.left observe 1', 'acme.left ensure 1']);
  calls.clear();
  await room.ask({ kind: 'look' });
  await work({ callFor });
  expect([[...calls], (await room.state()).fence]).toEqual([['acme.left observe 2'], 2]);
});

test('what another replica has committed is seen by the next run, whatever this one remembers', async () => {
  expect(await work()).toBeUndefined();
  const { context, world } = room;
  const elsewhere = createOwners(SHELF, { ledger: world.replica(), clock: world.clock, context });
  await elsewhere.command(ID, { kind: 'open', sizeCm: 30 }, restSource(world.nowMs), undefined);
  await work();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('J1: a look at what somebody else has changed since is worth nothing, and is taken again', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  let told = false;
  room.backend.onLook = async () => {
    if (told) return;
    told = true;
    const patch = { id: BOX, attempts: 7, notes: ['found by another'] };
    await room.owners.decide(ID, (rows, now) => SHELF.decideOutcomes(rows, [patch], now));
  };
  // Soon, and not at once: it must not spin.
  expect(await work()).toBe(room.world.nowMs + 2_000);
  const { records, claim, fence } = await room.state();
  expect([records[0]?.status, records[0]?.attempts, claim, fence]).toEqual(['pending', 7, undefined, 0]);
  expect(room.backend.things.size).toBe(0);
  await work();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('J1: what a process that is gone was at is claimed before it is looked at, and waited for as long as its claim lasts', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  const claim = { holder: 'gone', fence: 1, untilMs: room.world.nowMs + 4_000 };
  await room.become({ fence: 1, claim });
  expect([await work(), looks()]).toEqual([claim.untilMs, []]);
  room.world.nowMs = claim.untilMs;
  const holders: unknown[] = [];
  room.backend.onLook = async () => void holders.push((await room.state()).claim?.holder);
  await work();
  expect([holders[0], await statuses()]).toEqual(['r1', ['ready', 'ready']]);
});

test('J1: what this process itself was at is looked at without a claim', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await room.become({ fence: 1, claim: { holder: 'r1', fence: 1, untilMs: room.world.nowMs + 4_000 } });
  const fences: unknown[] = [];
  room.backend.onLook = async () => void fences.push((await room.state()).claim?.fence);
  await work();
  expect([fences[0], await statuses()]).toEqual([1, ['ready', 'ready']]);
});

test('J1: where nobody else can be, a claim that is left is nobody’s: it is neither waited for nor taken before the look', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await room.become({ fence: 1, claim: { holder: 'gone', fence: 1, untilMs: room.world.nowMs + 60_000 } });
  const ledger = { ...room.world.ledger, store: { ...room.world.ledger.store, exclusive: true } };
  const holders: unknown[] = [];
  room.backend.onLook = async () => void holders.push((await room.state()).claim?.holder);
  await work({ ledger });
  expect([holders[0], await statuses()]).toEqual(['gone', ['ready', 'ready']]);
});

test.each([
  ['is waited for before its object counts as complete', false, 'creating', 10_000],
  ['ended with that process where the backend was within it', true, 'ready', 0],
])('K3: an effect that a process which is gone left under way %s', async (_what, embedded, status, waitsMs) => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  const { records } = await room.state();
  const begun = {
    status: 'creating' as const,
    intent: { action: 'create' as const, atMs: room.world.nowMs, fence: 1 },
  };
  const claim = { holder: 'gone', fence: 1, untilMs: room.world.nowMs };
  await room.become({
    fence: 1,
    claim,
    records: records.map((record) => (record.id === BOX ? { ...record, ...begun } : record)),
  });
  const box = room.providers.get(BOX) as Provider;
  room.providers.set(BOX, { ...box, embedded });
  const againAtMs = await room.begin().done;
  expect((await room.state()).records[0]?.status).toBe(status);
  expect(againAtMs).toBe(waitsMs === 0 ? undefined : claim.untilMs + waitsMs);
});

test('a wish to look at everything stays as long as a backend is paused, and ends when everything was looked at', async () => {
  const paused = new Set<string>();
  const over: Over = { paused: (name) => paused.has(name) };
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work();
  await room.ask({ kind: 'look' });
  paused.add(LABEL);
  room.backend.calls.length = 0;
  const againAtMs = room.world.nowMs + 2_000;
  expect(await work(over)).toBe(againAtMs);
  expect([looks(), (await room.state()).recheck]).toEqual([[BOX], { acceptLoss: false, notBeforeMs: againAtMs }]);
  paused.clear();
  room.world.nowMs = againAtMs;
  room.backend.calls.length = 0;
  expect(await work(over)).toBeUndefined();
  const { recheck, operation } = await room.state();
  expect([looks().toSorted(), recheck]).toEqual([[BOX, LABEL], undefined]);
  expect(operation).toMatchObject({ kind: 'look', outcome: 'completed' });
});

test('a wish to look ends where nothing had to be said, and no claim is left of it', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await room.become({ graph: [], records: [] });
  await room.ask({ kind: 'look' });
  expect(await work()).toBeUndefined();
  const { recheck, claim, operation } = await room.state();
  expect([room.backend.calls, recheck, claim, operation?.outcome]).toEqual([[], undefined, undefined, 'completed']);
});

test('where all that is due is paused it is looked at again after a while, and no claim is taken', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  expect(await work({ paused: () => true })).toBe(room.world.nowMs + 2_000);
  expect([(await room.state()).fence, room.backend.calls]).toEqual([0, []]);
});

test('where what is left is paused, the run gives up its claim and comes again after a while', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  expect(await work({ paused: (name) => name === LABEL })).toBe(room.world.nowMs + 2_000);
  expect([await statuses(), (await room.state()).claim]).toEqual([['ready', 'pending'], undefined]);
});

test('an owner that failed for a while comes again when its backoff ends, and not before', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  room.backend.away.add(BOX);
  const again = await work();
  const { records, claim } = await room.state();
  expect(claim).toBeUndefined();
  expect(again).toBe(records[0]?.nextAttemptAtMs);
  expect(again).toBeGreaterThan(room.world.nowMs);
});

test('what would be too much of an owner is not made, and the ceiling is asked in its name', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  const box = room.providers.get(BOX);
  if (box) room.providers.set(BOX, { ...box, bounds: { ...box.bounds, ceiling: 1 as never } });
  const asked: unknown[] = [];
  const ceiling: Over['ceiling'] = (ownerId, { kind }, more) => {
    asked.push([ownerId, kind, more]);
    return kind === BOX ? { code: 'CeilingReached', message: 'the store room is full' } : undefined;
  };
  await work({ ceiling });
  expect(asked[0]).toEqual([ID, BOX, { held: 0, added: 1 }]);
  expect([room.backend.asked('make'), (await room.state()).records[0]?.failure?.code]).toEqual([0, 'CeilingReached']);
});

test('a run that is told to end begins nothing more, counts no try for it, and gives its claim up', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  let ending = false;
  room.backend.onLook = () => {
    // The look after the first effect: the process is told to stop meanwhile.
    if (room.backend.things.size > 0) ending = true;
  };
  await work({ ending: () => ending });
  const { claim, records } = await room.state();
  expect([claim, room.backend.things.size]).toEqual([undefined, 1]);
  expect(records.map(({ status, attempts }) => [status, attempts])).toEqual([
    ['ready', 1],
    ['pending', 0],
  ]);
  room.backend.onLook = () => undefined;
  await work();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('J4: a claim whose end could not be recorded is given up at the next look, by whoever may have it', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work();
  const { fence } = await room.state();
  const untilMs = room.world.nowMs + 4_000;
  await room.become({ claim: { holder: 'another', fence, untilMs } });
  expect([await work(), (await room.state()).claim?.holder]).toEqual([undefined, 'another']);
  room.world.nowMs = untilMs;
  expect([await work(), (await room.state()).claim]).toEqual([undefined, undefined]);
  await room.become({ claim: { holder: 'r1', fence, untilMs: untilMs + 4_000 } });
  expect([await work(), (await room.state()).claim]).toEqual([undefined, undefined]);
});

test('J4: one that somebody took meanwhile is left to whoever has it, and a store that is away is told', async () => {
  await room.ask({ kind: 'open', sizeCm: 30 });
  await work();
  const { fence } = await room.state();
  await room.become({ claim: { holder: 'r1', fence, untilMs: room.world.nowMs + 4_000 } });
  const overtaken: Owners<ShelfTypes> = {
    ...room.owners,
    decide: async (...asked) => {
      await room.become({ fence: fence + 1, claim: { holder: 'r2', fence: fence + 1, untilMs: room.world.nowMs + 9 } });
      return room.owners.decide(...asked);
    },
  };
  const away = { ...room.owners, decide: () => Promise.reject(unavailable('away', { code: 'StoreAway' })) };
  await expect(work({ owners: away })).rejects.toMatchObject({ code: 'StoreAway' });
  expect([await work({ owners: overtaken }), (await room.state()).claim?.holder]).toEqual([undefined, 'r2']);
});
