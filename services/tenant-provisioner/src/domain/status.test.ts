import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { emptyState } from './state.ts';
import { conditionsOf } from './status.ts';

const record = (kind: string, name: string, more: Partial<NodeRecord>): NodeRecord => ({
  ...freshRecord({ id: name, kind, part: 'main', name }),
  status: 'ready',
  ...more,
});

const conditions = (...records: readonly NodeRecord[]) =>
  conditionsOf({ ...emptyState('acme'), phase: 'active', records }, 1000);

test('a feature that a server lacks is a condition of a tenant that is complete all the same', () => {
  const notes = ['ExpiryUnsupported'];
  const found = conditions(
    record('ignite-cache', 'sessions_acme', { notes }),
    record('ignite-cache', 'ml_models_acme', {}),
  );
  expect(found).toEqual([
    expect.objectContaining({ type: 'Ready', status: true }),
    expect.objectContaining({
      type: 'ExpiryUnsupported',
      status: true,
      message: expect.stringMatching(/sessions_acme$/),
    }),
  ]);
});

test('what is the same for many resources is said once', () => {
  const failure = { class: 'Invalid', code: 'CeilingReached', message: 'it is full', away: false, atMs: 0 } as const;
  const found = conditions(
    record('a', 'one', { status: 'failed', failure }),
    record('b', 'two', { status: 'failed', failure }),
  );
  expect(found.find(({ type }) => type === 'CeilingReached')?.message).toBe('a one, b two: it is full');
});
