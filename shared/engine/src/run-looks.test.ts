/** Which nodes a run looks at, in what words it asks, and what it says of those that need nothing done. */
import { reason } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { node, openStage, type Stage, type StageOptions } from '../test/stage.ts';
import type { NodeRecord } from './record.ts';

const GRAPH = [node('a'), node('b', ['a'])];
const record = (stage: Stage, id = 'a'): NodeRecord => stage.records.get(id) as NodeRecord;
const change = (stage: Stage, more: Partial<NodeRecord>, id = 'a'): void =>
  void stage.records.set(id, { ...record(stage, id), ...more });

async function made(): Promise<Stage> {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  stage.verbs.length = 0;
  stage.commits.length = 0;
  return stage;
}

test('each call is asked for in its own word, and a deletion looks before and after', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  expect(stage.verbs).toEqual(['observe a', 'observe b', 'ensure a', 'observe a', 'ensure b', 'observe b']);
  stage.verbs.length = 0;
  await stage.once('remove');
  expect(stage.verbs).toEqual(['observe a', 'observe b', 'delete b', 'observe b', 'delete a', 'observe a']);
});

test('taking down says nothing of a node but that it goes and is gone', async () => {
  const stage = await made();
  await stage.once('remove');
  expect(stage.commits).toEqual([['b:deleting'], ['b:deleted', 'a:deleting'], ['a:deleted']]);
});

test.each([
  ['create', 'converge', () => undefined],
  ['update', 'converge', (stage: Stage) => stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' })],
  ['delete', 'remove', (stage: Stage) => stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'granted' })],
] as const)('an intent says what it is to do: %s', async (action, goal, prepare) => {
  const stage = openStage([node('a')]);
  prepare(stage);
  stage.fault = { at: 1, mode: 'crash' };
  await stage.once(goal).catch(() => undefined);
  expect(record(stage).intent).toEqual({ action, atMs: stage.nowMs, fence: 1 });
});

test('a backend that is switched off is left alone, and the run says that it was not the whole', async () => {
  const stage = openStage(GRAPH);
  const paused = (backend: string): boolean => backend === 'a-backend';
  expect(await stage.once('converge', { paused })).toBe('partial');
  expect([stage.verbs, record(stage).status]).toEqual([['observe b'], 'pending']);
  expect(await stage.once('converge')).toBe('whole');
  expect(record(stage, 'b').status).toBe('ready');
});

test('what has no backend here cannot be switched off', async () => {
  const stage = openStage([node('a')]);
  expect(await stage.once('converge', { without: ['a'], paused: () => true })).toBe('whole');
});

test('what is to be tried later is not looked at before', async () => {
  const stage = openStage([node('a')]);
  change(stage, { nextAttemptAtMs: stage.nowMs + 1 });
  await stage.once('converge');
  expect(stage.verbs).toEqual([]);
  stage.nowMs += 1;
  await stage.once('converge');
  expect(record(stage).status).toBe('ready');
});

test('a look at everything leaves out what failed for good and what is gone', async () => {
  const stage = await made();
  change(stage, { status: 'failed' });
  await stage.once('converge', { recheck: true });
  expect(stage.verbs).toEqual(['observe b']);
  const taken = await made();
  await taken.once('remove');
  taken.verbs.length = 0;
  await taken.once('remove', { recheck: true });
  expect(taken.verbs).toEqual([]);
});

test('what is looked at while access is withdrawn and never was complete is not called complete by it', async () => {
  const stage = openStage([node('a')]);
  stage.fault = { at: 1, mode: 'crash' };
  await stage.once('converge').catch(() => undefined);
  await stage.once('access');
  stage.nowMs += 60_000;
  await stage.once('access');
  expect(record(stage)).toMatchObject({ status: 'creating', born: false, converged: expect.any(String) });
  expect(record(stage).intent).toMatchObject({ action: 'create', ended: true });
});

test('access withdrawn from what never was complete leaves its creation open, with nothing of it under way', async () => {
  const stage = openStage([node('a')]);
  change(stage, { status: 'creating', intent: { action: 'create', atMs: 1, fence: 1, ended: true } });
  stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'other' });
  await stage.once('access');
  expect(stage.things.get('thing-a')?.access).toBe('granted');
  expect(record(stage)).toMatchObject({
    status: 'creating',
    born: false,
    converged: expect.any(String),
    intent: { action: 'create', fence: 1, ended: true },
  });
});

test('what is noted of an object is kept with its node', async () => {
  const stage = await made();
  stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'granted', notes: ['no templates'] });
  await stage.once('converge', { recheck: true });
  expect([record(stage).notes, record(stage, 'b').notes]).toEqual([['no templates'], undefined]);
});

test('what never was there is told to be absent, what is not ours to be left', async () => {
  const stage = openStage(GRAPH);
  stage.things.set('thing-b', { mark: 'none', size: 1, access: 'granted' });
  await stage.once('remove');
  expect([record(stage).fate, record(stage, 'b').fate]).toEqual(['absent', 'not-ours']);
});

test('a refusal waits for an operator: it is not tried again by itself, and nothing is said to be lost', async () => {
  const stage = openStage([node('a')]);
  stage.things.set('thing-a', { mark: 'foreign', size: 1, access: 'granted' });
  await stage.once('converge');
  expect(record(stage)).toMatchObject({ status: 'failed', lost: false, strikes: 0 });
  expect(record(stage).nextAttemptAtMs).toBeUndefined();
});

test('what a ceiling refuses is told with the ceiling’s reason, and is not lost', async () => {
  const stage = openStage([node('a')]);
  await stage.once('converge', { ceiling: () => reason('CeilingReached', 'no room') });
  expect(record(stage)).toMatchObject({
    status: 'failed',
    lost: false,
    failure: { class: 'Conflict', code: 'CeilingReached', message: 'no room' },
  });
});

test('no ceiling is asked where nothing is made', async () => {
  const ceiling: StageOptions['ceiling'] = () => reason('CeilingReached', 'no room');
  const stage = await made();
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'other' });
  for (const goal of ['converge', 'access', 'remove'] as const) await stage.once(goal, { ceiling, recheck: true });
  expect([...stage.records.values()].map(({ status }) => status)).toEqual(['deleted', 'deleted']);
});

test('a kind without a backend here is skipped, and those that wait for it go on', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge', { without: ['a'] });
  expect([record(stage).status, record(stage, 'b').status]).toEqual(['skipped', 'ready']);
  expect(stage.verbs).not.toContain('observe a');
});

test('taking down without its backend: what never began is gone, what may exist stays and is tried again', async () => {
  const stage = openStage([node('a'), node('b'), node('c')]);
  change(stage, { born: true, status: 'ready' });
  change(stage, { intent: { action: 'create', atMs: 1, fence: 1 }, status: 'creating' }, 'b');
  await stage.once('remove', { without: ['a', 'b', 'c'] });
  for (const id of ['a', 'b'])
    expect(record(stage, id)).toMatchObject({
      status: 'failed',
      failure: { class: 'Conflict', code: 'BackendNotConfigured' },
      nextAttemptAtMs: stage.nowMs + 600_000,
    });
  expect(record(stage, 'c')).toMatchObject({ status: 'deleted', fate: 'absent' });
});

test('what waits for a node that could not be looked at waits on, though that was complete before', async () => {
  const stage = await made();
  stage.things.set('thing-b', { mark: 'ours', size: 7, access: 'granted' });
  stage.calls = 0;
  stage.fault = { at: 0, mode: 'before' };
  await stage.once('converge', { recheck: true });
  expect(stage.verbs).toEqual(['observe a', 'observe b']);
  expect([record(stage).status, record(stage, 'b').status]).toEqual(['pending', 'pending']);
  await stage.untilDone('converge');
  expect(stage.verbs.slice(2)).toEqual(['observe b', 'observe a', 'observe b', 'ensure b', 'observe b']);
  expect([record(stage).status, record(stage, 'b').status]).toEqual(['ready', 'ready']);
});
