/** What differs of a bucket, what vendors lack, and what a tier's file may say. */
import { ABSENT, type Ref } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { ABILITIES, type BucketSeen, bucketSpec, markTags, notesFor, planBucket, type Vendor } from './spec.ts';

const ref: Ref = { kind: 'minio-bucket', name: 'tenant-acme', tenantId: 'acme', generation: 2, tier: 'free' };
const spec = bucketSpec.parse({ quotaBytes: 10 });
const settled: BucketSeen = {
  mark: 'ours',
  generation: 2,
  versioning: 'enabled',
  lifecycleDays: { temp: 1, cache: 7, logs: 30, oldVersions: 30, incompleteUploads: 7 },
  quotaBytes: 10,
  tags: { 'tenant-id': 'acme', tier: 'free' },
};
const BOTH = { quota: true, incompleteUploads: true };
const plan = (over: Partial<BucketSeen>, abilities = BOTH) =>
  planBucket(abilities)(ref, spec, { ...settled, ...over }).map(({ path, from, to }) => [path, from, to]);

test('what is as the shipped file has it differs in nothing', () => {
  expect(plan({})).toEqual([]);
  expect(bucketSpec.parse({})).toEqual({
    versioning: 'enabled',
    lifecycleDays: { temp: 1, cache: 7, logs: 30, oldVersions: 30, incompleteUploads: 7 },
    quotaBytes: null,
  });
});

test('what is absent or others’ is a change as a whole, of data; what is half made is completed', () => {
  const whole = (from: unknown) => [{ path: '', from, to: spec, weight: 'data' }];
  const of = (seen: BucketSeen | typeof ABSENT) => planBucket(BOTH)(ref, spec, seen);
  expect(of(ABSENT)).toEqual(whole(null));
  expect(of({ ...settled, mark: 'none' })).toEqual(whole('none'));
  expect(of({ ...settled, mark: 'foreign' })).toEqual(whole('foreign'));
  expect(of({ ...settled, mark: 'half-made' }).map(({ path }) => path)).toEqual(['/generation']);
});

test.each([
  [{ versioning: 'off' }, [['/versioning', 'off', 'enabled']]],
  [{ versioning: 'suspended' }, [['/versioning', 'suspended', 'enabled']]],
  [{ lifecycleDays: { ...settled.lifecycleDays, temp: null } }, [['/lifecycleDays/temp', null, 1]]],
  [{ quotaBytes: null }, [['/quotaBytes', null, 10]]],
  [{ tags: { tier: 'free' } }, [['/tags/tenant-id', null, 'acme']]],
  [{ tags: { 'tenant-id': 'acme', tier: 'gold' } }, [['/tags/tier', 'gold', 'free']]],
  [{ tags: { ...settled.tags, theirs: 'x' } }, []],
  [{ generation: 1 }, [['/generation', 1, 2]]],
] as const)('%j differs so', (over, expected) => {
  expect(plan(over as Partial<BucketSeen>)).toEqual(expected);
});

test('1 what the vendor cannot do, or turned out to lack, is no difference', () => {
  const days = { ...settled.lifecycleDays, incompleteUploads: null };
  expect(plan({ lifecycleDays: days }, { ...BOTH, incompleteUploads: false })).toEqual([]);
  expect(plan({ lifecycleDays: { ...days, incompleteUploads: 3 } }, { ...BOTH, incompleteUploads: false })).toEqual([]);
  expect(plan({ lifecycleDays: days })).toHaveLength(1);
  expect(plan({ quotaBytes: 99 }, { ...BOTH, quota: false })).toEqual([]);
  const bare = { versioning: 'off', lifecycleDays: { ...days, temp: null } } as const;
  expect(plan({ ...bare, notes: ['VersioningUnsupported', 'LifecycleUnsupported'] })).toEqual([]);
  expect(plan({ ...bare, notes: ['VersioningUnsupported'] }).map(([path]) => path)).toEqual([
    '/lifecycleDays/incompleteUploads',
    '/lifecycleDays/temp',
  ]);
  expect(plan({ ...bare, notes: ['LifecycleUnsupported'] }).map(([path]) => path)).toEqual(['/versioning']);
});

test.each<[Vendor, readonly string[]]>([
  ['minio', ['IncompleteUploadsUnsupported']],
  ['generic', ['QuotaUnsupported']],
])('what %s lacks is told in notes', (vendor, notes) => {
  expect(notesFor(ABILITIES[vendor])).toEqual(notes);
  expect(notesFor(ABILITIES[vendor], ['More'])).toEqual(['More', ...notes]);
});

test('versions stop only where they are kept, and a quota at what is used takes nothing', () => {
  const weakens = (over: Partial<BucketSeen>, wanted: object) =>
    planBucket(BOTH)(ref, bucketSpec.parse({ quotaBytes: 10, ...wanted }), { ...settled, ...over }).map(
      ({ weakens: weak }) => weak?.kind,
    );
  expect(weakens({}, { versioning: 'suspended' })).toEqual(['versions-stop']);
  expect(weakens({ versioning: 'suspended' }, {})).toEqual([undefined]);
  expect(weakens({ quotaBytes: 20, usedBytes: 10 }, {})).toEqual([undefined]);
  expect(weakens({ quotaBytes: 20, usedBytes: 11 }, {})).toEqual(['quota-below-use']);
});

test('what goes earlier is told in words: what, when, and how it is now', () => {
  const told = (lifecycleDays: BucketSeen['lifecycleDays']) =>
    planBucket(BOTH)(ref, spec, { ...settled, lifecycleDays }).map(({ weakens }) => weakens?.would);
  const none = { temp: null, cache: 9, logs: 30, oldVersions: 30, incompleteUploads: 7 };
  expect(told(none)).toEqual([
    'delete objects under cache/ after 7 days, which go after 9 now',
    'delete objects under temp/ after 1 days, which go never now',
  ]);
});

test('the mark is three tags', () => {
  expect(markTags(ref)).toEqual({ 'tenant-id': 'acme', tier: 'free', 'leasehold-generation': '2' });
});

test.each([
  { lifecycleDays: { temp: 0 } },
  { lifecycleDays: { temp: 36_501 } },
  { lifecycleDays: { temp: 1.5 } },
  { lifecycleDays: { other: 1 } },
  { quotaBytes: 0 },
  { quotaBytes: 1.5 },
  { versioning: 'off' },
  { typo: 1 },
])('a tier’s file that says %j is refused', (bad) => {
  expect(bucketSpec.safeParse(bad).success).toBe(false);
});

test('a tier’s file may say the bounds themselves', () => {
  const lifecycleDays = { temp: 1, cache: 36_500, logs: null };
  expect(bucketSpec.safeParse({ lifecycleDays, quotaBytes: 1, versioning: 'suspended' }).success).toBe(true);
});
