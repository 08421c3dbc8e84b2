/** Whose turn it is and when: commits heard here, hints of others, what a pause has put aside, partitions of the service's own (F1 to F4). */
import { silentLog, unavailable } from '@leasehold/kernel';
import type { Snapshot } from '@leasehold/store';
import { expect, test } from 'vitest';
import { emptyShelf, NAMES, SHELF, type Shelf, type ShelfTypes } from '../../test/shelf.ts';
import { type FollowParts, followCommit, followHint } from './follow.ts';

const NOW_MS = 1_000_000;
const OWN_MS = 1_500;
const ID = 'acme.left';
const OWN = 'storeroom/rounds';

interface Heard {
  readonly queued: unknown[];
  readonly woken: string[];
  readonly nudged: string[];
  readonly told: string[];
  readonly aside: unknown[];
  readonly warned: unknown[];
}

function follow(over: Partial<FollowParts<ShelfTypes>> = {}) {
  const heard: Heard = { queued: [], woken: [], nudged: [], told: [], aside: [], warned: [] };
  const parts = {
    definition: SHELF,
    queue: { add: (...given: readonly unknown[]) => void heard.queued.push(given) },
    relay: { nudge: (partition: string) => void heard.nudged.push(partition) },
    owners: { wake: async (ownerId: string) => void heard.woken.push(ownerId) },
    clock: { now: () => NOW_MS, sleep: async () => undefined },
    log: { ...silentLog, warn: (...given: readonly unknown[]) => void heard.warned.push(given) },
    holder: 'me',
    ownWorkMs: 0,
    onCommitted: (ownerId: string, { phase }: Shelf) => void heard.told.push(`committed ${ownerId} ${phase}`),
    onSeen: ({ id }: Shelf) => void heard.told.push(`seen ${id}`),
    ...over,
  } as unknown as FollowParts<ShelfTypes>;
  return { heard, parts };
}
const shelf = (over: Partial<Shelf> = {}): Shelf => ({ ...emptyShelf(ID), phase: 'open', generation: 1, ...over });
const snapshot = (state: object | undefined, timers: Readonly<Record<string, number>> = {}): Snapshot => ({
  version: 3,
  rows: new Map([
    ...(state ? [['state', JSON.stringify(state)] as const] : []),
    ...Object.entries(timers).map(([key, dueAtMs]) => [`timer/${key}`, JSON.stringify({ dueAtMs })] as const),
  ]),
});
const commit = (
  state: object | undefined,
  timers: Readonly<Record<string, number>> = {},
  partition = NAMES.partitionOf(ID),
  over: Partial<FollowParts<ShelfTypes>> = {},
) => {
  const { heard, parts } = follow(over);
  followCommit(parts, partition, snapshot(state, timers));
  return heard;
};
const hint = (
  state: object | undefined,
  timers: Readonly<Record<string, number>>,
  over: Partial<FollowParts<ShelfTypes>> = {},
  more: { readonly dueAtMs?: number; readonly partition?: string; readonly kind?: string } = {},
) => {
  const { heard, parts } = follow(over);
  const given = { kind: 'timer', dueAtMs: NOW_MS, partition: NAMES.partitionOf(ID), version: 3, ...more };
  return { heard, verdict: followHint(parts)(given, snapshot(state, timers)) };
};
const at = (nowMs: number) => ({ clock: { now: () => nowMs, sleep: async () => undefined } });
const operation = (over: object) =>
  ({ id: 'op', serial: 1, kind: 'look', generation: 1, startedAtMs: 0, deadlineMs: 0, ...over }) as const;

test('a commit here is told with what it made of its owner, and its work is queued at its time', () => {
  expect(commit(shelf(), { work: 77 })).toMatchObject({
    told: ['committed acme.left open', 'seen acme.left'],
    queued: [[ID, { atMs: 77, urgent: false, low: false }]],
    nudged: [],
    woken: [],
  });
  expect(commit(shelf()).queued).toEqual([]);
  // What is no owner's has no work and no state; an owner that is not there yet is an empty one.
  expect(commit(shelf(), { work: 77 }, 'storeroom/control')).toMatchObject({ told: [], queued: [] });
  expect(commit(undefined).told).toEqual(['committed acme.left none', 'seen acme.left']);
});

test('a commit under a claim queues nothing: the run that is under way says itself when to come again', () => {
  const claim = { holder: 'me', fence: 1, untilMs: NOW_MS - 1 };
  expect(commit(shelf({ claim }), { work: 77 }).queued).toEqual([]);
});

test('who listens to nothing is told nothing', () => {
  const heard = commit(shelf(), { work: 77 }, undefined, { onCommitted: undefined, onSeen: undefined } as never);
  expect([heard.told, heard.queued.length]).toEqual([[], 1]);
});

test('new owners go first, and what nobody waits for goes last', () => {
  const flags = (over: object) => {
    const [[, given]] = commit(shelf({ operation: operation(over) }), { work: 77 }).queued as [[string, object]];
    return given;
  };
  expect(flags({ kind: 'open' })).toEqual({ atMs: 77, urgent: true, low: false });
  expect(flags({ requestedBy: 'sweep' })).toEqual({ atMs: 77, urgent: false, low: true });
  expect(flags({ kind: 'open', finishedAtMs: 5 })).toEqual({ atMs: 77, urgent: false, low: false });
});

test('what is due is set going by its hint, which is kept until it is done', () => {
  const { verdict, heard } = hint(shelf(), { work: NOW_MS, wake: NOW_MS });
  expect(verdict).toBe('pending');
  expect(heard).toMatchObject({
    queued: [[ID, { takeover: false, atMs: NOW_MS, urgent: false, low: false }]],
    woken: [ID],
    told: ['seen acme.left'],
  });
});

test('a hint whose timer is gone or was moved on is settled, and does nothing', () => {
  for (const timers of [{}, { work: NOW_MS + 1 }, { wake: NOW_MS + 1 }, { work: NOW_MS + 1, wake: NOW_MS + 1 }])
    expect(hint(shelf(), timers)).toMatchObject({ verdict: 'settled', heard: { queued: [], woken: [] } });
});

test('each timer alone keeps its hint', () => {
  expect(hint(shelf(), { work: NOW_MS })).toMatchObject({ verdict: 'pending', heard: { woken: [] } });
  expect(hint(shelf(), { wake: NOW_MS })).toMatchObject({ verdict: 'pending', heard: { queued: [], woken: [ID] } });
});

test('a hint is kept while its timer is there, though the clock stepped back after it was found due', () => {
  const back = at(NOW_MS - 5_000);
  expect(hint(shelf(), { work: NOW_MS }, back)).toMatchObject({ verdict: 'pending', heard: { queued: [] } });
  expect(hint(shelf(), { wake: NOW_MS }, back)).toMatchObject({ verdict: 'pending', heard: { woken: [] } });
  expect(hint(shelf(), { wake: NOW_MS + 1 }, back).verdict).toBe('settled');
});

test('F1: what was just committed is left to whoever committed it, and taken up to the millisecond when it was left undone', () => {
  const queued = (nowMs: number) =>
    hint(shelf(), { work: NOW_MS }, { ownWorkMs: OWN_MS, ...at(nowMs) }).heard.queued.length;
  expect([queued(NOW_MS + OWN_MS - 1), queued(NOW_MS + OWN_MS)]).toEqual([0, 1]);
  const early = hint(shelf(), { work: NOW_MS, wake: NOW_MS }, { ownWorkMs: OWN_MS });
  // What time alone changes is anybody's: it changes the same whoever looks.
  expect(early).toMatchObject({ verdict: 'pending', heard: { queued: [], woken: [ID] } });
});

test('F1: so it is for what waits to be published: the relay is told once, and the hint kept while anything waits', () => {
  const outbox = (keys: readonly string[], nowMs: number) => {
    const { heard, parts } = follow({ ownWorkMs: OWN_MS, ...at(nowMs) });
    const now = { version: 1, rows: new Map(keys.map((key) => [key, '{}'])) };
    const verdict = followHint(parts)({ kind: 'outbox', dueAtMs: NOW_MS, partition: 'p', version: 1 }, now);
    return [verdict, heard.nudged];
  };
  const waits = ['state', 'outbox/1', 'outbox/2'];
  expect(outbox(waits, NOW_MS + OWN_MS - 1)).toEqual(['pending', []]);
  expect(outbox(waits, NOW_MS + OWN_MS)).toEqual(['pending', ['p']]);
  expect(outbox(['state', 'inbox/1'], NOW_MS + OWN_MS)).toEqual(['settled', []]);
  expect(outbox([], NOW_MS + OWN_MS)).toEqual(['settled', []]);
});

test('F2: a hint of a kind, or of an owner, that only another release can read is kept for that one', () => {
  const nothing = { verdict: 'pending', heard: { queued: [], woken: [], nudged: [], told: [] } };
  expect(hint(shelf(), { work: 5 }, {}, { kind: 'lease-ends' })).toMatchObject(nothing);
  expect(hint({ ...shelf(), v: 2 }, { work: 5, wake: 5 })).toMatchObject(nothing);
});

test('F3: what another replica is at comes to its turn when its claim lapses, before all that is not begun anywhere', () => {
  const turn = (holder: string, untilMs: number) =>
    hint(shelf({ claim: { holder, fence: 1, untilMs } }), { work: 5 }).heard.queued;
  expect(turn('other', NOW_MS + 3_000)).toEqual([
    [ID, { takeover: true, atMs: NOW_MS + 3_000, urgent: false, low: false }],
  ]);
  expect(turn('other', 3)).toEqual([[ID, { takeover: true, atMs: 5, urgent: false, low: false }]]);
  expect(turn('me', NOW_MS + 3_000)).toEqual([[ID, { takeover: false, atMs: 5, urgent: false, low: false }]]);
});

test('what has to go at once is urgent by a hint too, where the service says what that is; a new owner is not', () => {
  const pressing = { isPressing: ({ phase }: Shelf) => phase === 'closing' };
  const urgent = (over: Partial<Shelf>, more: object = {}) =>
    (hint(shelf(over), { work: 5 }, more).heard.queued as [[string, { urgent: boolean }]])[0][1].urgent;
  expect([urgent({ phase: 'closing' }, pressing), urgent({}, pressing)]).toEqual([true, false]);
  expect(urgent({ operation: operation({ kind: 'open' }) })).toBe(false);
});

test('F4: while all is paused work is parked and its hint put aside, but what time alone changes is done', () => {
  const looked = (halted: boolean, room: boolean, timers: Readonly<Record<string, number>>) => {
    const aside: unknown[] = [];
    const parking = { isHalted: () => halted, park: () => room, putAside: (given: unknown) => aside.push(given) };
    const { heard } = hint(shelf(), timers, { parking: parking as never });
    return [heard.queued.length, aside.length, heard.woken.length];
  };
  expect(looked(true, true, { work: 5 })).toEqual([0, 1, 0]);
  expect(looked(true, true, { work: 5, wake: NOW_MS + 1 })).toEqual([0, 1, 0]);
  expect(looked(true, true, { work: 5, wake: NOW_MS })).toEqual([0, 0, 1]);
  // Without room it is looked at as ever.
  expect(looked(true, false, { work: 5 })).toEqual([1, 1, 0]);
  expect(looked(false, true, { work: 5 })).toEqual([1, 1, 0]);
  expect(looked(true, true, { work: NOW_MS + 1 })).toEqual([0, 0, 0]);
});

test('a timer of what is no owner’s is settled', () => {
  expect(hint(undefined, { work: 1 }, {}, { partition: 'storeroom/letters/1' })).toMatchObject({
    verdict: 'settled',
    heard: { queued: [], told: [] },
  });
});

test('a wake that fails is told with its owner, and its hint is kept', async () => {
  const { promise: warned, resolve } = Promise.withResolvers<readonly unknown[]>();
  const log = { ...silentLog, warn: (...given: readonly unknown[]) => resolve(given) };
  const owners = { wake: () => Promise.reject(unavailable('away', { code: 'StoreAway' })) };
  const { verdict } = hint(shelf(), { wake: NOW_MS }, { owners: owners as never, log });
  expect(verdict).toBe('pending');
  expect(await warned).toEqual([
    'a timer could not be handled yet',
    { tenant_id: 'acme', owner: 'shelf acme.left', error: expect.objectContaining({ message: 'away' }) },
  ]);
});

test('a partition of the service’s own follows its commits and hints itself, and no other has them', () => {
  const seen: string[] = [];
  const own = (verdict: 'pending' | 'settled') => ({
    ownPartitions: [
      {
        partition: OWN,
        followCommit: (now: Snapshot) => void seen.push(`commit ${now.version}`),
        followHint: (now: Snapshot) => {
          seen.push(`hint ${now.version}`);
          return verdict;
        },
      },
    ],
  });
  const there = { partition: OWN, kind: 'timer' };
  expect(hint(undefined, { work: 1 }, own('pending'), there).verdict).toBe('pending');
  expect(hint(undefined, { work: 1 }, own('settled'), { ...there, kind: 'outbox' }).verdict).toBe('settled');
  commit(undefined, {}, OWN, own('settled'));
  expect(seen).toEqual(['hint 3', 'hint 3', 'commit 3']);
  expect(commit(shelf(), { work: 5 }, undefined, own('settled')).queued).toHaveLength(1);
  expect(seen).toHaveLength(3);
});
