/** The executor against every fault at every call, and its invariants X1 to X6. */
import { conflict, invalid, reason, unavailable } from '@leasehold/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { type FaultMode, idleFaults, node, openStage } from '../test/stage.ts';
import type { GraphNode } from './graph.ts';
import { freshRecord } from './record.ts';
import type { Room } from './run.ts';

afterEach(() => {
  expect(idleFaults(), 'faults that struck nothing').toEqual([]);
});

const GRAPH = [node('a'), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c'])];

test('X1, X2: intents come before effects, those of a wave in one commit with the outcomes that made it possible', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  expect(stage.commits).toEqual([
    ['a:creating'],
    ['a:ready', 'b:creating', 'c:creating'],
    ['b:ready', 'c:ready', 'd:creating'],
    ['d:ready'],
  ]);
  expect(stage.effects).toEqual(['create a', 'create b', 'create c', 'create d']);
});

test('taking down goes the other way round: dependants first', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  await stage.once('remove');
  expect(stage.effects.slice(4)).toEqual(['delete d', 'delete b', 'delete c', 'delete a']);
  expect([...stage.records.values()].map(({ fate }) => fate)).toEqual(Array(4).fill('deleted'));
});

describe.each(['before', 'after', 'crash'] as const)(
  'a call that goes wrong (%s), at every place',
  (mode: FaultMode) => {
    test('building up: everything is complete in the end, nothing is made twice', async () => {
      const calm = openStage(GRAPH);
      await calm.untilDone('converge');
      expect(calm.calls, 'a look and an effect for each').toBeGreaterThanOrEqual(2 * GRAPH.length);
      for (let at = 0; at < calm.calls; at++) {
        const stage = openStage(GRAPH);
        stage.fault = { at, mode };
        await stage.untilDone('converge');
        expect([...stage.records.values()].map(({ status }) => status)).toEqual(Array(4).fill('ready'));
        expect(stage.effects.filter((effect) => effect.startsWith('create')).sort()).toEqual([
          'create a',
          'create b',
          'create c',
          'create d',
        ]);
      }
    });

    test('taking down: nothing is left in the end', async () => {
      const calm = openStage(GRAPH);
      await calm.once('converge');
      const before = calm.calls;
      await calm.untilDone('remove');
      expect(calm.calls - before, 'a look and an effect for each').toBeGreaterThanOrEqual(2 * GRAPH.length);
      for (let at = before; at < calm.calls; at++) {
        const stage = openStage(GRAPH);
        await stage.once('converge');
        stage.fault = { at, mode };
        await stage.untilDone('remove');
        expect(stage.things.size).toBe(0);
        expect([...stage.records.values()].every(({ status }) => status === 'deleted')).toBe(true);
      }
    });
  },
);

test("the caller's fault, a taken name and a bug fail at once; others after eight answered tries; away waits", async () => {
  const failing = async (make: () => ReturnType<typeof invalid>) => {
    const stage = openStage([node('a')]);
    for (let tries = 1; tries <= 30; tries++) {
      stage.fault = { at: stage.calls + 1, mode: 'before', make };
      await stage.once('converge');
      if (stage.records.get('a')?.status === 'failed') return tries;
      stage.nowMs = stage.records.get('a')?.nextAttemptAtMs ?? stage.nowMs;
    }
    return 'never';
  };
  expect(await failing(() => invalid('bad', { code: 'Bad' }))).toBe(1);
  expect(await failing(() => conflict('taken', { code: 'NameTaken' }))).toBe(1);
  expect(await failing(() => unavailable('500', { code: 'Broken' }))).toBe(8);
  expect(await failing(() => unavailable('gone', { code: 'Away', away: true }))).toBe('never');
});

test('a backend that is away until the deadline fails the node then', async () => {
  const stage = openStage([node('a')]);
  const deadlineMs = stage.nowMs + 1000;
  const make = () => unavailable('gone', { code: 'Away', away: true });
  for (let i = 0; i < 20 && stage.records.get('a')?.status !== 'failed'; i++) {
    stage.fault = { at: stage.calls, mode: 'before', make };
    await stage.once('converge', { deadlineMs });
    stage.nowMs = stage.records.get('a')?.nextAttemptAtMs ?? stage.nowMs;
  }
  expect(stage.records.get('a')?.status).toBe('failed');
  expect(stage.nowMs).toBe(deadlineMs);
});

test('N1: what carries another mark, or none, is neither changed nor deleted', async () => {
  for (const mark of ['foreign', 'none', 'half-made'] as const) {
    const stage = openStage([node('a')]);
    const theirs = { mark, size: 9, access: 'granted' };
    stage.things.set('thing-a', theirs);
    await stage.once('converge');
    expect(stage.records.get('a')).toMatchObject({ status: 'failed', failure: { code: 'NameTaken' } });
    await stage.untilDone('remove');
    expect(stage.things.get('thing-a')).toBe(theirs);
    expect(stage.records.get('a')).toMatchObject({ status: 'deleted', fate: 'not-ours' });
  }
});

test('what we left half made is ours by our open intent: it is completed, or marked and deleted', async () => {
  for (const goal of ['converge', 'remove'] as const) {
    const stage = openStage([node('a')]);
    stage.fault = { at: 1, mode: 'crash' };
    await stage.once('converge').catch(() => undefined);
    stage.things.set('thing-a', { mark: 'half-made', size: 0, access: 'granted' });
    await stage.untilDone(goal);
    expect(stage.things.get('thing-a')?.mark).toBe(goal === 'converge' ? 'ours' : undefined);
  }
});

test("N2: data that was lost is told, and made anew only on an operator's word", async () => {
  const stage = openStage([node('a')]);
  await stage.once('converge');
  stage.things.clear();
  await stage.once('converge', { recheck: true });
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', lost: true, failure: { code: 'DataLost' } });
  stage.records.set('a', {
    ...(stage.records.get('a') as NonNullable<ReturnType<typeof stage.records.get>>),
    status: 'pending',
    lost: false,
  });
  await stage.once('converge', { recheck: true, acceptLoss: true });
  expect(stage.records.get('a')?.status).toBe('ready');
});

test('lost settings are repaired; what they were is kept until the repair is known to have come to its end', async () => {
  const stage = openStage([node('a')]);
  await stage.once('converge');
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  stage.fault = { at: stage.calls + 1, mode: 'before' };
  await stage.once('converge', { recheck: true });
  expect(stage.records.get('a')?.drift).toMatchObject([{ path: '/size', from: 7, to: 1 }]);
  await stage.untilDone('converge');
  expect(stage.things.get('thing-a')?.size).toBe(1);
  expect(stage.records.get('a')?.drift).toBeUndefined();
});

test('N4: suspending touches nothing but access, and resuming gives it back', async () => {
  const stage = openStage([node('a')]);
  await stage.once('converge');
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  const withdrawn = stage.graph.map((each): GraphNode => ({ ...each, spec: { size: 1, access: 'withdrawn' } }));
  const suspended = Object.assign(openStage(withdrawn), {});
  for (const [key, value] of stage.things) suspended.things.set(key, value);
  for (const [key, value] of stage.records) suspended.records.set(key, value);
  await suspended.once('access');
  expect(suspended.things.get('thing-a')).toMatchObject({ size: 7, access: 'withdrawn' });
  expect(suspended.records.get('a')?.status).toBe('ready');
});

test('N5: an absence proves nothing while the effect of a lost call may still come', async () => {
  const stage = openStage([node('a')]);
  stage.fault = {
    at: 1,
    mode: 'before',
    make: () => unavailable('no answer', { code: 'Away', away: true, unknownOutcome: true }),
  };
  await stage.once('converge');
  await stage.once('remove');
  expect(stage.records.get('a')?.status).not.toBe('deleted');
  // The call of before arrives late, and is found.
  stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'granted' });
  await stage.untilDone('remove');
  expect(stage.things.size).toBe(0);
});

test('N5: what a lost call may still overwrite is called ready only after a look at the end of that time', async () => {
  const stage = openStage([node('a')]);
  stage.fault = { at: 2, mode: 'after' };
  await stage.once('converge');
  stage.nowMs = stage.records.get('a')?.nextAttemptAtMs ?? 0;
  await stage.once('converge');
  expect(stage.records.get('a')).toMatchObject({ status: 'creating' });
  // The lost call comes after all, with what was wanted before.
  stage.things.set('thing-a', { mark: 'ours', size: 7, access: 'granted' });
  await stage.untilDone('converge');
  expect(stage.things.get('thing-a')?.size).toBe(1);
  expect(stage.records.get('a')).toMatchObject({ status: 'ready' });
  expect(stage.records.get('a')?.settleAtMs).toBeUndefined();
});

test('N5: a creation that may still come is waited for before its absence counts as access withdrawn', async () => {
  const stage = openStage([node('a')]);
  const lost = () => unavailable('no answer', { code: 'Away', away: true, unknownOutcome: true });
  stage.fault = { at: 1, mode: 'before', make: lost };
  await stage.once('converge');
  await stage.once('access');
  // It comes after the look, with another access than the one wanted by now.
  stage.things.set('thing-a', { mark: 'ours', size: 1, access: 'other' });
  await stage.untilDone('access');
  expect(stage.things.get('thing-a')?.access).toBe('granted');
});

test('withdrawing access waits for no other node, and what resists is tried again at a distance', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  for (const [id, record] of stage.records) stage.records.set(id, { ...record, converged: 'of another goal' });
  for (const [id, thing] of stage.things) stage.things.set(id, { ...thing, access: 'other' });
  stage.fault = { at: stage.calls, mode: 'before', make: () => invalid('refused', { code: 'Refused' }) };
  await stage.once('access');
  const [first, ...others] = [...stage.records.values()];
  expect(first?.nextAttemptAtMs).toBe(stage.nowMs + 600_000);
  expect(others.map(({ converged }) => converged === undefined)).toEqual([false, false, false]);
});

test('what was found wanting and cannot begin is not ready any more, so that it is not forgotten', async () => {
  const stage = openStage([node('a'), node('b', ['a'])]);
  await stage.once('converge');
  stage.things.set('thing-a', { mark: 'foreign', size: 1, access: 'granted' });
  stage.things.set('thing-b', { mark: 'ours', size: 7, access: 'granted' });
  await stage.once('converge', { recheck: true });
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', failure: { code: 'NameTaken' } });
  expect(stage.records.get('b')).toMatchObject({ status: 'pending', drift: [{ path: '/size' }] });
});

test('a settled tenant costs no call', async () => {
  const stage = openStage(GRAPH);
  await stage.once('converge');
  const { calls } = stage;
  await stage.once('converge');
  expect(stage.calls).toBe(calls);
});

describe('X6: ceilings', () => {
  const full = (kinds: readonly string[]) => (kind: string) =>
    kinds.includes(kind) ? reason('CeilingReached', `no room for ${kind}`) : undefined;
  const statuses = (stage: ReturnType<typeof openStage>) =>
    [...stage.records.values()].map(({ id, status }) => `${id}:${status}`);

  test('a new tenant of which one part would go over a ceiling has nothing made', async () => {
    const stage = openStage(GRAPH);
    await stage.once('converge', { ceiling: full(['d']) });
    expect(stage.effects).toEqual([]);
    expect(statuses(stage)).toEqual(['a:failed', 'b:failed', 'c:failed', 'd:failed']);
  });

  test('what another tier or blueprint adds meets the ceilings as a new tenant does, and what is there is left alone', async () => {
    const stage = openStage(GRAPH);
    await stage.once('converge', { ceiling: full([]) });
    for (const each of GRAPH.slice(2)) {
      stage.records.set(each.id, freshRecord(each));
      stage.things.delete(each.name);
    }
    const asked: string[] = [];
    const ceiling = (kind: string, { held, added }: Room) => {
      asked.push(`${kind} ${held}+${added}`);
      return full(['d'])(kind);
    };
    await stage.once('converge', { ceiling });
    expect(stage.effects.slice(4)).toEqual([]);
    expect(statuses(stage)).toEqual(['a:ready', 'b:ready', 'c:failed', 'd:failed']);
    expect(asked).toEqual(['c 0+1', 'd 0+1']);
  });

  test('what has begun goes on whatever the ceiling says: it takes its room already', async () => {
    const stage = openStage([node('a')]);
    stage.fault = { at: 1, mode: 'crash' };
    await stage.once('converge').catch(() => undefined);
    stage.things.clear();
    stage.nowMs += 60_000;
    stage.effects.length = 0;
    await stage.once('converge', { ceiling: full(['a']) });
    expect(stage.effects).toEqual(['create a']);
  });
});

test('T2: a backend whose every look fails is looked at less and less often, and anew from the start after an answer', async () => {
  const stage = openStage([node('a')]);
  const waits: number[] = [];
  for (let times = 0; times < 12; times++) {
    stage.fault = { at: stage.calls, mode: 'before' };
    await stage.once('converge');
    const next = stage.records.get('a')?.nextAttemptAtMs as number;
    waits.push(next - stage.nowMs);
    stage.nowMs = next;
  }
  expect(waits[0]).toBeLessThanOrEqual(500);
  for (const wait of waits.slice(-3)) expect(wait).toBeGreaterThanOrEqual(30_000);
  expect(stage.records.get('a')).toMatchObject({ attempts: 0, strikes: 0, misses: 12 });
  await stage.once('converge');
  expect(stage.records.get('a')).toMatchObject({ status: 'ready', attempts: 1 });
  expect(stage.records.get('a')?.misses).toBeUndefined();
});
