import { bound, type Clock } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { createOutcomes } from './outcomes.ts';
import type { NodePatch } from './record.ts';

const DELAY = bound('outcome-ms', 250);
const ready = (id: string): NodePatch => ({ id, status: 'ready' });

/** A clock whose one sleep ends by hand, and a record that tells what it was given. */
function openRecord(fails: () => boolean = () => false) {
  const commits: string[] = [];
  let wake: (() => void) | undefined;
  const clock: Clock = { now: () => 0, sleep: () => new Promise((resolve) => (wake = resolve)) };
  const record = async (patches: readonly NodePatch[]): Promise<void> => {
    if (fails()) throw new Error('the store is away');
    commits.push(patches.map(({ id }) => id).join(' '));
  };
  return { commits, outcomes: createOutcomes({ clock, record }, DELAY), wake: () => wake?.() };
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
