import { bound, type Clock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createOutcomes } from './outcomes.ts';
import type { NodePatch } from './record.ts';

const DELAY = bound('outcome-ms', 250);
const ready = (id: string): NodePatch => ({ id, status: 'ready' });

/** A clock whose last sleep ends by hand, and a record that tells what it was given. */
function openRecord(fails: () => boolean = () => false) {
  const commits: string[] = [];
  const sleeps: { readonly ms: number; readonly signal: AbortSignal | undefined }[] = [];
  let wake: (() => void) | undefined;
  const sleep: Clock['sleep'] = (ms, signal) => {
    sleeps.push({ ms, signal });
    return new Promise((resolve) => (wake = resolve));
  };
  const clock: Clock = { now: () => 0, sleep };
  const record = async (patches: readonly NodePatch[]): Promise<void> => {
    if (fails()) throw new Error('the store is away');
    commits.push(patches.map(({ id }) => id).join(' '));
  };
  return { commits, sleeps, outcomes: createOutcomes({ clock, record }, DELAY), wake: () => wake?.() };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('O1, O2: what waits comes first in the next commit, and once', async () => {
  const { commits, outcomes } = openRecord();
  outcomes.hold([ready('a')]);
  outcomes.hold([ready('b')]);
  await outcomes.record([ready('c')]);
  await outcomes.close();
  expect(commits).toEqual(['a b c']);
});

test('O2: what waits is recorded when its time is over, and what came after it at the end', async () => {
  const { commits, outcomes, wake } = openRecord();
  outcomes.hold([ready('a')]);
  wake();
  await settled();
  expect(commits).toEqual(['a']);
  outcomes.hold([ready('b')]);
  await outcomes.close();
  expect(commits).toEqual(['a', 'b']);
});

test('O3: after one that could not be recorded nothing is, and the run is told', async () => {
  let away = true;
  const { commits, outcomes, wake } = openRecord(() => away);
  outcomes.hold([ready('a')]);
  wake();
  await settled();
  away = false;
  await expect(outcomes.record([ready('b')])).rejects.toThrow('the store is away');
  await expect(outcomes.close()).rejects.toThrow('the store is away');
  expect(commits).toEqual([]);
});

test('O2: one wait is under way at a time, a new one begins for what comes after it, and none outlives the run', async () => {
  const { sleeps, outcomes, wake } = openRecord();
  outcomes.hold([]);
  expect(sleeps).toEqual([]);
  outcomes.hold([ready('a')]);
  outcomes.hold([ready('b')]);
  expect(sleeps.map(({ ms }) => ms)).toEqual([250]);
  wake();
  await settled();
  outcomes.hold([ready('c')]);
  expect([sleeps.length, sleeps[1]?.signal?.aborted]).toEqual([2, false]);
  await outcomes.close();
  expect(sleeps[1]?.signal?.aborted).toBe(true);
});
