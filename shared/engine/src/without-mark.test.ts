/** What we made and what carries our mark no more: N8 for taking down, N4 for access. */
import { expect, test } from 'vitest';
import { node, openStage, type Stage } from '../test/stage.ts';
import type { GraphNode } from './graph.ts';
import type { Mark } from './provider.ts';

const MARKS: readonly Mark[] = ['none', 'foreign', 'half-made'];

/** Made by us, and then under another mark. */
async function unmarked(mark: Mark, graph: readonly GraphNode[] = [node('a')]): Promise<Stage> {
  const stage = openStage(graph);
  await stage.once('converge');
  for (const [name, thing] of stage.things) stage.things.set(name, { ...thing, mark });
  return stage;
}

/** The same ledger and backend under another goal for access. */
function withdrawing(stage: Stage): Stage {
  const graph = stage.graph.map((each): GraphNode => ({ ...each, spec: { size: 1, access: 'withdrawn' } }));
  const other = openStage(graph);
  for (const [key, value] of stage.things) other.things.set(key, value);
  for (const [key, value] of stage.records) other.records.set(key, value);
  return other;
}

test.each(MARKS)(
  'N8: what lost our mark (%s) is not gone, is left alone, and is told with a next try',
  async (mark) => {
    const stage = await unmarked(mark);
    await stage.once('remove');
    expect(stage.records.get('a')).toMatchObject({
      status: 'failed',
      failure: { code: 'MarkLost' },
      nextAttemptAtMs: stage.nowMs + 600_000,
    });
    expect(stage.effects).toEqual(['create a']);
  },
);

test('N8: with its mark back it is deleted, and gone by hand it is gone, at the next try', async () => {
  for (const mend of ['mark', 'away'] as const) {
    const stage = await unmarked('none');
    await stage.once('remove');
    const thing = stage.things.get('thing-a');
    if (mend === 'away') stage.things.delete('thing-a');
    else if (thing) stage.things.set('thing-a', { ...thing, mark: 'ours' });
    await stage.untilDone('remove');
    expect([stage.things.size, stage.records.get('a')?.status]).toEqual([0, 'deleted']);
  }
});

test('N8: an object of an open creation that turned out to carry no mark is not taken for a stranger’s', async () => {
  const stage = openStage([node('a')]);
  stage.fault = { at: 1, mode: 'crash' };
  await stage.once('converge').catch(() => undefined);
  stage.things.set('thing-a', { mark: 'none', size: 1, access: 'granted' });
  stage.nowMs += 60_000;
  await stage.once('remove');
  expect(stage.records.get('a')).toMatchObject({ status: 'failed', failure: { code: 'MarkLost' } });
});

test.each(MARKS)(
  'N4: access under a lost mark (%s) stands and is told; taken away by hand it is withdrawn',
  async (mark) => {
    const stage = withdrawing(await unmarked(mark));
    await stage.once('access');
    expect(stage.records.get('a')).toMatchObject({ failure: { code: 'MarkLost' } });
    expect(stage.records.get('a')?.converged).toBeUndefined();
    const thing = stage.things.get('thing-a');
    if (thing) stage.things.set('thing-a', { ...thing, access: 'withdrawn' });
    stage.nowMs = stage.records.get('a')?.nextAttemptAtMs ?? 0;
    await stage.once('access');
    expect(stage.records.get('a')).toMatchObject({ status: 'ready', converged: expect.any(String) });
    expect(stage.effects).toEqual([]);
  },
);

test('what was found giving access again is told as repaired once it was withdrawn', async () => {
  const stage = withdrawing(await unmarked('ours'));
  const drift = [{ path: '/access', from: 'granted', to: 'withdrawn', weight: 'settings' as const }];
  const record = stage.records.get('a');
  if (record) stage.records.set('a', { ...record, drift });
  await stage.once('access');
  expect(stage.records.get('a')?.drift).toBeUndefined();
  expect(stage.records.get('a')?.status).toBe('ready');
});
