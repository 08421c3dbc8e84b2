/** What tenants have beside their definition when a commit or a hint is heard: their topics, the inventory, who is urgent, rollouts. */
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
  readonly rollouts: string[];
}

function follow() {
  const heard: Heard = {
    queued: [],
    noted: [],
    followed: [],
    woken: [],
    rollouts: [],
  };
  const parts = {
    queue: { add: (...given: readonly unknown[]) => heard.queued.push(given) },
    inventory: {
      note: (tenantId: string, { status }: { readonly status: string }) => heard.noted.push([tenantId, status]),
    },
    topics: { follow: ({ tenantId }: TenantState) => heard.followed.push(tenantId) },
    tenants: { wake: async (tenantId: string) => void heard.woken.push(tenantId) },
    rollouts: { follow: () => heard.rollouts.push('follow'), due: () => heard.rollouts.push('due') },
    clock: { now: () => NOW_MS, sleep: async () => undefined },
    log: silentLog,
    holder: 'me',
    ownWorkMs: 0,
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
  partition = tenantPartition('acme'),
) => {
  const { heard, parts } = follow();
  const given = { kind: 'timer', dueAtMs: NOW_MS, partition, version: 3 } as const;
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

test('by a hint access that has to go is urgent, a new tenant is not, and topics are followed', () => {
  const suspended = complete();
  suspended.rest({ kind: 'suspend' });
  expect(hint(suspended.state, { work: 5 })).toMatchObject({
    verdict: 'pending',
    heard: { queued: [['acme', { takeover: false, atMs: 5, urgent: true, low: false }]], followed: ['acme'] },
  });
  const scene = openScene();
  scene.event(create());
  expect(hint(scene.state, { work: 5 }).heard.queued).toMatchObject([['acme', { urgent: false }]]);
});

test('F2: a hint of a tenant that only another release can read is kept for it', () => {
  const newer = { ...complete().state, v: 2 };
  expect(hint(newer, { work: 5, wake: 5 })).toMatchObject({
    verdict: 'pending',
    heard: { queued: [], woken: [], followed: [] },
  });
});

test('a hint of rollouts has the leader look as long as one goes on', () => {
  expect(hint(undefined, { rollouts: 1 }, ROLLOUTS)).toMatchObject({
    verdict: 'pending',
    heard: { rollouts: ['due'] },
  });
  expect(hint(undefined, {}, ROLLOUTS)).toMatchObject({ verdict: 'settled', heard: { rollouts: [] } });
});
