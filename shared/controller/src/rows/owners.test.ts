/** Each change of an owner as one commit: what an event key is good for (A1), what is written, and what leaves no trace. */
import type { Update } from '@leasehold/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyShelf, NAMES, SHELF, type ShelfTypes } from '../../test/shelf.ts';
import { eventSource, ID, openStoreroom, restSource, type Storeroom } from '../../test/storeroom.ts';
import { readOperation } from './operations.ts';
import { createOwners, type OwnerDefinition, type Owners } from './owners.ts';

const DAY_MS = 24 * 3_600_000;
const PARTITION = 'storeroom/shelf/acme.left';
const signal = new AbortController().signal;
let room: Storeroom;
let decided: string[];
beforeEach(async () => {
  room = await openStoreroom();
  decided = [];
});
afterEach(() => room.close());

const open = { kind: 'open', sizeCm: 30 } as const;
const own = (over: Partial<OwnerDefinition<ShelfTypes>> = {}): Owners<ShelfTypes> =>
  createOwners<ShelfTypes>(
    { ...SHELF, ...over },
    {
      ledger: room.world.ledger,
      clock: room.world.clock,
      context: room.context,
      onDecision: ({ state }, before) => void decided.push(`${before.phase} ${state.phase}`),
    },
  );
const keys = async () => {
  const { items } = await room.world.ledger.store.scan(PARTITION, { prefix: '', limit: 100 });
  return items.map(({ key }) => key.replace(/[0-9]{4}-[0-9]{2}/, 'MONTH'));
};
const rowOf = async (key: string) => (await room.world.ledger.store.load(PARTITION, [{ key }])).rows.get(key);
const entries = async () => (await room.world.ledger.store.list('storeroom/shelfs', { limit: 100 })).items;
/** What the commits from now on say, beside their rows. */
function watchUpdates() {
  const made: Update<unknown>[] = [];
  const { update } = room.world.ledger;
  const watched: typeof update = (partition, decide, options) =>
    update(
      partition,
      (now) => {
        const next = decide(now);
        made.push(next);
        return next;
      },
      options,
    );
  const ledger = { ...room.world.ledger, update: watched };
  const { world, context } = room;
  return { made, owners: createOwners<ShelfTypes>(SHELF, { ledger, clock: world.clock, context }) };
}
const newer = () =>
  room.world.ledger.update(PARTITION, () => ({
    put: [{ key: 'state', value: JSON.stringify({ v: 2 }) }],
    result: undefined,
  }));

test('A1: an event key has one effect, whatever it is asked again, and its inbox row says what it came to', async () => {
  const owners = own();
  const tell = (command: ShelfTypes['command'], key: string) =>
    owners.command(ID, command, eventSource(room.world.nowMs, key), undefined);
  const first = await tell(open, 'e1');
  expect([first.duplicate, first.cameTo, first.decision.disposition.kind]).toEqual([false, undefined, 'applied']);
  const before = await room.state();
  const again = await tell({ kind: 'close' }, 'e1');
  expect(again).toMatchObject({
    duplicate: true,
    cameTo: 'applied',
    decision: {
      disposition: { kind: 'repeat' },
      outgoing: [],
      reasons: [],
      finished: [],
      waiting: [],
      workAtMs: undefined,
      wakeAtMs: undefined,
    },
  });
  expect([again.decision.state, await room.state()]).toEqual([before, before]);
  expect(await rowOf('inbox/2026-06/e1')).toBe(JSON.stringify({ at: room.world.nowMs, as: 'applied' }));
  // Who is told of decisions is told of none that was not made.
  expect(decided).toEqual(['none open']);
});

test('A1: a key is known for its owner alone, as long as its message may come again, and then no more', async () => {
  const { owners, world } = room;
  await room.tell(open, 'e1');
  expect(await owners.known(ID, 'e1')).toBe(true);
  expect(await owners.known(ID, 'e1', signal)).toBe(true);
  expect([await owners.known(ID, 'e2'), await owners.known('acme.right', 'e1')]).toEqual([false, false]);
  world.nowMs += 35 * DAY_MS - 1;
  expect((await room.tell(open, 'e1')).duplicate).toBe(true);
  world.nowMs += 1;
  expect((await room.tell(open, 'e1')).duplicate).toBe(false);
});

test('what a person is refused leaves no trace; what an event is refused leaves its key and its letter', async () => {
  expect((await room.ask({ kind: 'close' })).decision.disposition).toEqual({
    kind: 'refused',
    code: 'not-found',
    message: 'there is no such shelf',
  });
  expect([await keys(), await entries()]).toEqual([[], []]);
  const { decision } = await room.tell({ kind: 'close' }, 'e1');
  expect(decision.outgoing).toMatchObject([{ kind: 'dead-letter', serial: 1, code: 'not-found', attempts: 1 }]);
  expect(await keys()).toEqual(['inbox/MONTH/e1', 'outbox/000000000000001', 'state']);
  expect(await rowOf('inbox/2026-06/e1')).toContain('"as":"refused"');
});

test('a person’s word leaves no key, and is kept with its reasons', async () => {
  await room.ask(open);
  expect(await keys()).toEqual(['journal/MONTH/000000000000001', 'state', 'timer/work']);
});

test('what a decision is told to have come to is what was kept of it, serials and all', async () => {
  const told: unknown[] = [];
  const { ledger, clock } = room.world;
  const onDecision = ({ state }: { readonly state: unknown }) => void told.push(state);
  const owners = createOwners<ShelfTypes>(SHELF, { ledger, clock, context: room.context, onDecision });
  const { decision } = await owners.command(ID, open, restSource(room.world.nowMs), undefined);
  expect(decision.state.serials.journal).toBe(1);
  expect([await room.state(), told]).toEqual([decision.state, [decision.state]]);
  await room.ask({ kind: 'close', afterMs: 0 });
  const woken = await owners.wake(ID);
  expect(woken.state.serials.journal).toBe(3);
  expect(await room.state()).toEqual(woken.state);
});

test('what was asked of others before is part of what the command is decided with, and of no other decision', async () => {
  expect((await room.tell(open, 'e1', 'no room')).decision.disposition).toMatchObject({ message: 'there is no room' });
  expect((await room.tell(open, 'e2', 'welcome')).decision.disposition.kind).toBe('applied');
});

test('time has passed: a closing that was put off begins, and who is told of decisions is told of it', async () => {
  const owners = own();
  await owners.command(ID, open, restSource(room.world.nowMs), undefined, signal);
  await owners.command(ID, { kind: 'close', afterMs: 60_000 }, restSource(room.world.nowMs), undefined, signal);
  expect(await rowOf('timer/wake')).toBe(JSON.stringify({ dueAtMs: room.world.nowMs + 60_000 }));
  room.world.nowMs += 60_000;
  expect((await owners.wake(ID, signal)).state.phase).toBe('closing');
  expect([await rowOf('timer/wake'), decided]).toEqual([undefined, ['none open', 'open open', 'open closing']]);
});

test('an owner is in the directory from its first word on, anew with each summary, and not with what changes none', async () => {
  const { made, owners } = watchUpdates();
  const directories = () => made.splice(0).flatMap(({ entries = [] }) => entries.map(({ directory }) => directory));
  const ask = (command: ShelfTypes['command']) => owners.command(ID, command, restSource(room.world.nowMs), undefined);
  await ask(open);
  expect(directories()).toEqual(['storeroom/shelfs', 'storeroom/audit/2026-06']);
  expect((await entries()).map(({ name, summary }) => [name, summary])).toEqual([[ID, '{"status":"provisioning"}']]);
  await ask({ kind: 'open', sizeCm: 40 });
  expect(directories()).toEqual(['storeroom/audit/2026-06']);
  await ask({ kind: 'close' });
  expect(directories()).toEqual(['storeroom/shelfs', 'storeroom/audit/2026-06']);
  expect((await entries()).map(({ summary }) => summary)).toEqual(['{"status":"deleting"}']);
});

test('an owner of which people are not told is in no directory', async () => {
  await own({ isListed: () => false }).command(ID, open, restSource(room.world.nowMs), undefined);
  expect(await entries()).toEqual([]);
});

test('an entry that an earlier release may have written is written anew, though it says nothing new', async () => {
  const owners = own({ isListedAnew: ({ sizeCm }) => sizeCm === 40 });
  const versions = async (sizeCm: number) => {
    await owners.command(ID, { kind: 'open', sizeCm }, restSource(room.world.nowMs), undefined);
    return (await entries())[0]?.version;
  };
  const [first, anew, same] = [await versions(30), await versions(40), await versions(50)];
  expect(anew).toBeGreaterThan(first ?? 0);
  expect(same).toBe(anew);
});

test('a state is decided on and shown as this replica understands it', async () => {
  const owners = own({ understood: (state, { providers }) => ({ ...state, sizeCm: providers.size * 100 }) });
  await owners.command(ID, open, restSource(room.world.nowMs), undefined);
  expect([(await owners.read(ID)).state.sizeCm, (await room.state()).sizeCm]).toEqual([200, 30]);
  expect((await owners.find(ID))?.state.sizeCm).toBe(200);
});

test('an owner is read with its version and the time at which the store says that there is work', async () => {
  expect(await room.owners.read(ID)).toEqual({
    state: emptyShelf(ID),
    waiting: [],
    version: 0,
    workTimerMs: undefined,
  });
  await room.ask(open);
  const { nowMs } = room.world;
  expect(await room.owners.read(ID, { fresh: true, signal })).toMatchObject({ version: 1, workTimerMs: nowMs });
  expect(await room.owners.find(ID)).toMatchObject({ version: 1, workTimerMs: nowMs });
});

test('one that only a newer release can read is found as nothing, and neither read nor changed here', async () => {
  await newer();
  expect(await room.owners.find(ID)).toBeUndefined();
  await expect(room.owners.read(ID)).rejects.toMatchObject({ class: 'Unavailable', code: 'NewerRelease' });
  await expect(room.ask(open)).rejects.toMatchObject({ code: 'NewerRelease' });
  await expect(room.owners.wake(ID)).rejects.toMatchObject({ code: 'NewerRelease' });
  expect(await rowOf('state')).toBe('{"v":2}');
});

test('the operation that is told is found with its steps, and so is one that has ended, and no other', async () => {
  await room.ask(open);
  const find = (serial: number, id = ID) =>
    readOperation<ShelfTypes>({ ledger: room.world.ledger, codec: SHELF }, id, serial, signal);
  const steps = ['pending', 'pending'];
  const stepsOf = (found: Awaited<ReturnType<typeof find>>) => found?.records.map(({ status }) => status);
  const running = await find(1);
  expect(running?.operation).toMatchObject({ id: 'op_acme.left_1', serial: 1, kind: 'open', requestedBy: 'ops' });
  expect([stepsOf(running), running?.operation.outcome]).toEqual([steps, undefined]);
  await room.workOff();
  await room.ask({ kind: 'look' });
  const ended = await find(1);
  expect([stepsOf(ended), ended?.operation.outcome]).toEqual([['ready', 'ready'], 'completed']);
  expect(ended?.operation).not.toHaveProperty('records');
  expect((await find(2))?.operation).toMatchObject({ kind: 'look', serial: 2 });
  expect([await find(3), await find(1, 'nobody')]).toEqual([undefined, undefined]);
  expect(NAMES.partitionOf(ID)).toBe(PARTITION);
});
