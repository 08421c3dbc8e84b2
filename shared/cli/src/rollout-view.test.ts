/** Blueprints and rollouts as lines: whole pictures by hand, and what an odd or empty answer looks like. */
import { expect, test } from 'vitest';
import { COLOURS, NO_PAINT } from './paint.ts';
import {
  blueprintTable,
  rolloutLines,
  rolloutPlanLines,
  rolloutProgress,
  rolloutTable,
  rolloutTenantTable,
} from './rollout-view.ts';

const AT = '2026-01-31T12:00:00.000Z';
const outcomes = { updated: 2, unchanged: 1, skipped: 0, failed: 1 };
const rollout = {
  rollout_id: 'ro_1',
  state: 'halted',
  targets: [
    { tier: 'free', digest: 'd1' },
    { tier: 'custom', digest: 'd2' },
  ],
  requested_by: 'ada',
  created_at: AT,
  behind: 9,
  outcomes,
  wave: 2,
  members: [
    { tenant_id: 'a', outcome: 'updated', reason: 'is up to date' },
    { tenant_id: 'b', outcome: 'failed', reason: 'NameTaken' },
    { tenant_id: 'c', outcome: null, reason: null },
  ],
  stalled: 'deletions are paused',
  reasons: [{ at: AT, code: 'Halted', message: 'one failed' }],
};

test('blueprints: each tier, who is on it, who is behind', () => {
  const behind = {
    tier: 'free',
    digest: 'd1',
    resources: 7,
    tenants: { current: 1, behind: 2, with_more: 3 },
    rollout: 'ro_1',
  };
  const settled = { ...behind, tier: 'custom', tenants: { current: 4, behind: 0, with_more: 0 }, rollout: null };
  expect(blueprintTable([behind, settled, {}], NO_PAINT)).toEqual([
    'TIER    DIGEST  RESOURCES  CURRENT  BEHIND  WITH MORE  ROLLOUT',
    'free    d1      7          1        2       3          ro_1',
    'custom  d1      7          4        0       0          -',
    '?       ?       ?          ?        ?       ?          -',
  ]);
  const [head, first, second] = blueprintTable([behind, settled], COLOURS);
  expect([
    head?.includes(COLOURS.dim('TIER')),
    first?.includes(COLOURS.warn('2')),
    second?.includes(COLOURS.warn('0')),
  ]).toEqual([true, true, false]);
});

test('a plan: what is lost first, then what happens to whom, who is left out, and the canary', () => {
  const plan = {
    targets: rollout.targets,
    tenants: { behind: 9, planned: 8, skipped: 1, unplanned: 0 },
    waves: [1, 2, 5],
    data_loss: [{ kind: 'minio-bucket', objects: 3 }],
    groups: [
      {
        tenants: 8,
        examples: ['a', 'b'],
        actions: [
          { id: 'k.x', action: 'update', changes: ['/size', '/days'], reason: 'differs' },
          { id: 'k.y', action: 'create', changes: [], reason: 'is new' },
          { id: 'k.z', action: 'delete', changes: [], reason: 'is no longer named' },
        ],
      },
    ],
    skipped: [{ code: 'Failed', message: 'had failed before', tenants: 1, examples: ['z'] }],
    canary: {
      tenant_id: 'a',
      actions: [
        { id: 'k', name: 'tenant-a', action: 'keep', reason: 'NameTaken', refused: 'NameTaken' },
        { id: 'k', name: 'tenant-b', action: 'keep', reason: 'is as it should be' },
        { action: 'ponder' },
      ],
    },
  };
  expect(rolloutPlanLines(plan, NO_PAINT)).toEqual([
    'rollout of free d1, custom d2',
    '├─ ! 3 of minio-bucket hold data and are deleted',
    '├─ 8 tenant(s), such as a, b',
    '│  ├─ ~ k.x  update  /size /days',
    '│  ├─ + k.y  create  is new',
    '│  └─ - k.z  delete  is no longer named',
    '├─ o 1 left out (z): had failed before',
    '└─ canary a',
    '   ├─ ! tenant-a  keep  NameTaken',
    '   ├─ = tenant-b  keep  is as it should be',
    '   └─ ? ?  ponder  ',
    '',
    'Plan: 8 of 9 behind, in waves of 1, 2, 5. Nothing was touched.',
  ]);
  const painted = rolloutPlanLines(plan, COLOURS).join('\n');
  for (const part of [
    COLOURS.bad('!'),
    COLOURS.warn('~'),
    COLOURS.good('+'),
    COLOURS.bad('-'),
    COLOURS.dim('='),
    COLOURS.dim('?'),
    COLOURS.dim('o'),
  ])
    expect(painted).toContain(part);
});

test('a plan of which nothing is told is drawn', () => {
  expect(rolloutPlanLines(null, NO_PAINT)).toEqual([
    'rollout of ',
    '',
    'Plan:  of  behind, in waves of none. Nothing was touched.',
  ]);
  expect(rolloutPlanLines({ canary: null, waves: 'x' }, NO_PAINT)).toHaveLength(3);
});

test('rollouts: how far each is', () => {
  expect(rolloutTable([rollout, {}], NO_PAINT)).toEqual([
    'ID    STATE   TIERS        DONE  CREATED               BY',
    'ro_1  halted  free,custom  4/9   2026-01-31 12:00:00Z  ada',
    '?     ?                    0/?   -',
  ]);
});

test.each([
  ['planned', 'dim'],
  ['running', 'warn'],
  ['halted', 'bad'],
  ['completed', 'good'],
  ['cancelled', 'dim'],
  ['odd', 'dim'],
] as const)('a rollout that is %s', (state, tone) => {
  expect(rolloutLines({ ...rollout, state }, COLOURS)[0]).toBe(`${COLOURS.bold('ro_1')} ${COLOURS[tone](state)}`);
});

test('a rollout: what came of it, why it stands still, its wave, and what happened', () => {
  expect(rolloutLines(rollout, NO_PAINT)).toEqual([
    'ro_1 halted',
    '├─ 2 updated, 1 unchanged, 0 skipped, 1 failed of 9',
    '├─ does not go on: deletions are paused',
    '├─ wave 2',
    '│  ├─ a  updated  is up to date',
    '│  ├─ b  failed  NameTaken',
    '│  └─ c  under way  ',
    '└─ 2026-01-31 12:00:00Z Halted: one failed',
  ]);
  const painted = rolloutLines(rollout, COLOURS);
  expect(
    [painted[2], painted[4], painted[5], painted[6]].map((line, at) =>
      line?.includes(
        [
          COLOURS.warn('does not go on: deletions are paused'),
          COLOURS.good('updated'),
          COLOURS.bad('failed'),
          COLOURS.dim('under way'),
        ][at] ?? '',
      ),
    ),
  ).toEqual([true, true, true, true]);
  expect(rolloutLines({}, NO_PAINT)).toEqual(['? ?', '└─ 0 updated, 0 unchanged, 0 skipped, 0 failed of ?']);
});

test('tenants of a rollout, and what is told while one is followed', () => {
  const tenants = [
    { tenant_id: 'a', wave: 1, outcome: 'updated', code: 'Updated', message: 'is up to date' },
    { tenant_id: 'b', wave: 1, outcome: 'failed', code: 'NameTaken', message: 'is taken' },
    {},
  ];
  expect(rolloutTenantTable(tenants, NO_PAINT)).toEqual([
    'TENANT  WAVE  OUTCOME  WHY',
    'a       1     updated  Updated: is up to date',
    'b       1     failed   NameTaken: is taken',
    '?       ?     ?        :',
  ]);
  expect(rolloutTenantTable(tenants, COLOURS)[2]).toContain(COLOURS.bad('failed'));
  expect(rolloutProgress(rollout)).toBe('wave 2: 4/9 done, halted');
  expect(rolloutProgress({ state: 'running' })).toBe('wave 0: 0/? done, running');
});
