/** A backend is back: who waits for it goes on at once, once, and not while all work is paused (B1, B2). */
import { silentLog, unavailable } from '@leasehold/kernel';
import type { Guard } from '@leasehold/runtime';
import { openGuards } from '@leasehold/testing/fakes/open-guard';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOX, LABEL, SHELF, type ShelfTypes } from '../../test/shelf.ts';
import { ID, openStoreroom, type Storeroom } from '../../test/storeroom.ts';
import { type BackendReturnsParts, wakeOnReturn } from './backend-returns.ts';

type Parts = BackendReturnsParts<ShelfTypes>;

let room: Storeroom;
let reconcile: 'running' | 'paused';
let queued: unknown[];
let warned: unknown[];
let backs: (() => void)[];
let switched: (() => void)[];
let stopped: number;
beforeEach(async () => {
  room = await openStoreroom();
  reconcile = 'running';
  [queued, warned, backs, switched, stopped] = [[], [], [], [], 0];
});
afterEach(() => room.close());

const watch = (over: Partial<Parts> = {}) =>
  wakeOnReturn({
    definition: SHELF,
    owners: room.owners,
    queue: { add: (...given: readonly unknown[]) => void queued.push(given) },
    control: {
      now: () => ({ reconcile }),
      onSwitched: (listener: () => void) => {
        switched.push(listener);
        return () => {
          stopped += 1;
        };
      },
    },
    guards: openGuards<Guard>([BOX, LABEL], backs),
    ledger: room.world.ledger,
    clock: room.world.clock,
    log: { ...silentLog, warn: (...line: readonly unknown[]) => void warned.push(line) },
    ...over,
  } as unknown as Parts);
/** The guard of the box, or of the label, says that its backend answers again. */
const back = async (which: 0 | 1 = 0) => {
  backs[which]?.();
  await room.world.whenQuiet();
};
const turn = async (to: typeof reconcile) => {
  reconcile = to;
  for (const listener of switched) listener();
  await room.world.whenQuiet();
};

/** A shelf whose box waits for its backend. @param backend that it failed for */
async function waiting(id: string, over: object = {}, backend = BOX): Promise<void> {
  await room.ask({ kind: 'open', sizeCm: 30 }, 'ops', id);
  const failure = { class: 'Unavailable', code: 'Away', message: 'away', away: true, backend, atMs: room.world.nowMs };
  const patch = { id: BOX, failure, nextAttemptAtMs: room.world.nowMs + 30_000, ...over };
  await room.owners.decide(id, (rows, now) => SHELF.decideOutcomes(rows, [patch as never], now));
}
const nextOf = async (id: string) => (await room.state(id)).records[0]?.nextAttemptAtMs;

test('who waits for a backend need not wait for the end of its backoff', async () => {
  await waiting(ID);
  watch();
  await back();
  expect([queued, await nextOf(ID)]).toEqual([[[ID, { urgent: true }]], undefined]);
  expect((await room.owners.read(ID)).workTimerMs).toBe(room.world.nowMs);
});

test('who waits for another backend, or for none, is left alone', async () => {
  await waiting(ID, {}, LABEL);
  await waiting('acme.right', { failure: undefined });
  await waiting('acme.top', { nextAttemptAtMs: undefined });
  await room.ask({ kind: 'open', sizeCm: 30 }, 'ops', 'acme.new');
  watch();
  await back();
  expect([queued, await nextOf(ID)]).toEqual([[], room.world.nowMs + 30_000]);
  await back(1);
  expect(queued).toEqual([[ID, { urgent: true }]]);
});

test('B1: of several that hear of it one rewrites an owner, and the others find nothing to change', async () => {
  await waiting(ID);
  watch();
  watch();
  for (const each of [backs[0], backs[2]]) each?.();
  await room.world.whenQuiet();
  expect([queued, warned]).toEqual([[[ID, { urgent: true }]], []]);
  const { version } = await room.owners.read(ID);
  // A commit would say when it was made.
  room.world.nowMs += 1_000;
  await back();
  expect((await room.owners.read(ID)).version).toBe(version);
});

test('B1: what was changed between the look and the commit is seen in the commit', async () => {
  await waiting(ID);
  const find: Parts['owners']['find'] = async (...given) => {
    const found = await room.owners.find(...given);
    await room.owners.decide(ID, (rows, now) =>
      SHELF.decideOutcomes(rows, [{ id: BOX, nextAttemptAtMs: undefined }], now),
    );
    return found;
  };
  watch({ owners: { ...room.owners, find } });
  await back();
  expect(queued).toEqual([]);
});

test('who is due within the longest backoff is looked for, page by page, and what is no owner’s is passed over', async () => {
  for (const id of ['acme.a', 'acme.b']) await waiting(id);
  const asked: unknown[] = [];
  const hint = (partition: string) => ({ kind: 'timer', dueAtMs: 1, version: 1, partition });
  const of = SHELF.names.partitionOf;
  const pages = [
    { items: [hint(of('acme.a')), hint(of('acme.a')), hint('elsewhere')], next: 'second' },
    { items: [hint(of('acme.b'))] },
  ];
  const due = async (query: unknown) => {
    asked.push(query);
    return pages[asked.length - 1];
  };
  watch({ ledger: { store: { ...room.world.ledger.store, due: due as never } } });
  await back();
  const untilMs = room.world.nowMs + 60_000;
  expect(asked).toEqual([
    { untilMs, limit: 200 },
    { untilMs, limit: 200, cursor: 'second' },
  ]);
  expect(queued.toSorted()).toEqual([
    ['acme.a', { urgent: true }],
    ['acme.b', { urgent: true }],
  ]);
});

test('no more than eight are woken at once', async () => {
  const partitions = Array.from({ length: 20 }, (_, at) => SHELF.names.partitionOf(`acme.s${at}`));
  const items = partitions.map((partition) => ({ kind: 'timer', dueAtMs: 1, version: 1, partition }));
  let looks = 0;
  const find = () => {
    looks += 1;
    return new Promise<never>(() => undefined);
  };
  const due = async () => ({ items });
  const store = { ...room.world.ledger.store, due: due as never };
  watch({ ledger: { store }, owners: { ...room.owners, find } });
  await back();
  expect(looks).toBe(8);
});

test('one that only a newer release can read keeps those behind it from nothing', async () => {
  await waiting('acme.a');
  await waiting('acme.b');
  await room.world.ledger.update(SHELF.names.partitionOf('acme.a'), () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));
  watch();
  await back();
  expect([queued, warned]).toEqual([[['acme.b', { urgent: true }]], []]);
});

test('B2: while all work is paused nobody is woken; what came back meanwhile is remembered until it runs again, once', async () => {
  await waiting(ID);
  watch();
  await turn('paused');
  await back();
  expect([queued, await nextOf(ID)]).toEqual([[], room.world.nowMs + 30_000]);
  // Another switch was changed, and all work is paused still.
  await turn('paused');
  expect(queued).toEqual([]);
  await turn('running');
  expect(queued).toEqual([[ID, { urgent: true }]]);
  await waiting('acme.right');
  await turn('running');
  expect(queued).toHaveLength(1);
});

test('where the store is away it is told for which backend nobody could be woken', async () => {
  await waiting(ID);
  const store = { ...room.world.ledger.store, due: () => Promise.reject(unavailable('away', { code: 'StoreAway' })) };
  watch({ ledger: { store } });
  await back();
  expect(warned).toEqual([
    [
      'who waits for a backend could not be woken',
      { service: 'storeroom', backend: BOX, error: expect.objectContaining({ code: 'StoreAway' }) },
    ],
  ]);
});

test('who has stopped listens no more, and what its end cuts short is no failure', async () => {
  await waiting(ID);
  let ends = 0;
  const guard = {
    onUp: (listener: () => void) => {
      backs.push(listener);
      return () => {
        ends += 1;
      };
    },
  };
  const { promise, reject } = Promise.withResolvers<never>();
  const store = { ...room.world.ledger.store, due: () => promise };
  const stop = watch({ ledger: { store }, guards: new Map([[BOX, guard as unknown as Guard]]) });
  await back();
  stop();
  reject(unavailable('ended', { code: 'Aborted' }));
  await room.world.whenQuiet();
  expect([ends, stopped, warned, queued]).toEqual([1, 1, [], []]);
});
