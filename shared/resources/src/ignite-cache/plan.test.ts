/** What differs of a cache, and what is told of it. */
import { ABSENT, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { checkCacheName } from './names.ts';
import { type CacheSeen, cacheSpec, planCache, unfitCache } from './spec.ts';

const ref: Ref = { kind: 'ignite-cache', name: 'sessions_acme', tenantId: 'acme', generation: 2, tier: 'free' };
const spec = cacheSpec.parse({ backups: 2 });
const settled: CacheSeen = {
  mark: 'ours',
  generation: 2,
  mode: 'partitioned',
  backups: 2,
  atomicity: 'atomic',
  group: 'tenants-b2',
};
const plan = (over: Partial<CacheSeen>) => planCache(ref, spec, { ...settled, ...over });

test('what is absent or others’ is a change as a whole, of settings', () => {
  const whole = (from: unknown) => [{ path: '', from, to: spec, weight: 'settings' }];
  expect(planCache(ref, spec, ABSENT)).toEqual(whole(null));
  expect(plan({ mark: 'none' })).toEqual(whole('none'));
  expect(plan({ mark: 'foreign' })).toEqual(whole('foreign'));
  expect(plan({})).toEqual([]);
  expect(plan({ mark: 'half-made' })).toEqual([{ path: '/generation', from: 2, to: 2, weight: 'settings' }]);
});

test.each([
  [{ backups: 3 }, '/backups', 'fewer-replicas'],
  [{ backups: 1 }, '/backups', 'data-dropped'],
  [{ mode: 'replicated' }, '/mode', 'data-dropped'],
  [{ atomicity: 'transactional' }, '/atomicity', 'data-dropped'],
  [{ group: null }, '/group', 'data-dropped'],
  [{ group: '' }, '/group', 'data-dropped'],
] as const)('1 %j is made anew, which empties it', (over, path, kind) => {
  expect(plan(over).map((change) => [change.path, change.weight, change.weakens?.kind])).toEqual([
    [path, 'data', kind],
  ]);
});

test('what only a new cache could change is told in words', () => {
  expect(unfitCache(ref, spec, { ...settled, mode: 'local', atomicity: 'transactional' })).toEqual([
    'it has mode local, not partitioned, which no server can change',
    'it has atomicity transactional, not atomic, which no server can change',
  ]);
});

test.each(['sessions_a', 'ml_models_acme-1', 'graph_cache_a', `analytics_${'a'.repeat(200)}`])(
  '%s is a name',
  (name) => {
    expect(checkCacheName(name)).toBeUndefined();
  },
);

test.each([
  'xsessions_a',
  'sessions_',
  'sessions_-a',
  'sessions_a_b',
  'sessions_A',
  `analytics_${'a'.repeat(201)}`,
  'other_a',
])('%s is none of the contract’s', (name) => {
  expect(() => checkCacheName(name)).toThrow(expect.objectContaining({ class: 'Invalid', code: 'InvalidName' }));
});
