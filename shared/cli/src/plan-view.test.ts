import { expect, test } from 'vitest';
import { NO_PAINT } from './paint.ts';
import { planLines } from './plan-view.ts';

const action = (id: string, name: string, word: string, reason: string, ...depends_on: string[]) => ({
  id,
  kind: id.split('.')[0],
  name,
  action: word,
  depends_on,
  reason,
});

test('golden: a plan with each kind of action, dependants below what they need (1)', () => {
  const plan = {
    actions: [
      action('pulsar-namespace', 'platformq/acme', 'create', 'does not exist yet'),
      action('pulsar-namespace.data', 'platformq/acme.data', 'update', '/publishRate: 1 -> 2', 'pulsar-namespace'),
      action('minio-bucket', 'tenant-acme', 'keep', 'is as it should be', 'pulsar-namespace.data'),
      action('ignite-cache', 'cache_acme', 'delete', 'is no part of the tier', 'something-else'),
    ],
    estimated_monthly_cost: { amount: '103.20', currency: 'USD' },
  };
  expect(planLines('acme, tier free', plan, NO_PAINT)).toEqual([
    'acme, tier free',
    '├─ + pulsar-namespace  platformq/acme  create  does not exist yet',
    '│  └─ ~ pulsar-namespace  platformq/acme.data  update  /publishRate: 1 -> 2',
    '│     └─ = minio-bucket  tenant-acme  keep  is as it should be',
    '└─ - ignite-cache      cache_acme      delete  is no part of the tier',
    '',
    'Plan: 1 to create, 1 to update, 1 to keep, 1 to delete; at most 103.20 USD a month. Nothing was touched.',
  ]);
});

test('a plan whose nodes depend on each other in a circle still shows each of them', () => {
  const plan = { actions: [action('a', 'x', 'create', '', 'b'), action('b', 'y', 'create', '', 'a')] };
  const lines = planLines('t', plan, NO_PAINT).join('\n');
  expect(lines).toContain('+ a');
  expect(lines).toContain('+ b');
});

test('an empty plan, and no plan at all', () => {
  expect(planLines('acme', {}, NO_PAINT)).toEqual(['acme', '', 'Plan: nothing to do. Nothing was touched.']);
});
