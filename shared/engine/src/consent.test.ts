import { expect, test } from 'vitest';
import { node, openStage, type Stage, type Thing } from '../test/stage.ts';
import { isTold } from './consent.ts';
import type { GraphNode } from './graph.ts';
import type { NodeRecord } from './record.ts';

const wants = (spec: object): GraphNode => ({ ...node('a'), spec: { size: 1, access: 'granted', ...spec } });
const record = (stage: Stage): NodeRecord => stage.records.get('a') as NodeRecord;
const thing = (stage: Stage): Thing => stage.things.get('thing-a') as Thing;
const byHand = (stage: Stage, change: Partial<Thing>): void =>
  void stage.things.set('thing-a', { ...thing(stage), ...change });
const look = (stage: Stage, options = {}) => stage.once('converge', { recheck: true, ...options });

/** An operator changed what it should be: what it was to be before is remembered until it is so. */
function ask(stage: Stage, spec: object): void {
  const before = stage.graph[0]?.spec;
  stage.graph = [wants(spec)];
  const { former = [] } = record(stage);
  stage.records.set('a', { ...record(stage), status: 'pending', former: [...former, before] });
}

async function made(spec: object): Promise<Stage> {
  const stage = openStage([wants(spec)]);
  await stage.untilDone('converge');
  return stage;
}

test('C1 what somebody raised by hand is left as it is: the rest is repaired, the node is ready and says what a repair would do', async () => {
  const stage = await made({ copies: 1 });
  byHand(stage, { copies: 3, size: 9 });
  await look(stage);
  expect(thing(stage)).toMatchObject({ copies: 3, size: 1 });
  expect(record(stage)).toMatchObject({
    status: 'ready',
    left: [{ path: '/copies', from: 3, to: 1, why: 'consent', weakens: { would: 'keep 1 instead of 3' } }],
  });
});

test('C1 what is less than it should be is repaired at once', async () => {
  const stage = await made({ copies: 3 });
  byHand(stage, { copies: 1 });
  await look(stage);
  expect([thing(stage).copies, record(stage).left]).toEqual([3, undefined]);
});

test('C4 what is left costs no effect and no commit of another kind however often it is looked at, and is told once', async () => {
  const stage = await made({ copies: 1 });
  byHand(stage, { copies: 3 });
  await look(stage);
  const [effects, told] = [stage.effects.length, record(stage)];
  expect(isTold(told.left ?? [], told, stage.nowMs)).toBe(true);
  for (let times = 0; times < 5; times++) await look(stage);
  expect(stage.effects).toHaveLength(effects);
  // What is no longer left, and what has come to it, is worth a look.
  expect(isTold([], told, stage.nowMs)).toBe(false);
  expect(isTold([], { ...told, left: [] }, stage.nowMs)).toBe(true);
  const [left] = told.left ?? [];
  if (!left) throw new Error('nothing is left');
  expect(isTold([{ ...left, path: '/other' }], told, stage.nowMs)).toBe(false);
  // Another value alone is looked at now and then only.
  expect(isTold([{ ...left, from: 5 }], told, stage.nowMs + 1)).toBe(true);
  expect(isTold([{ ...left, from: 5 }], told, stage.nowMs + 2 * 3_600_000)).toBe(false);
});

test('an operator’s word makes it', async () => {
  const stage = await made({ copies: 1 });
  byHand(stage, { copies: 3 });
  await look(stage, { consent: true });
  expect([thing(stage).copies, record(stage).left]).toEqual([1, undefined]);
});

test('what is put right by hand is not left any more', async () => {
  const stage = await made({ copies: 1 });
  byHand(stage, { copies: 3 });
  await look(stage);
  byHand(stage, { copies: 1 });
  await look(stage);
  expect(record(stage).left).toBeUndefined();
});

test.each([
  ['what we had set ourselves is brought down', 3, { copies: 3 }, { copies: 1 }, 1],
  ['what somebody raised beyond that waits', 5, { copies: 3 }, { copies: 1 }, 5],
  ['what somebody raised, to less than was wanted, waits too', 2, { copies: 3 }, { copies: 1 }, 2],
])('C1 an operator asks for less: %s', async (_name, present, before, after, expected) => {
  const stage = await made(before);
  byHand(stage, { copies: present });
  ask(stage, after);
  await stage.once('converge');
  expect(thing(stage).copies).toBe(expected);
  expect(record(stage)).toMatchObject({ status: 'ready' });
  expect(record(stage).former).toBeUndefined();
});

test('C1 an operator asks twice before the first is done: what either had set is ours', async () => {
  const stage = await made({ copies: 5 });
  ask(stage, { copies: 3 });
  ask(stage, { copies: 1 });
  byHand(stage, { copies: 3 });
  await stage.once('converge');
  expect(thing(stage).copies).toBe(1);
});

test('C2 a quota below what is used waits whoever asked, one above it does not', async () => {
  for (const [used, expected] of [
    [8, 10],
    [2, 5],
  ]) {
    const stage = await made({ quota: 10 });
    byHand(stage, { used: used ?? 0 });
    ask(stage, { quota: 5 });
    await stage.once('converge');
    expect(thing(stage)).toMatchObject({ quota: expected });
    expect(record(stage).left?.[0]?.weakens?.kind).toBe(expected === 10 ? 'quota-below-use' : undefined);
    await look(stage, { consent: true });
    expect(thing(stage)).toMatchObject({ quota: 5 });
  }
});

test('C5 a creation that was cut off is finished, whatever it had not set yet; a creation of others that has our mark keeps what is set', async () => {
  const begun = { mark: 'ours', size: 1, access: 'granted', copies: 3, quota: 10, used: 8 } as const;
  for (const [begins, expected] of [
    [{ intent: { action: 'create', atMs: 1, fence: 1 } }, { copies: 1, days: 7, quota: 5 }],
    [{}, { copies: 3, days: 7, quota: 10 }],
  ] as const) {
    const stage = openStage([wants({ copies: 1, days: 7, quota: 5 })]);
    stage.things.set('thing-a', begun);
    stage.records.set('a', { ...record(stage), status: 'creating', ...begins });
    await stage.untilDone('converge');
    expect(thing(stage)).toMatchObject(expected);
    expect(record(stage).status).toBe('ready');
  }
});

test('C5 what is adopted keeps what was set for it beyond what it should have; what nobody had set follows the tier', async () => {
  const stage = openStage([wants({ copies: 1, days: 7 })]);
  stage.things.set('thing-a', { mark: 'none', size: 9, access: 'granted', copies: 3 });
  await stage.once('converge', { adopt: true });
  expect(thing(stage)).toMatchObject({ mark: 'ours', size: 1, copies: 3, days: 7 });
  expect(record(stage)).toMatchObject({ status: 'ready', left: [{ path: '/copies', why: 'consent' }] });
});
