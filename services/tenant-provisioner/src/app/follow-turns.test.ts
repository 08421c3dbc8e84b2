/** Whose turn it is and when: commits heard here, hints of others, rollouts, and what a pause has put aside (F1, F3, F4). */
import { silentLog } from '@leasehold/kernel';
import type { Snapshot } from '@leasehold/store';
import { expect, test } from 'vitest';
import { create, openScene, type Scene } from '../domain/scene.ts';
import type { TenantState } from '../domain/state.ts';
import { type FollowParts, followCommit, followHint } from './follow.fixture.ts';
import { tenantPartition } from './partition.ts';

const NOW_MS = 1_000_000;
const ROLLOUTS = 'tenant-provisioner/rollouts';

interface Heard {
  readonly queued: unknown[];
  readonly noted: unknown[];
  readonly followed: string[];
  readonly woken: string[];
  readonly nudged: string[];
  readonly rollouts: string[];
  readonly aside: unknown[];
  readonly warned: unknown[];
}

function follow(over: Partial<FollowParts> = {}) {
  const heard: Heard = {
    queued: [],
    noted: [],
    followed: [],
    woken: [],
    nudged: [],
    rollouts: [],
    aside: [],
    warned: [],
  };
  const parts = {
    queue: { add: (...given: readonly unknown[]) => heard.queued.push(given) },
    inventory: {
      note: (tenantId: string, { status }: { readonly status: string }) => heard.noted.push([tenantId, status]),
    },
    topics: { follow: ({ tenantId }: TenantState) => heard.followed.push(tenantId) },
    tenants: { wake: async (tenantId: string) => void heard.woken.push(tenantId) },
    relay: { nudge: (partition: string) => heard.nudged.push(partition) },
    rollouts: { follow: () => heard.rollouts.push('follow'), due: () => heard.rollouts.push('due') },
    clock: { now: () => NOW_MS, sleep: async () => undefined },
    log: { ...silentLog, warn: (...given: readonly unknown[]) => heard.warned.push(given) },
    holder: 'me',
    ownWorkMs: 0,
    ...over,
  } as unknown as FollowParts;
  return { heard, parts };
}
const complete = (): Scene => {
  const scene = openScene();
  scene.event(create());
  scene.settle();
  return scene;
};
const rows = (state: object | undefined, timers: Readonly<Record<string, number>> = {}): Snapshot => ({
  version: 3,
  rows: new Map([
    ...(state ? [['state', JSON.stringify(state)] as const] : []),
    ...Object.entries(timers).map(([key, dueAtMs]) => [`timer/${key}`, JSON.stringify({ dueAtMs })] as const),
  ]),
});
const commit = (
  state: object | undefined,
  timers: Readonly<Record<string, number>> = {},
  partition = tenantPartition('acme'),
) => {
  const { heard, parts } = follow();
  followCommit(parts, partition, rows(state, timers));
  return heard;
};
const hint = (
  state: object | undefined,
  timers: Readonly<Record<string, number>>,
  over: Partial<FollowParts> = {},
  more: { readonly dueAtMs?: number; readonly partition?: string; readonly kind?: string } = {},
) => {
  const { heard, parts } = follow(over);
  const given = { kind: 'timer', dueAtMs: NOW_MS, partition: tenantPartition('acme'), version: 3, ...more };
  return { heard, verdict: followHint(parts)(given, rows(state, timers)) };
};

test('a commit counts its tenant, has its topics followed, and queues its work at its time', () => {
  const { state } = complete();
  expect(commit(state, { work: 77 })).toMatchObject({
    noted: [['acme', 'completed']],
    followed: ['acme'],
    queued: [['acme', { atMs: 77, urgent: false, low: false }]],
    rollouts: [],
  });
  expect(commit(state).queued).toEqual([]);
  // A run that is under way says itself when to come again.
  expect(commit({ ...state, claim: { holder: 'me', fence: 1, untilMs: 9 } }, { work: 77 }).queued).toEqual([]);
  // An id that is no tenant counts for nothing; what is no tenant's is not looked at.
  expect(commit(undefined, { work: 77 })).toMatchObject({ noted: [], followed: ['acme'] });
  expect(commit(state, { work: 77 }, 'tenant-provisioner/control')).toMatchObject({
    noted: [],
    followed: [],
    queued: [],
  });
  expect(commit(undefined, {}, ROLLOUTS)).toMatchObject({ rollouts: ['follow'], followed: [] });
});

test('new tenants and access that has to go are urgent; what a sweep or a rollout began is low', () => {
  const turn = (state: TenantState) =>
    commit(state, { work: 77 }).queued[0] as [string, { urgent: boolean; low: boolean }];
  const flags = (state: TenantState) => [turn(state)[1].urgent, turn(state)[1].low];
  const scene = openScene();
  scene.event(create());
  expect(flags(scene.state)).toEqual([true, false]);
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  expect(flags(suspended.state)).toEqual([true, false]);
  suspended.settle();
  expect(flags(suspended.state)).toEqual([false, false]);
  const begun = (over: object) => ({
    ...complete().state,
    operation: { ...complete().state.operation, finishedAtMs: undefined, ...over } as never,
  });
  expect(flags(begun({ requestedBy: 'sweep' }))).toEqual([false, true]);
  expect(flags(begun({ kind: 'blueprint-change' }))).toEqual([false, true]);
});

test('the same turns are taken by a hint, and the takeover of another’s work comes when that one’s claim lapses', () => {
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  expect(hint(suspended.state, { work: 5 }).heard.queued).toEqual([
    ['acme', { takeover: false, atMs: 5, urgent: true, low: false }],
  ]);
  const { state } = complete();
  const claimed = (holder: string, untilMs: number) =>
    hint({ ...state, claim: { holder, fence: 1, untilMs } }, { work: 5 }).heard.queued;
  expect(claimed('other', NOW_MS + 3_000)).toEqual([
    ['acme', { takeover: true, atMs: NOW_MS + 3_000, urgent: false, low: false }],
  ]);
  expect(claimed('other', 3)).toEqual([['acme', { takeover: true, atMs: 5, urgent: false, low: false }]]);
  expect(claimed('me', NOW_MS + 3_000)).toEqual([['acme', { takeover: false, atMs: 5, urgent: false, low: false }]]);
});

test('F1: work and letters of others are taken up from the last millisecond on in which they were left to them', () => {
  const { state } = complete();
  const queued = (nowMs: number) =>
    hint(state, { work: NOW_MS }, { ownWorkMs: 1_500, clock: { now: () => nowMs, sleep: async () => undefined } }).heard
      .queued.length;
  expect([queued(NOW_MS + 1_499), queued(NOW_MS + 1_500)]).toEqual([0, 1]);
  const outbox = (keys: readonly string[]) => {
    const { heard, parts } = follow();
    const now = { version: 1, rows: new Map(keys.map((key) => [key, '{}'])) };
    const verdict = followHint(parts)({ kind: 'outbox', dueAtMs: NOW_MS, partition: 'p', version: 1 }, now);
    return [verdict, heard.nudged.length];
  };
  expect([outbox(['state', 'outbox/1', 'outbox/2']), outbox(['state', 'inbox/1']), outbox([])]).toEqual([
    ['pending', 1],
    ['settled', 0],
    ['settled', 0],
  ]);
});

test('a hint of rollouts has the leader look as long as one goes on', () => {
  const at = { partition: ROLLOUTS };
  expect(hint(undefined, { rollouts: 1 }, {}, at)).toMatchObject({ verdict: 'pending', heard: { rollouts: ['due'] } });
  expect(hint(undefined, {}, {}, at)).toMatchObject({ verdict: 'settled', heard: { rollouts: [] } });
});

test('a timer of what is no tenant is settled, and one that is due to the millisecond is done', () => {
  expect(hint(undefined, { work: 1 }, {}, { partition: 'tenant-provisioner/letters/1' }).verdict).toBe('settled');
  const { state } = complete();
  expect(hint(state, { work: NOW_MS, wake: NOW_MS }).heard).toMatchObject({ woken: ['acme'], followed: ['acme'] });
  expect(hint(state, { work: NOW_MS, wake: NOW_MS }).heard.queued).toHaveLength(1);
  const later = hint(state, { work: NOW_MS + 1, wake: NOW_MS + 1 });
  expect([later.verdict, later.heard.queued, later.heard.woken]).toEqual(['settled', [], []]);
  expect(hint(state, { wake: NOW_MS + 1 }, {}, { dueAtMs: NOW_MS + 1 }).verdict).toBe('pending');
});

test('a wake that fails is told, and its hint is kept', async () => {
  const { state } = complete();
  const tenants = { wake: () => Promise.reject(new Error('away')) } as unknown as FollowParts['tenants'];
  const { heard, verdict } = hint(state, { wake: NOW_MS }, { tenants });
  await expect.poll(() => heard.warned.length).toBe(1);
  expect([verdict, heard.warned[0]]).toEqual([
    'pending',
    [expect.any(String), expect.objectContaining({ tenant_id: 'acme' })],
  ]);
});

test('F4: while all is paused work is parked and its hint put aside, but what time alone changes is done', () => {
  const { state } = complete();
  const parkingWith = (halted: boolean, room: boolean) => {
    const aside: unknown[] = [];
    const parking = { isHalted: () => halted, park: () => room, putAside: (given: unknown) => aside.push(given) };
    return { aside, over: { parking: parking as unknown as NonNullable<FollowParts['parking']> } };
  };
  const looked = (halted: boolean, room: boolean, timers: Readonly<Record<string, number>>) => {
    const { aside, over } = parkingWith(halted, room);
    const { heard } = hint(state, timers, over);
    return [heard.queued.length, aside.length, heard.woken.length];
  };
  expect(looked(true, true, { work: 5 })).toEqual([0, 1, 0]);
  expect(looked(true, true, { work: 5, wake: NOW_MS + 1 })).toEqual([0, 1, 0]);
  expect(looked(true, true, { work: 5, wake: NOW_MS })).toEqual([0, 0, 1]);
  expect(looked(true, false, { work: 5 })).toEqual([1, 1, 0]);
  expect(looked(false, true, { work: 5 })).toEqual([1, 1, 0]);
  expect(looked(true, true, { work: NOW_MS + 1 })).toEqual([0, 0, 0]);
});
