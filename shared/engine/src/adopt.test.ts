/** What exists without our mark becomes ours on an operator's word alone, however the calls go wrong (N1, P5). */
import { afterEach, describe, expect, test } from 'vitest';
import { type FaultMode, idleFaults, node, openStage, type Thing } from '../test/stage.ts';

afterEach(() => {
  expect(idleFaults(), 'faults that struck nothing').toEqual([]);
});

const GRAPH = [node('a'), node('b', ['a'])];
const unmarked = { mark: 'none', size: 9, access: 'granted' } as const;

function legacy(holdsData = true, more: Partial<Thing> = {}, generation = 1) {
  const stage = openStage(GRAPH, holdsData, generation);
  stage.things.set('thing-a', { ...unmarked, ...more });
  return stage;
}

test('without the word it is refused and stays as it is', async () => {
  const stage = legacy();
  await stage.once('converge');
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', failure: { code: 'NameTaken' } });
  expect([stage.effects, stage.things.get('thing-a')]).toEqual([[], unmarked]);
});

test('with the word it is marked, then brought to what it should be; the rest is made as ever', async () => {
  const stage = legacy();
  await stage.once('converge', { adopt: true });
  expect(stage.effects).toEqual(['adopt a', 'update a', 'create b']);
  expect(stage.things.get('thing-a')).toMatchObject({ mark: 'ours', size: 1 });
  expect([...stage.records.values()].map(({ status }) => status)).toEqual(['ready', 'ready']);
});

test('the word makes nobody else’s object ours', async () => {
  const stage = legacy();
  stage.things.set('thing-a', { ...unmarked, mark: 'foreign' });
  await stage.once('converge', { adopt: true });
  expect([stage.effects, stage.records.get('a')?.failure?.code]).toEqual([[], 'NameTaken']);
});

test('what is unfit is refused in words, and made anew on a word of its own where nothing is lost by it', async () => {
  const odd = { odd: true } as const;
  for (const [holdsData, remake, adopted] of [
    [true, false, false],
    [true, true, false],
    [false, false, false],
    [false, true, true],
  ] as const) {
    const stage = legacy(holdsData, odd);
    await stage.once('converge', { adopt: true, remake });
    const { failure } = stage.records.get('a') ?? {};
    expect(stage.effects.includes('adopt a'), `${holdsData} ${remake}`).toBe(adopted);
    expect(failure?.code).toBe(adopted ? undefined : 'NotAdoptable');
    if (!adopted) expect(failure?.message).toContain('it is odd; ');
  }
});

test('a mark of a generation that the ledger has not given is another mesh’s: refused at the first look, with the word or without', async () => {
  for (const adopt of [true, false]) {
    const stage = legacy(true, { mark: 'ours', generation: 3 });
    await stage.once('converge', { adopt });
    expect(stage.effects).toEqual([]);
    expect(stage.records.get('a')).toMatchObject({ status: 'failed', attempts: 0, failure: { code: 'NameTaken' } });
    expect(stage.records.get('a')?.failure?.message).toContain('generation 3');
  }
});

test('what an earlier generation left behind is none of this one’s: refused at the first look, adopted on the word alone', async () => {
  const stage = legacy(true, { mark: 'ours', generation: 1 }, 2);
  await stage.once('converge');
  expect(stage.effects).toEqual([]);
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', attempts: 0, failure: { code: 'NameTaken' } });
  expect(stage.records.get('a')?.failure?.message).toContain('generation 1 of this tenant left behind');
  await stage.once('remove');
  expect(stage.things.get('thing-a')).toMatchObject({ mark: 'ours', generation: 1 });
  const asked = legacy(true, { mark: 'ours', generation: 1 }, 2);
  await asked.once('converge', { adopt: true });
  expect(asked.records.get('a')).toMatchObject({ status: 'ready', born: true });
});

test('what another mesh holds under the name is neither shut off nor taken down with a tenant of ours', async () => {
  for (const goal of ['access', 'remove'] as const) {
    const stage = legacy(true, { mark: 'ours', generation: 3 });
    await stage.once(goal);
    expect(stage.effects.filter((effect) => effect.endsWith(' a'))).toEqual([]);
    expect(stage.things.get('thing-a')).toMatchObject({ generation: 3, access: 'granted' });
  }
});

describe.each(['before', 'after', 'crash'] as const)('a call that goes wrong (%s)', (mode: FaultMode) => {
  test('at every place: it is adopted in the end, and marked once', async () => {
    const calm = legacy();
    await calm.once('converge', { adopt: true });
    expect(calm.effects).toContain('adopt a');
    for (let at = 0; at < calm.calls; at++) {
      const stage = legacy();
      stage.fault = { at, mode };
      for (let runs = 0; runs < 20; runs++) {
        await stage.once('converge', { adopt: true }).catch(() => undefined);
        stage.nowMs += 60_000;
      }
      expect([...stage.records.values()].map(({ status }) => status)).toEqual(['ready', 'ready']);
      expect(stage.effects.filter((effect) => effect === 'adopt a')).toHaveLength(1);
    }
  });
});

test('a mark that does not show yet is waited for: nothing is made beside the object, and a deletion does not pass it over', async () => {
  const stage = legacy();
  const show = (mark: Thing['mark']) =>
    stage.things.set('thing-a', { ...(stage.things.get('thing-a') as Thing), mark });
  stage.undo = () => show('none');
  await stage.once('converge', { adopt: true });
  expect(stage.effects.filter((effect) => effect.endsWith(' a'))).toEqual(['adopt a']);
  expect(stage.records.get('a')).toMatchObject({
    failure: { code: 'NotYetConsistent' },
    intent: { ended: true },
    settleAtMs: stage.nowMs + 1_000,
  });
  stage.undo = undefined;
  stage.nowMs = stage.records.get('a')?.nextAttemptAtMs as number;
  await stage.once('remove');
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', failure: { code: 'MarkLost' } });
  show('ours');
  await stage.untilDone('remove');
  expect(stage.things.has('thing-a')).toBe(false);
});
