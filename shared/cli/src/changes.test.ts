/** What a status tells beside the plain case: quotas, deletions, conditions, and what changed between two looks. */
import { expect, test } from 'vitest';
import { LIMITS, record, resource, status } from '../test/builders.ts';
import { COLOURS, NO_PAINT } from './paint.ts';
import { changeLines, type StatusView, statusLines } from './status-view.ts';
import { statusSeen, tenantSeen } from './wire.ts';

const AT = '2026-01-31T12:00:00.000Z';
const bare = { resources: [], conditions: [], quota: null };
const lines = (more: Parameters<typeof status>[0], view: Partial<StatusView> = {}) =>
  statusLines({ seen: statusSeen(status({ ...bare, ...more })), paint: NO_PAINT, ...view });
const condition = (type: string, holds: boolean, message = 'why') => ({
  type,
  status: holds ? ('True' as const) : ('False' as const),
  reason: 'Because',
  message,
  last_transition_at: AT,
});

test.each([
  ['a name that is the id is not said twice', { tenant_name: 'acme' }, '✔ acme completed free · generation 1 · 74 ms'],
  ['nor is none', { tenant_name: '' }, '✔ acme completed free · generation 1 · 74 ms'],
  ['what took no time is not told', { duration_ms: 0 }, '✔ acme completed Acme Corporation · free · generation 1'],
  ['nor what takes time still', { duration_ms: null }, '✔ acme completed Acme Corporation · free · generation 1'],
])('%s', (_what, more, line) => {
  expect(lines(more)).toEqual([line]);
});

test('how long a wait takes goes before how long the work took', () => {
  expect(lines({}, { elapsedMs: 0 })[0]).toContain('· 0 ms');
});

test.each([
  ['all of it', LIMITS, 'quota 2 cores, 4 GB memory, 10 GB storage, 5 pods, 3 services, 0 GPUs, 0 USD a month'],
  ['without a limit of cost', { cpu_cores: 1, monthly_cost_usd: null }, 'quota 1 cores, no limit of cost'],
  ['what is no number', { cpu_cores: '1', max_pods: 2 }, 'quota 2 pods'],
])('a quota: %s', (_what, quota, line) => {
  expect(lines({ quota: quota as never }).at(-1)).toBe(`└─ ${line}`);
  expect(lines({ quota: quota as never }, { brief: true })).toHaveLength(1);
});

test('a deletion that is asked for is told with its reason, until it is done', () => {
  const deletion = { requested_at: AT, grace_until: AT, requested_by: null, reason: null };
  const at = (more: object) => lines({}, { record: tenantSeen(record({ deletion, ...more })) }).slice(1);
  expect(at({})).toEqual(['└─ deletion begins at 2026-01-31 12:00:00Z']);
  expect(at({ deletion: { ...deletion, reason: 'moved' } })).toEqual([
    '└─ deletion begins at 2026-01-31 12:00:00Z (moved)',
  ]);
  expect([at({ status: 'deleted' }), at({ deletion: null })]).toEqual([[], []]);
});

test('a condition that should worry somebody says so: Ready when it is false, any other when it is true', () => {
  const conditions = [
    condition('Ready', false),
    condition('Frozen', true, ''),
    condition('Throttled', false),
    condition('Ready', true),
  ];
  expect(lines({ conditions }).slice(1)).toEqual([
    '└─ conditions',
    '   ├─ ! Ready no: Because, why',
    '   ├─ ! Frozen yes: Because',
    '   ├─ ✔ Throttled no: Because, why',
    '   └─ ✔ Ready yes: Because, why',
  ]);
  expect(lines({ conditions }, { brief: true }).slice(1)).toEqual(['└─ ! Frozen yes: Because']);
  expect(lines({ conditions }, { paint: COLOURS })[2]).toContain(COLOURS.warn('!'));
});

test('a resource: how long it took once that is known, and how often it was tried', () => {
  const resources = (['ready', 'failed', 'deleted', 'creating'] as const).map((state) =>
    resource('k', state, {
      status: state,
      attempts: state === 'failed' ? 2 : 1,
      message: state === 'failed' ? 'why' : null,
    }),
  );
  expect(lines({ resources }).slice(1)).toEqual([
    '├─ ✔ k  ready     ready     43 ms',
    '├─ ✖ k  failed    failed    43 ms  attempt 2  why',
    '├─ - k  deleted   deleted   43 ms',
    '└─ … k  creating  creating',
  ]);
  const painted = lines({ resources }, { paint: COLOURS })[2];
  expect([painted?.includes(COLOURS.bad('why')), painted?.includes(COLOURS.warn('attempt 2'))]).toEqual([true, true]);
});

const seen = (more: Parameters<typeof status>[0]) => statusSeen(status({ ...bare, ...more }));
const bucket = (more: Parameters<typeof resource>[2]) => ({ resources: [resource('k', 'n', more)] });

test.each([
  ['its state', { status: 'creating' }, { status: 'ready' }, '  k n: ready (in 43 ms)'],
  ['its message', { status: 'creating' }, { status: 'creating', message: 'why' }, '  k n: creating (why)'],
  ['its tries', { status: 'creating' }, { status: 'creating', attempts: 3 }, '  k n: creating (attempt 3)'],
  [
    'all of it',
    { status: 'creating' },
    { status: 'failed', attempts: 3, message: 'why' },
    '  k n: failed (in 43 ms, attempt 3, why)',
  ],
] as const)('a change of a resource is a line: %s', (_what, before, now, line) => {
  expect(changeLines(seen(bucket(before)), seen(bucket(now)))).toEqual([line]);
  expect(changeLines(seen(bucket(now)), seen(bucket(now)))).toEqual([]);
});

test('a worry is told when it comes or says something else, and Ready never', () => {
  const with_ = (...conditions: ReturnType<typeof condition>[]) => seen({ conditions });
  const told = ['  ! Frozen: Because, why'];
  expect(changeLines(with_(), with_(condition('Frozen', true)))).toEqual(told);
  expect(changeLines(with_(condition('Frozen', false)), with_(condition('Frozen', true)))).toEqual(told);
  expect(changeLines(with_(condition('Frozen', true, 'other')), with_(condition('Frozen', true)))).toEqual(told);
  expect(changeLines(with_(condition('Frozen', true)), with_(condition('Frozen', true)))).toEqual([]);
  expect(changeLines(with_(), with_(condition('Frozen', false), condition('Ready', false)))).toEqual([]);
});

test('the tenant’s own state is the first line of the first look, and the last of a later one', () => {
  const before = seen({ status: 'provisioning', duration_ms: null, ...bucket({ status: 'creating' }) });
  const now = seen({ status: 'completed', ...bucket({}) });
  expect(changeLines(undefined, now)).toEqual(['acme: completed (74 ms)', '  k n: ready (in 43 ms)']);
  expect(changeLines(before, now)).toEqual(['  k n: ready (in 43 ms)', 'acme: completed (74 ms)']);
});
