/** What a due hint stands for: a hint is kept as long as the timer that it was written for is there. */
import { silentLog } from '@leasehold/kernel';
import type { Snapshot } from '@leasehold/store';
import { expect, test } from 'vitest';
import { type FollowParts, followHint } from './follow.ts';
import { tenantPartition } from './partition.ts';

const DUE_MS = 1_000_000;

function follow(nowMs: number, rows: Readonly<Record<string, number>>) {
  const queued: string[] = [];
  const woken: string[] = [];
  const parts = {
    queue: { add: (tenantId: string) => queued.push(tenantId) },
    tenants: {
      wake: async (tenantId: string) => {
        woken.push(tenantId);
      },
    },
    topics: { follow: () => undefined },
    clock: { now: () => nowMs, sleep: async () => undefined },
    log: silentLog,
  } as unknown as FollowParts;
  const timers = Object.entries(rows).map(([key, dueAtMs]) => [`timer/${key}`, JSON.stringify({ dueAtMs })] as const);
  const now: Snapshot = { version: 7, rows: new Map(timers) };
  const hint = { kind: 'timer', dueAtMs: DUE_MS, partition: tenantPartition('acme'), version: 3 };
  return { verdict: followHint(parts)(hint, now), queued, woken };
}

test('a hint is kept while its timer is there, though the clock stepped back after it was found due', () => {
  expect(follow(DUE_MS - 5_000, { work: DUE_MS }).verdict).toBe('pending');
  expect(follow(DUE_MS - 5_000, { wake: DUE_MS })).toEqual({ verdict: 'pending', queued: [], woken: [] });
});

test('what is due is set going, and its hint is kept until it is done', () => {
  expect(follow(DUE_MS + 1, { work: DUE_MS, wake: DUE_MS })).toEqual({
    verdict: 'pending',
    queued: ['acme'],
    woken: ['acme'],
  });
});

test('a hint whose timer is gone, or was moved on, is settled', () => {
  expect(follow(DUE_MS + 1, {}).verdict).toBe('settled');
  expect(follow(DUE_MS + 1, { work: DUE_MS + 60_000, wake: DUE_MS + 90_000 }).verdict).toBe('settled');
});
