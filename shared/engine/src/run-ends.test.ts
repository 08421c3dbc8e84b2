/** How a run ends whose effects do not show, whose store is away, or that is told to stop (X3, X5). */
import { conflict, unavailable } from '@leasehold/kernel';
import { afterEach, expect, test } from 'vitest';
import { idleFaults, node, openStage, type Stage } from '../test/stage.ts';
import type { Provider } from './provider.ts';
import type { NodeRecord } from './record.ts';

afterEach(() => {
  expect(idleFaults(), 'faults that struck nothing').toEqual([]);
});

const record = (stage: Stage, id = 'a'): NodeRecord => stage.records.get(id) as NodeRecord;
const change = (stage: Stage, more: Partial<NodeRecord>): void =>
  void stage.records.set('a', { ...record(stage), ...more });
const lost = () => unavailable('no answer', { code: 'Away', away: true, unknownOutcome: true });

/** One node that was complete. */
async function made(holdsData = true): Promise<Stage> {
  const stage = openStage([node('a')], holdsData);
  await stage.once('converge');
  stage.effects.length = 0;
  return stage;
}

test('X5: a run whose second commit is refused begins nothing more, and tells its caller', async () => {
  const stage = openStage([node('a'), node('b', ['a']), node('c')]);
  await expect(stage.once('converge', { refusedCommit: 1 })).rejects.toThrow('the store is away');
  expect(stage.effects).toEqual(['create a', 'create c']);
  expect(stage.commits).toEqual([['a:creating', 'c:creating']]);
});

test('X1: an effect whose intent is refused does not happen', async () => {
  const stage = openStage([node('a')]);
  await expect(stage.once('converge', { refusedCommit: 0 })).rejects.toThrow('the store is away');
  expect([stage.effects, record(stage).intent]).toEqual([[], undefined]);
});

test('a call that fails because the run is told to stop is no failure of its node: its end is left open', async () => {
  const stop = new AbortController();
  const stage = openStage([node('a')]);
  const make = () => {
    stop.abort(new Error('stopped'));
    return lost();
  };
  stage.fault = { at: 1, mode: 'after', make };
  await expect(stage.once('converge', { stop: stop.signal })).rejects.toThrow('no answer');
  expect(record(stage)).toMatchObject({ status: 'creating', strikes: 0, intent: { action: 'create' } });
  expect([record(stage).failure, record(stage).intent?.ended]).toEqual([undefined, undefined]);
});

test('what is known when a run is told to stop is recorded all the same', async () => {
  const stop = new AbortController();
  const stage = openStage([node('a'), node('b')]);
  const make = () => {
    stop.abort(new Error('stopped'));
    return lost();
  };
  // Both are looked at and made; then the first is seen complete, and the second is not seen any more.
  stage.fault = { at: 5, mode: 'before', make };
  await expect(stage.once('converge', { stop: stop.signal })).rejects.toThrow('no answer');
  expect([record(stage).status, record(stage, 'b').status]).toEqual(['ready', 'creating']);
});

test('X3: what is seen as it should be, but may still be overwritten, is waited for without a failure', async () => {
  const stage = openStage([node('a')]);
  change(stage, { settleAtMs: stage.nowMs + 700 });
  await stage.once('converge');
  expect(record(stage)).toMatchObject({ status: 'creating', strikes: 0, nextAttemptAtMs: stage.nowMs + 700 });
  expect(record(stage).failure).toBeUndefined();
});

test('X3: an effect after which another’s object is seen is tried again, before that is believed', async () => {
  const stage = openStage([node('a')]);
  stage.undo = () => void stage.things.set('thing-a', { mark: 'foreign', size: 1, access: 'granted' });
  await stage.once('converge');
  expect(record(stage)).toMatchObject({
    status: 'creating',
    strikes: 1,
    failure: { class: 'Unavailable', code: 'NotYetConsistent', backend: 'a-backend' },
    settleAtMs: stage.nowMs + 1_000,
  });
});

test('a creation that never shows fails for good', async () => {
  const stage = openStage([node('a')]);
  stage.undo = () => stage.things.clear();
  await stage.untilDone('converge');
  expect(stage.effects).toHaveLength(8);
  expect(record(stage)).toMatchObject({ status: 'failed', born: false, failure: { code: 'NotYetConsistent' } });
});

test('a repair that does not show at once is tried again, and is no fight yet', async () => {
  const stage = await made();
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  stage.undo = () => void stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  await stage.once('converge', { recheck: true });
  expect(record(stage)).toMatchObject({ status: 'creating', strikes: 1, failure: { code: 'NotYetConsistent' } });
  expect(record(stage).left).toBeUndefined();
});

test('a repair that the backend refuses for good is a failure, and no fight', async () => {
  const stage = await made();
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  stage.fault = { at: stage.calls + 1, mode: 'before', make: () => conflict('no', { code: 'CeilingReached' }) };
  await stage.once('converge', { recheck: true });
  expect(record(stage)).toMatchObject({ status: 'failed', failure: { code: 'CeilingReached' } });
  expect(record(stage)).not.toHaveProperty('left');
});

test('access that is given back before it can be seen withdrawn is a failure that is told and tried again, and no fight', async () => {
  const stage = await made();
  const given = { mark: 'ours', size: 1, access: 'other' } as const;
  change(stage, { converged: 'other', drift: [{ path: '/access', from: 'other', to: 'granted', weight: 'settings' }] });
  stage.things.set('thing-a', given);
  stage.undo = () => void stage.things.set('thing-a', given);
  for (let tries = 0; tries < 8; tries++) {
    stage.nowMs = record(stage).nextAttemptAtMs ?? stage.nowMs;
    await stage.once('access');
  }
  expect(record(stage)).toMatchObject({ status: 'failed', nextAttemptAtMs: stage.nowMs + 600_000 });
});

test('what was lost and is made anew, and never shows, fails: it is not there to be fought over', async () => {
  const stage = await made(false);
  stage.things.clear();
  stage.undo = () => stage.things.clear();
  await stage.once('converge', { recheck: true });
  await stage.untilDone('converge');
  expect(record(stage)).toMatchObject({ status: 'failed', failure: { code: 'NotYetConsistent' } });
});

test('where a part of what differs is data, repairs that never show are a failure', async () => {
  const settings = { path: '/size', from: 7, to: 1, weight: 'settings' } as const;
  const stage = openStage([node('a')]);
  stage.undo = () => stage.things.clear();
  for (const [drift, status] of [
    [[settings, { ...settings, weight: 'data' as const }], 'failed'],
    [[settings], 'ready'],
  ] as const) {
    change(stage, { status: 'creating', strikes: 7, drift });
    await stage.once('converge');
    expect(record(stage).status).toBe(status);
    change(stage, { born: false, converged: undefined, failure: undefined, nextAttemptAtMs: undefined } as never);
  }
});

test('taking down has no deadline', async () => {
  const stage = await made();
  const make = () => unavailable('gone', { code: 'Away', away: true });
  stage.fault = { at: stage.calls + 1, mode: 'before', make };
  await stage.once('remove', { deadlineMs: stage.nowMs - 1 });
  expect(record(stage)).toMatchObject({ status: 'deleting' });
  expect(record(stage).nextAttemptAtMs).toBeGreaterThan(stage.nowMs);
});

test('a try that never began is not counted, and those before it still are', async () => {
  const stage = openStage([node('a')]);
  change(stage, { attempts: 3 });
  let asked = 0;
  const mayBegin = () => {
    asked += 1;
    return asked === 1;
  };
  await stage.once('converge', { mayBegin });
  expect(record(stage).attempts).toBe(3);
});

/** Planned for adoption; by the time the call has its place, another object is there. */
async function adoptAfter(there: (stage: Stage) => void, holdsData: boolean, remake: boolean): Promise<Stage> {
  const stage = openStage([node('a')], holdsData);
  stage.things.set('thing-a', { mark: 'none', size: 1, access: 'granted' });
  let asked = 0;
  const mayBegin = () => {
    asked += 1;
    if (asked === 2) there(stage);
    return true;
  };
  await stage.once('converge', { adopt: true, remake, mayBegin });
  return stage;
}
const odd = (mark: 'none' | 'ours') => (stage: Stage) =>
  void stage.things.set('thing-a', { mark, size: 1, access: 'granted', odd: true });

test.each([
  ['holds data', true, true],
  ['holds none, but nobody said that it may be made anew', false, false],
])('what came under the name since the plan, is unfit and %s, is not marked', async (_what, holdsData, remake) => {
  const stage = await adoptAfter(odd('none'), holdsData, remake);
  expect([stage.effects, stage.things.get('thing-a')?.mark]).toEqual([[], 'none']);
  expect(record(stage)).toMatchObject({
    status: 'failed',
    failure: { class: 'Conflict', code: 'NotAdoptable', backend: 'a-backend' },
  });
});

test('where everything is fit, nobody is asked whether it is', async () => {
  const stage = openStage([node('a')]);
  const provider = stage.providers.get('a') as Provider;
  stage.providers.set('a', { ...provider, unfit: undefined } as unknown as Provider);
  stage.things.set('thing-a', { mark: 'none', size: 1, access: 'granted' });
  await stage.once('converge', { adopt: true });
  expect([stage.effects, record(stage).status]).toEqual([['adopt a'], 'ready']);
});

test('what came since and may be made anew is adopted, and so is what is ours by now; what is gone is made', async () => {
  const anew = await adoptAfter(odd('none'), false, true);
  const ours = await adoptAfter(odd('ours'), true, false);
  const gone = await adoptAfter((stage) => stage.things.clear(), true, false);
  for (const stage of [anew, ours, gone]) expect(record(stage).status).toBe('ready');
  expect([anew.effects, gone.effects]).toEqual([['adopt a'], ['adopt a', 'create a']]);
});
