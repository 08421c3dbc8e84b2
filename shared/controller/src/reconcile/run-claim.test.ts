/** A run that lasts: how it keeps its claim, what it does when it loses it, and what it leaves to others (J2, J3, K1, K2). */
import { bound, unavailable } from '@leasehold/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL, type ShelfTypes } from '../../test/shelf.ts';
import { ID, openStoreroom, type Storeroom, statusesOf } from '../../test/storeroom.ts';
import type { Owners } from '../rows/owners.ts';

const TTL_MS = 4_000;
let room: Storeroom;
beforeEach(async () => {
  room = await openStoreroom();
  await room.ask({ kind: 'open', sizeCm: 30 });
});
afterEach(() => room.close());

const statuses = async () => statusesOf(await room.state());

/** The way to the store, as long as it is not away. */
function flaky() {
  const store = { fails: 0, commits: 0 };
  const owners: Owners<ShelfTypes> = {
    ...room.owners,
    decide: async (...asked) => {
      store.commits += 1;
      if (store.fails > 0) {
        store.fails -= 1;
        throw unavailable('the store is away', { code: 'StoreAway', away: true });
      }
      return room.owners.decide(...asked);
    },
  };
  return Object.assign(store, { owners });
}

test('K2: a claim is renewed as long as a call lasts, so that nobody else works on the owner meanwhile', async () => {
  room.takesMs = { [BOX]: 9_000 };
  const run = room.begin();
  const untils = new Set<number>();
  for (let second = 0; second < 8; second++) {
    await room.clock.pass(1_000);
    const { claim } = await room.state();
    expect(claim).toMatchObject({ holder: 'r1', fence: 1 });
    expect(claim?.untilMs).toBeGreaterThan(room.world.nowMs + 1_000);
    untils.add(claim?.untilMs ?? 0);
    const asked = room.backend.calls.length;
    expect(await room.begin({ holder: 'r2' }).done).toBe(claim?.untilMs);
    expect(room.backend.calls.length).toBe(asked);
  }
  // After two fifths of its time each: 8,000 / 1,600, and the one that it began with.
  expect(untils.size).toBe(6);
  expect(await room.finish(run)).toBeUndefined();
  expect([await statuses(), (await room.state()).claim]).toEqual([['ready', 'ready'], undefined]);
});

test('K1, J3: a run whose claim another has taken ends, begins nothing more, and leaves the other’s claim alone', async () => {
  room.takesMs = { [BOX]: 60_000 };
  const run = room.begin();
  await room.clock.pass(1_000);
  const taken = { holder: 'r2', fence: 2, untilMs: room.world.nowMs + 60_000 };
  await room.become({ fence: 2, claim: taken });
  const again = await room.finish(run);
  expect(again).toBeLessThanOrEqual(room.world.nowMs);
  expect(room.world.nowMs).toBeLessThan(taken.untilMs);
  expect([(await room.state()).claim, room.backend.asked('make', LABEL)]).toEqual([taken, 0]);
});

test('A2: an outcome under a fence that is not the last is refused, and what was done is found again by looking', async () => {
  room.takesMs = { [BOX]: 1_000 };
  const run = room.begin();
  await room.clock.pass(500);
  await room.become({ fence: 2, claim: { holder: 'r2', fence: 2, untilMs: room.world.nowMs + 4_000 } });
  await room.finish(run);
  expect(await statuses()).toEqual(['creating', 'pending']);
  await room.workOff();
  expect([await statuses(), room.backend.asked('make', BOX)]).toEqual([['ready', 'ready'], 1]);
});

test('K2: a store that does not answer is no loss yet: the renewal is tried again soon, and the run goes on', async () => {
  room.takesMs = { [BOX]: 6_000 };
  const store = flaky();
  const run = room.begin({ owners: store.owners });
  await room.clock.pass(500);
  store.fails = 2;
  // The renewal is due after 1,600 ms, and tried again after 400 and 400.
  await room.clock.pass(1_099);
  expect(store.fails).toBe(2);
  await room.clock.pass(1);
  expect(store.fails).toBe(1);
  await room.clock.pass(400);
  expect(store.fails).toBe(0);
  await room.clock.pass(400);
  expect((await room.state()).claim?.untilMs).toBe(room.world.nowMs + TTL_MS);
  expect(await room.finish(run)).toBeUndefined();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('K2: nothing begins within the margin of a claim that could not be renewed', async () => {
  room.takesMs = { [BOX]: 3_500 };
  const store = flaky();
  const run = room.begin({ owners: store.owners });
  await room.clock.pass(500);
  // Due after 1,600 ms and each 400 after it: what the box came to is the next word that the store hears.
  store.fails = 5;
  await room.finish(run);
  expect([await statuses(), room.backend.asked('make', LABEL)]).toEqual([['ready', 'pending'], 0]);
  expect((await room.state()).claim).toBeUndefined();
});

test('a claim lasts as long as the service says, and is renewed after two fifths of that', async () => {
  room.takesMs = { [BOX]: 60_000 };
  const startMs = room.world.nowMs;
  const claimBounds = { ttlMs: bound('ttl-ms', 10_000), marginMs: bound('margin-ms', 2_500) };
  const stop = new AbortController();
  const run = room.begin({ claimBounds }, stop.signal);
  await room.clock.pass(3_999);
  expect((await room.state()).claim?.untilMs).toBe(startMs + 10_000);
  await room.clock.pass(1);
  expect((await room.state()).claim?.untilMs).toBe(startMs + 14_000);
  stop.abort();
  await room.finish(run);
});

test('a record renews the claim too, so that no renewal follows it at once', async () => {
  room.takesMs = { [BOX]: 1_000, [LABEL]: 3_000 };
  const startMs = room.world.nowMs;
  const run = room.begin();
  await room.clock.pass(1_001);
  // The outcome of the box, with the intent of its label.
  expect((await room.state()).claim?.untilMs).toBe(startMs + 5_000);
  await room.clock.pass(1_598);
  expect((await room.state()).claim?.untilMs).toBe(startMs + 5_000);
  await room.clock.pass(1);
  expect((await room.state()).claim?.untilMs).toBe(startMs + 6_600);
  await room.finish(run);
});

test('no claim is renewed that was never taken', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  room.backend.onLook = () => promise;
  const store = flaky();
  const run = room.begin({ owners: store.owners });
  await room.clock.pass(10_000);
  expect([store.commits, (await room.state()).claim]).toEqual([0, undefined]);
  resolve();
  await room.finish(run);
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('J2: what began under another goal is on record, and nothing begins any more', async () => {
  room.takesMs = { [BOX]: 3_000 };
  const run = room.begin();
  await room.clock.pass(1_000);
  await room.ask({ kind: 'close' });
  const again = await room.finish(run);
  expect(room.backend.asked('make', LABEL)).toBe(0);
  const { records, claim, phase } = await room.state();
  expect([phase, claim, records[0]?.born]).toEqual(['closing', undefined, true]);
  // The next goal is due at once.
  expect(again).toBeLessThanOrEqual(room.world.nowMs);
  await room.finish(room.begin());
  expect((await room.state()).phase).toBe('closed');
});

test('J2: a look that was under way when the goal changed begins nothing, and takes no claim', async () => {
  let asked = false;
  room.backend.onLook = async () => {
    if (asked) return;
    asked = true;
    await room.ask({ kind: 'close' });
  };
  await room.finish(room.begin());
  const { fence, claim } = await room.state();
  expect([fence, claim, room.backend.asked('make')]).toEqual([0, undefined, 0]);
});

test('J2: a change of goal by another replica is found with the record, though no commit was heard of', async () => {
  room.takesMs = { [BOX]: 1_000 };
  const ledger = { ...room.world.ledger, onCommit: () => () => undefined };
  const run = room.begin({ ledger });
  await room.clock.pass(500);
  await room.ask({ kind: 'open', sizeCm: 40 });
  await room.finish(run);
  expect(room.backend.asked('make', LABEL)).toBe(0);
  // The outcome was told together with a beginning, and so not taken; the next run finds the box.
  expect([await statuses(), (await room.state()).claim]).toEqual([['creating', 'pending'], undefined]);
  await room.workOff();
  expect([await statuses(), room.backend.asked('make', BOX)]).toEqual([['ready', 'ready'], 1]);
});

test('J2: a wish to look that came while the run was under way is not fulfilled by it', async () => {
  await room.finish(room.begin());
  await room.ask({ kind: 'look' });
  let asked = false;
  room.backend.onLook = async () => {
    if (asked) return;
    asked = true;
    await room.ask({ kind: 'look' });
  };
  const again = await room.finish(room.begin());
  expect(again).toBeDefined();
  expect((await room.state()).recheck).toEqual({ acceptLoss: false });
});

test('a commit of another owner changes no run', async () => {
  room.takesMs = { [BOX]: 3_000 };
  const run = room.begin();
  await room.clock.pass(1_000);
  await room.ask({ kind: 'open', sizeCm: 90 }, 'ops', 'acme.right');
  expect(await room.finish(run)).toBeUndefined();
  expect(await statuses()).toEqual(['ready', 'ready']);
});

test('a commit whose outcome was unknown has taken the claim: the run goes on with it', async () => {
  let lostAnswers = 1;
  const owners: Owners<ShelfTypes> = {
    ...room.owners,
    decide: async (...asked) => {
      const decision = await room.owners.decide(...asked);
      if (lostAnswers === 0) return decision;
      lostAnswers -= 1;
      return room.owners.decide(...asked);
    },
  };
  expect(await room.finish(room.begin({ owners }))).toBeUndefined();
  expect([await statuses(), (await room.state()).fence]).toEqual([['ready', 'ready'], 1]);
});

test('J3: a run that could not record says so, and what it did is found again by looking', async () => {
  room.takesMs = { [BOX]: 1_000 };
  const store = flaky();
  const run = room.begin({ owners: store.owners });
  await room.clock.pass(500);
  store.fails = 5;
  await expect(room.finish(run)).rejects.toMatchObject({ code: 'StoreAway' });
  await room.workOff();
  expect([await statuses(), room.backend.asked('make', BOX)]).toEqual([['ready', 'ready'], 1]);
});

test('a run whose process ends gives its claim up, so that another need not wait for it to lapse', async () => {
  room.takesMs = { [BOX]: 60_000 };
  const stop = new AbortController();
  const run = room.begin({}, stop.signal);
  await room.clock.pass(1_000);
  expect((await room.state()).claim?.holder).toBe('r1');
  stop.abort();
  await room.finish(run);
  expect((await room.state()).claim).toBeUndefined();
});

test('A2: the end of a run is refused where its claim is another’s, and the owner is looked at again at once', async () => {
  const owners: Owners<ShelfTypes> = {
    ...room.owners,
    decide: async (ownerId, make, signal) => {
      const { state } = await room.owners.read(ID);
      if (state.records.every(({ status }) => status === 'ready'))
        await room.become({ fence: 2, claim: { holder: 'r2', fence: 2, untilMs: room.world.nowMs + 9_000 } });
      return room.owners.decide(ownerId, make, signal);
    },
  };
  expect(await room.finish(room.begin({ owners }))).toBe(room.world.nowMs);
  expect((await room.state()).claim?.holder).toBe('r2');
});
