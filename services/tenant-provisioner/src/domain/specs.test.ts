/** What a replica without a backend leaves open is completed by one that has it, before it plans. */
import { freshRecord, type GraphNode } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { type Completers, withCompleteSpecs } from './specs.ts';
import { emptyState, type TenantState } from './state.ts';

const node = (id: string, spec: unknown): GraphNode => ({
  id,
  kind: id,
  part: 'main',
  name: `thing-${id}`,
  spec: spec as GraphNode['spec'],
  dependsOn: [],
  remakeWhenLost: false,
});
const state = (statuses: readonly TenantState['records'][number]['status'][], ...graph: readonly GraphNode[]) => ({
  ...emptyState('acme'),
  graph,
  records: graph.map((each, at) => ({ ...freshRecord(each), status: statuses[at] ?? 'pending' })),
});
const kinds: Completers = new Map([
  ['a', { complete: (spec: unknown) => ({ size: 1, ...(spec as object) }) }],
  ['refuses', { complete: () => undefined }],
  ['plain', {}],
]);

test('raw settings are completed, and the same node comes of it each time', () => {
  const before = state([], node('a', { color: 'red' }), node('other', { color: 'red' }));
  const after = withCompleteSpecs(before, kinds);
  expect(after.graph.map(({ spec }) => spec)).toEqual([{ size: 1, color: 'red' }, { color: 'red' }]);
  expect(after.graph[1]).toBe(before.graph[1]);
  expect(withCompleteSpecs(before, kinds).graph[0]).toBe(after.graph[0]);
  const others: Completers = new Map([['a', { complete: () => ({ size: 2 }) }]]);
  expect(withCompleteSpecs(before, others).graph[0]?.spec).toEqual({ size: 2 });
});

test('what is complete, what is refused and what no backend here knows stays the same state', () => {
  const before = state(
    [],
    node('a', { color: 'red', size: 1 }),
    node('refuses', {}),
    node('plain', {}),
    node('none', {}),
  );
  expect(withCompleteSpecs(before, kinds)).toBe(before);
});

test('what was seen ready is not looked at again; whatever else its status is, it is', () => {
  const raw = node('a', {});
  expect(withCompleteSpecs(state(['ready'], raw), kinds).graph[0]).toBe(raw);
  for (const status of ['pending', 'skipped', 'failed', 'deleting', 'deleted'] as const)
    expect(withCompleteSpecs(state([status], raw), kinds).graph[0]?.spec).toEqual({ size: 1 });
});
