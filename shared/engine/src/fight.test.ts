import { expect, test } from 'vitest';
import { node, openStage, type Stage } from '../test/stage.ts';
import { FIGHT_REPAIRS, isDamped, remember } from './fight.ts';
import type { GraphNode } from './graph.ts';
import type { NodeRecord, Repair } from './record.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const record = (stage: Stage): NodeRecord => stage.records.get('a') as NodeRecord;
const sizeOf = (stage: Stage): number => stage.things.get('thing-a')?.size ?? 0;
const set = (stage: Stage, size: number): void =>
  void stage.things.set('thing-a', { mark: 'ours', access: 'granted', size });

async function made(): Promise<Stage> {
  const graph: readonly GraphNode[] = [node('a')];
  const stage = openStage(graph);
  await stage.untilDone('converge');
  return stage;
}

/** Somebody sets it each time before the mesh looks, every two minutes. */
async function fight(stage: Stage, rounds: number): Promise<number> {
  const before = stage.effects.length;
  for (let round = 0; round < rounds; round++) {
    stage.nowMs += 2 * MINUTE_MS;
    set(stage, 7);
    await stage.once('converge', { recheck: true });
  }
  return stage.effects.length - before;
}

test('D1 a repair that is undone time and again is made in growing pauses, and the node says what is fought over', async () => {
  const stage = await made();
  expect(await fight(stage, FIGHT_REPAIRS.value)).toBe(FIGHT_REPAIRS.value);
  expect(await fight(stage, 4)).toBe(0);
  expect(sizeOf(stage)).toBe(7);
  expect(record(stage)).toMatchObject({ status: 'ready', left: [{ path: '/size', from: 7, to: 1, why: 'fight' }] });
  const aDay = await fight(stage, DAY_MS / (2 * MINUTE_MS));
  expect(aDay).toBeGreaterThan(3);
  expect(aDay).toBeLessThan(12);
  // D2: the pause has a bound, however long it lasts.
  expect(await fight(stage, DAY_MS / (2 * MINUTE_MS))).toBeGreaterThanOrEqual(3);
});

test('D2 when the other stops the fight is over by itself', async () => {
  const stage = await made();
  await fight(stage, FIGHT_REPAIRS.value + 1);
  for (let minutes = 0; minutes < 60; minutes += 2) {
    stage.nowMs += 2 * MINUTE_MS;
    await stage.once('converge', { recheck: true });
  }
  expect([sizeOf(stage), record(stage).left]).toEqual([1, undefined]);
});

test('D1 repairs that are far apart are no fight', async () => {
  const stage = await made();
  for (let round = 0; round < 3 * FIGHT_REPAIRS.value; round++) {
    stage.nowMs += 2 * 60 * MINUTE_MS;
    set(stage, 7);
    await stage.once('converge', { recheck: true });
    expect(sizeOf(stage)).toBe(1);
  }
});

test('D1 one who undoes a repair before it can be seen is a fight too, and no failure', async () => {
  const stage = await made();
  set(stage, 7);
  stage.undo = () => set(stage, 7);
  await stage.once('converge', { recheck: true });
  await stage.untilDone('converge');
  expect(record(stage)).toMatchObject({ status: 'ready', left: [{ path: '/size', why: 'fight' }] });
});

test('D3 access is withdrawn however often it is given back', async () => {
  const stage = await made();
  const lots: Repair = { path: '/access', times: 50, lastAtMs: stage.nowMs };
  for (let round = 0; round < 20; round++) {
    stage.graph = [{ ...node('a'), spec: { size: 1, access: 'withdrawn' } }];
    stage.records.set('a', { ...record(stage), repairs: [lots], converged: 'other' });
    stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'granted' });
    await stage.once('access');
    expect(stage.things.get('thing-a')?.access).toBe('withdrawn');
  }
});

test('the memory has a bound, and forgets', () => {
  const changes = Array.from({ length: 50 }, (_, at) => ({
    path: `/p${at}`,
    from: 1,
    to: 2,
    weight: 'settings' as const,
  }));
  const repairs = remember({}, changes, 0) ?? [];
  expect(repairs.length).toBeLessThan(20);
  expect(isDamped({ repairs }, '/p49', 0)).toBe(false);
  expect(remember({ repairs }, [], DAY_MS)).toBeUndefined();
});

test('D1 an object that holds no data and is taken away time and again is made in growing pauses, and is not called ready between', async () => {
  const stage = openStage([node('a')], false);
  await stage.untilDone('converge');
  const takenAway = async (rounds: number): Promise<number> => {
    const before = stage.effects.length;
    for (let round = 0; round < rounds; round++) {
      stage.nowMs += 2 * MINUTE_MS;
      stage.things.clear();
      await stage.once('converge', { recheck: true });
    }
    return stage.effects.length - before;
  };
  await takenAway(FIGHT_REPAIRS.value + 1);
  expect(record(stage)).toMatchObject({ status: 'pending', left: [{ path: '', why: 'fight' }] });
  expect(record(stage).nextAttemptAtMs).toBeGreaterThan(stage.nowMs);
  expect(await takenAway(DAY_MS / (2 * MINUTE_MS))).toBeLessThan(30);
  stage.nowMs += DAY_MS;
  await stage.once('converge', { recheck: true });
  expect(record(stage)).toMatchObject({ status: 'ready' });
});
