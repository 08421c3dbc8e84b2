/** B1, B2: a tier file is checked as a whole, and becomes a tenant's graph whose goal has a name of its own. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { node } from '../test/stage.ts';
import {
  type BlueprintResource,
  blueprintResourceSchema,
  blueprintResourcesSchema,
  goalDigest,
  instantiateGraph,
  type Naming,
  resourceProblems,
} from './blueprint.ts';

const naming: Naming = {
  isKind: (kind) => ['disk', 'queue'].includes(kind),
  partsOf: (kind) => (kind === 'disk' ? ['main', 'cache'] : ['main']),
  nameOf: (kind, part, tenantId) => `${tenantId}/${kind}/${part}`,
};
const schemas = new Map([
  ['disk', { spec: z.strictObject({ size: z.number().min(1).default(5), zone: z.string().optional() }) }],
]);
const resource = (kind: string, more: Partial<z.input<typeof blueprintResourceSchema>> = {}): BlueprintResource =>
  blueprintResourceSchema.parse({ kind, ...more });
const problems = (...resources: readonly BlueprintResource[]) => resourceProblems(resources, naming, schemas);

test('a resource is its kind alone, or with all that can be said of it; anything else is refused', () => {
  expect(resource('disk')).toEqual({ kind: 'disk', part: 'main', depends_on: [], remake_when_lost: false, spec: {} });
  expect(blueprintResourceSchema.safeParse({ kind: 'disk', dependson: [] }).success).toBe(false);
});

test.each([
  ['none', 0, false],
  ['one', 1, true],
  ['64', 64, true],
  ['65', 65, false],
])('a file has from 1 to 64 resources: %s', (_what, length, accepted) => {
  const file = Array.from({ length }, () => ({ kind: 'disk' }));
  expect(blueprintResourcesSchema.safeParse(file).success).toBe(accepted);
});

test.each([
  [64, true],
  [65, false],
])('a resource waits for at most 64 others: %i', (length, accepted) => {
  const depends_on = Array.from({ length }, () => 'x');
  expect(blueprintResourceSchema.safeParse({ kind: 'disk', depends_on }).success).toBe(accepted);
});

test('B1: every problem is told at once, with its place in the file', () => {
  const told = problems(
    resource('tape'),
    resource('disk', { part: 'attic', spec: { size: 0, colour: 'red' } }),
    resource('queue', { depends_on: ['disk'], spec: { whatever: 1 } }),
  );
  expect(told.map(({ pointer }) => pointer)).toEqual([
    '/resources/0/kind',
    '/resources/1/part',
    '/resources/1/spec/size',
    '/resources/1/spec/',
    '/resources',
  ]);
  expect(told[0]?.message).toBe('unknown kind "tape"');
  expect(told[1]?.message).toBe('disk has no part "attic"; it has main, cache');
  expect(told[4]?.message).toBe('queue depends on disk, which is not there');
});

test('B1: a sound file has no problem; parts of one kind are nodes of their own', () => {
  expect(problems(resource('disk'), resource('disk', { part: 'cache', depends_on: ['disk'] }))).toEqual([]);
  expect(problems(resource('disk'), resource('disk'))).toEqual([
    { pointer: '/resources', message: 'disk is named twice' },
  ]);
});

test('B1: a place deep in a spec is told as a JSON pointer', () => {
  const deep = new Map([['disk', { spec: z.object({ rules: z.array(z.object({ days: z.number() })) }) }]]);
  const told = resourceProblems([resource('disk', { spec: { rules: [{ days: 1 }, { days: 'x' }] } })], naming, deep);
  expect(told.map(({ pointer }) => pointer)).toEqual(['/resources/0/spec/rules/1/days']);
});

test('B2: a tenant’s graph has names, the schema’s defaults, and what the platform sets after what the file says', () => {
  const file = [
    resource('disk', { part: 'cache', spec: { size: 7, zone: 'file' }, depends_on: ['queue'], remake_when_lost: true }),
    resource('disk'),
    resource('queue', { spec: { raw: true } }),
  ];
  const settings = (kind: string, part: string) => (kind === 'disk' && part === 'cache' ? { zone: 'platform' } : {});
  expect(instantiateGraph(file, 'acme', naming, schemas, settings)).toEqual([
    {
      id: 'disk.cache',
      kind: 'disk',
      part: 'cache',
      name: 'acme/disk/cache',
      spec: { size: 7, zone: 'platform' },
      dependsOn: ['queue'],
      remakeWhenLost: true,
    },
    {
      id: 'disk',
      kind: 'disk',
      part: 'main',
      name: 'acme/disk/main',
      spec: { size: 5 },
      dependsOn: [],
      remakeWhenLost: false,
    },
    // Without a backend its settings stay as they are: nobody here can check them.
    {
      id: 'queue',
      kind: 'queue',
      part: 'main',
      name: 'acme/queue/main',
      spec: { raw: true },
      dependsOn: [],
      remakeWhenLost: false,
    },
  ]);
});

test('a goal has another digest for another name, spec, generation or tier, and the same for the same, whoever asks in between', () => {
  const one = node('a');
  const ref = { generation: 1, tier: 'free' };
  const first = goalDigest(one, ref);
  const others = [
    goalDigest({ ...one, name: 'other' }, ref),
    goalDigest({ ...one, spec: { size: 2, access: 'granted' } }, ref),
    goalDigest(one, { ...ref, generation: 2 }),
    goalDigest(one, { ...ref, tier: 'custom' }),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
  expect(goalDigest(one, ref)).toBe(first);
  expect(goalDigest({ ...one, dependsOn: ['b'], spec: { access: 'granted', size: 1 } }, ref)).toBe(first);
});
