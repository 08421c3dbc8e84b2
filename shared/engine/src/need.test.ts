/** What is due here, what is due elsewhere, and what a lack of a provider leaves alone. */
import { expect, test } from 'vitest';
import { node, openStage } from '../test/stage.ts';
import { dueAtMs } from './need.ts';
import { freshRecord, type NodeRecord } from './record.ts';

const PROVIDER = { hasAccess: true };
const record = (more: Partial<NodeRecord>): NodeRecord => ({ ...freshRecord(node('a')), ...more });
const due = (more: Partial<NodeRecord>, over: Partial<Parameters<typeof dueAtMs>[0]> = {}) =>
  dueAtMs({ record: record(more), provider: PROVIDER, goal: 'converge', digest: () => 'now', ...over });

test('W2: a kind of another release is due for it, and this one begins nothing of it', async () => {
  const foreign = { provider: undefined, isForeign: true };
  expect(due({}, foreign)).toBe(0);
  expect(due({ status: 'creating', nextAttemptAtMs: 7 }, foreign)).toBe(7);
  for (const status of ['ready', 'skipped', 'failed'] as const) expect(due({ status }, foreign)).toBeUndefined();
  expect(due({ status: 'ready' }, { ...foreign, goal: 'remove' })).toBe(0);
  expect(due({ status: 'deleted' }, { ...foreign, goal: 'remove' })).toBeUndefined();
  const stage = openStage([node('a'), node('b'), node('c', ['b'])]);
  await stage.once('converge', { isForeign: (kind) => kind === 'b' });
  expect([stage.effects, stage.records.get('b')?.status]).toEqual([['create a'], 'pending']);
});

test('W3: without a provider what is ready stays ready, and what was never begun is skipped', () => {
  expect(due({ status: 'ready', converged: 'then' }, { provider: undefined })).toBeUndefined();
  expect(due({}, { provider: undefined })).toBe(0);
  expect(due({ status: 'skipped' }, { provider: undefined })).toBeUndefined();
  expect(due({ status: 'skipped' })).toBe(0);
});

test('what nobody could take down for want of a backend is due at once where there is one', () => {
  const failure = { class: 'Unavailable', code: 'BackendNotConfigured', message: '', away: false, atMs: 1 } as const;
  const stuck = { status: 'failed', failure, nextAttemptAtMs: 600_000 } as const;
  expect([due(stuck, { goal: 'remove' }), due(stuck, { goal: 'remove', provider: undefined })]).toEqual([0, 600_000]);
});
