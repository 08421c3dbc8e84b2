/** X4, X5: nothing begins once the claim is not surely ours, not even a call that has waited for its place. */
import { expect, test } from 'vitest';
import { node, openStage, type Stage } from '../test/stage.ts';

const GRAPH = [node('a'), node('b', ['a'])];
const statuses = (stage: Stage) => [...stage.records.values()].map(({ id, status }) => `${id}:${status}`);

/** Says yes as often as given, then no. */
function yesTimes(times: number): () => boolean {
  let asked = 0;
  return () => {
    asked += 1;
    return asked <= times;
  };
}

test('X4: without the claim a run looks, and begins nothing', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge', { mayBegin: () => false });
  expect([stage.calls, stage.effects, statuses(stage)]).toEqual([2, [], ['a:pending', 'b:pending']]);
  expect([...stage.records.values()].map(({ intent }) => intent)).toEqual([undefined, undefined]);
});

test('X4: a call that waited until the claim was lost touches nothing, and leaves nothing that could come late', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge', { mayBegin: yesTimes(1) });
  expect(stage.effects).toEqual([]);
  expect(stage.records.get('a')).toMatchObject({
    status: 'creating',
    attempts: 0,
    strikes: 0,
    intent: { action: 'create', ended: true },
    nextAttemptAtMs: stage.nowMs,
  });
  expect(stage.records.get('a')?.settleAtMs).toBeUndefined();
  expect(stage.records.get('a')?.failure).toBeUndefined();
});

test('X4: a deletion that waited until the claim was lost is not made either, nor is an adoption', async () => {
  const stage = openStage([node('a')]);
  await stage.once('converge');
  await stage.once('remove', { mayBegin: yesTimes(1) });
  expect([stage.effects, stage.things.size]).toEqual([['create a'], 1]);

  const legacy = openStage([node('a')]);
  legacy.things.set('thing-a', { mark: 'none', size: 1, access: 'granted' });
  await legacy.once('converge', { adopt: true, mayBegin: yesTimes(1) });
  expect([legacy.effects, legacy.things.get('thing-a')?.mark]).toEqual([[], 'none']);
});

test('X4: what was lost on the way costs no try: the next holder of the claim makes it at once', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge', { mayBegin: yesTimes(1) });
  const before = stage.nowMs;
  await stage.once('converge');
  expect([stage.nowMs, statuses(stage)]).toEqual([before, ['a:ready', 'b:ready']]);
  expect(stage.records.get('a')).toMatchObject({ attempts: 1 });
});

test('X4: a claim lost between two waves ends the run after the first, and says so of nothing that had not begun', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge', { mayBegin: yesTimes(2) });
  expect([stage.effects, statuses(stage)]).toEqual([['create a'], ['a:ready', 'b:pending']]);
  expect(stage.records.get('b')).toMatchObject({ attempts: 0 });
});

test('no more calls than the bound are under way at once, and all are made in the end', async () => {
  const stage = openStage([node('a'), node('b'), node('c'), node('d'), node('e')]);
  await stage.once('converge', { parallelism: 2 });
  expect(stage.commits[0]).toEqual(['a:creating', 'b:creating']);
  expect(stage.commits.every((ids) => ids.filter((id) => id.endsWith(':creating')).length <= 2)).toBe(true);
  expect(stage.effects.toSorted()).toEqual(['create a', 'create b', 'create c', 'create d', 'create e']);
});
