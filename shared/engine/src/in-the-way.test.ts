/** What of others stands where something of ours belongs is refused by name at the first look, in a plan as in a run. */
import { expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { planNode } from './plan.ts';
import type { Absent, Provider, SeenBase } from './provider.ts';
import { freshRecord, type NodeRecord } from './record.ts';

const one = node('a');
const ref = { kind: 'a', name: one.name, tenantId: 'acme', generation: 1, tier: 'free' };
const change = { path: '/alias', from: null, to: 'here', weight: 'settings' } as const;
const provider = {
  kind: 'a',
  backend: 'b',
  holdsData: true,
  hasAccess: false,
  plan: () => [change],
} as unknown as Provider;

const plan = (seen: SeenBase | Absent, goal: 'converge' | 'remove' = 'converge', record: Partial<NodeRecord> = {}) =>
  planNode({
    node: one,
    ref,
    provider,
    seen,
    record: { ...freshRecord(one), ...record },
    goal,
    nowMs: 0,
    acceptLoss: false,
    afterEffect: false,
  });

const inTheWay = ['index acme_all'];
const ours = { mark: 'ours', generation: 1, inTheWay } as const;

test('what cannot be made, or made whole, is refused with the name of what stands there', () => {
  for (const seen of [{ absent: true, inTheWay } as const, ours]) {
    expect(plan(seen)).toMatchObject({ action: 'refuse', reason: { code: 'NameTaken' } });
    expect(plan(seen).reason.message).toContain('index acme_all');
  }
});

test('data that was lost is told first, and nothing stands in the way of a deletion', () => {
  expect(plan({ absent: true, inTheWay }, 'converge', { born: true }).action).toBe('lost');
  expect(plan({ absent: true, inTheWay }, 'remove').action).toBe('gone');
  expect(plan(ours, 'remove').action).toBe('delete');
});
