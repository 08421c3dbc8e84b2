/** What differs of a project, and what a tier's file may say. */
import { ABSENT, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { type ProjectSeen, planProject, projectSpec } from './spec.ts';

const ref: Ref = { kind: 'openproject-project', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const spec = projectSpec.parse({ memberships: { Staff: ['Member', 'Admin', 'Member'] } });
const settled: ProjectSeen = {
  mark: 'ours',
  generation: 2,
  id: 7,
  tier: 'free',
  access: 'granted',
  public: false,
  memberships: { Staff: ['Admin', 'Member'], People: ['Reader'] },
  leaving: false,
};
const plan = (over: Partial<ProjectSeen>) =>
  planProject(ref, spec, { ...settled, ...over }).map(({ path, from, to, weight, weakens }) => [
    path,
    from,
    to,
    weight,
    weakens?.kind,
  ]);

test('what is as it should be differs in nothing, members that the file does not name beside it', () => {
  expect(plan({})).toEqual([]);
});

test('what is absent, others’ or leaving is a change as a whole, of data', () => {
  const whole = (from: unknown) => [{ path: '', from, to: spec, weight: 'data' }];
  expect(planProject(ref, spec, ABSENT)).toEqual(whole(null));
  for (const mark of ['none', 'foreign'] as const)
    expect(planProject(ref, spec, { ...settled, mark })).toEqual(whole(mark));
  expect(planProject(ref, spec, { ...settled, leaving: true })).toEqual(whole('leaving'));
});

test.each<[Partial<ProjectSeen>, string, unknown, unknown, string | undefined]>([
  [{ identifier: 'shop' }, '/identifier', 'shop', 'tenant-acme', undefined],
  [{ access: 'withdrawn' }, '/access', 'withdrawn', 'granted', undefined],
  [{ public: true }, '/public', true, false, undefined],
  [{ memberships: {} }, '/memberships/Staff', null, ['Admin', 'Member'], undefined],
  [{ memberships: { Staff: ['Admin'] } }, '/memberships/Staff', ['Admin'], ['Admin', 'Member'], undefined],
  [
    { memberships: { Staff: ['Admin', 'Member', 'Other'] } },
    '/memberships/Staff',
    ['Admin', 'Member', 'Other'],
    ['Admin', 'Member'],
    'others-rule',
  ],
  [{ tier: 'gold' }, '/tier', 'gold', 'free', undefined],
  [{ generation: 1 }, '/generation', 1, 2, undefined],
])('%j', (over, path, from, to, weakens) => {
  expect(plan(over)).toEqual([[path, from, to, 'settings', weakens]]);
});

test('3 a name that the server would not give back is told, and no difference', () => {
  expect(plan({ identifier: 'shop', refusal: 'is reserved' })).toEqual([]);
});

test('a project is shown to everybody only on a word', () => {
  const open = projectSpec.parse({ public: true });
  const [change] = planProject(ref, open, settled);
  expect(change).toMatchObject({ path: '/public', weakens: { kind: 'weaker-isolation' } });
});

test('a tier’s file says nothing, and gets an empty project that is not public', () => {
  expect(projectSpec.parse({})).toEqual({ access: 'granted', template: null, public: false, memberships: {} });
  expect(spec.memberships).toEqual({ Staff: ['Admin', 'Member'] });
});

test.each([
  { template: 'Shop' },
  { template: '-shop' },
  { template: '' },
  { template: 'a'.repeat(101) },
  { memberships: { Staff: [] } },
  { memberships: { '': ['Admin'] } },
  { memberships: { Staff: [''] } },
  { memberships: { ['a'.repeat(256)]: ['Admin'] } },
  { memberships: { Staff: Array.from({ length: 17 }, (_, index) => `r${index}`) } },
  { access: 'some' },
  { typo: 1 },
])('a tier’s file that says %j is refused', (bad) => {
  expect(projectSpec.safeParse(bad).success).toBe(false);
});

test('a tier’s file may say the bounds themselves', () => {
  const memberships = { ['a'.repeat(255)]: Array.from({ length: 16 }, (_, index) => `r${index}`) };
  expect(projectSpec.safeParse({ template: 'a'.repeat(100), memberships, access: 'withdrawn' }).success).toBe(true);
});
