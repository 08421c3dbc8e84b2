/** A plan on a terminal, as somebody reads it. */
import { reason } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import type { NodePlan } from './plan.ts';
import { renderPlan } from './render.ts';

const plan = (id: string, action: NodePlan['action'], dependsOn: readonly string[] = []): NodePlan => ({
  id,
  kind: id,
  name: `thing-${id}`,
  action,
  changes: [],
  dependsOn,
  reason: reason('Why', `because of ${id}`),
});
const change = (path: string, from: unknown, to: unknown) => ({ path, from, to, weight: 'settings' as const });

test('what depends on a node is drawn below the last of those it waits for; roots are those whose dependencies are not shown', () => {
  const changes = [change('/size', 7, 1), change('/tags', undefined, ['x'])];
  const plans = [
    plan('a', 'keep'),
    { ...plan('b', 'update', ['a']), changes },
    plan('c', 'create', ['a', 'b']),
    plan('d', 'wait', ['a']),
    plan('e', 'refuse', ['elsewhere']),
    plan('f', 'create', ['e']),
  ];
  expect(renderPlan('acme', plans)).toBe(
    [
      'acme',
      '├─ = a thing-a  keep: because of a',
      '│  ├─ ~ b thing-b  update: 2 difference(s)',
      '│  │     /size: 7 -> 1',
      '│  │     /tags: (none) -> ["x"]',
      '│  │  └─ + c thing-c  create: because of c',
      '│  └─ ? d thing-d  wait: because of d',
      '└─ ! e thing-e  refuse: because of e',
      '   └─ + f thing-f  create: because of f',
      '',
    ].join('\n'),
  );
});

test('each action has its sign', () => {
  const actions = ['create', 'update', 'keep', 'delete', 'gone', 'not-ours', 'refuse', 'lost', 'wait', 'skip'] as const;
  const lines = renderPlan(
    't',
    actions.map((action) => plan(action, action)),
  ).split('\n');
  expect(
    lines
      .slice(1, -1)
      .map((line) => line.charAt(3))
      .join(''),
  ).toBe('+~=-.!!!?·');
});
