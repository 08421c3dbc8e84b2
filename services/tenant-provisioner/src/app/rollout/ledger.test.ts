/** Rollouts on their ledger, without tenants: made, asked, led, listed page by page, and shown. */
import { silentLog } from '@leasehold/kernel';
import { openTestLedger, type TestLedger } from '@leasehold/testing/fakes/ledger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OPTIONS } from '../../domain/rollout/rollout.fixture.ts';
import type { Rollout } from '../../domain/rollout/rollout.ts';
import { createRollouts, type Rollouts } from './rollouts.ts';
import { serialOf } from './rows.ts';
import { reportView, rolloutView } from './view.ts';

const signal = new AbortController().signal;
const TIERS = ['free', 'starter', 'professional', 'enterprise'] as const;
let world: TestLedger;
let rollouts: Rollouts;
let shown: (readonly [string, number])[];
beforeEach(async () => {
  world = await openTestLedger();
  shown = [];
  const replace = (rows: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]) => {
    shown = rows.map(({ labels, value }) => [labels['state'] ?? '', value]);
  };
  const metrics = { rollouts: { replace } } as unknown as Parameters<typeof createRollouts>[0]['metrics'];
  rollouts = createRollouts({ ledger: world.ledger, clock: world.clock, log: silentLog, metrics });
});
afterEach(() => world.close());

const make = async (tier: (typeof TIERS)[number] = 'free'): Promise<Rollout> => {
  const request = { targets: [{ tier, digest: 'new' }], options: OPTIONS, by: 'ops', behind: 3 };
  return (await rollouts.make(request, [{ tier, some: 'file' } as never])).rollout;
};
const end = async ({ id }: Rollout) => rollouts.operate(id, { kind: 'cancel' }, 'ops');
const keysNow = async () => {
  const { rows } = await world.ledger.load('tenant-provisioner/rollouts', { fresh: true });
  return [...rows.keys()].sort();
};

test('an id is of a serial, and nothing else is one', () => {
  expect([serialOf('ro-1'), serialOf('ro-120')]).toEqual([1, 120]);
  for (const none of ['ro-0', 'ro-01', 'ro-', 'ro-1x', 'xro-1', '1', 'ro--1', `ro-${'9'.repeat(16)}`])
    expect(serialOf(none), none).toBeUndefined();
});

test('one is made with the next serial and its files, of a tier that no other has; its end takes the files and the timer away', async () => {
  const first = await make();
  expect(first).toMatchObject({ id: 'ro-1', serial: 1, phase: 'planned', createdAtMs: world.nowMs });
  const request = { targets: [{ tier: 'free', digest: 'x' }], options: OPTIONS, by: 'eve', behind: 0 } as const;
  expect(await rollouts.make(request, [])).toEqual({ kind: 'rival', rollout: first });
  expect(await make('starter')).toMatchObject({ id: 'ro-2', serial: 2 });
  expect(await rollouts.files(first, signal)).toEqual(new Map([['free', { tier: 'free', some: 'file' }]]));
  expect(await keysNow()).toContain('timer/rollouts');
  await end(first);
  expect(await keysNow()).toContain('timer/rollouts');
  expect(await rollouts.files(first, signal)).toEqual(new Map());
  await end((await rollouts.find('ro-2')) as Rollout);
  expect(await keysNow()).not.toContain('timer/rollouts');
  expect(await make()).toMatchObject({ id: 'ro-3', serial: 3 });
});

test('an operator’s word is told as unknown, refused, a repeat, or applied, and a halted one has no timer', async () => {
  expect(await rollouts.operate('ro-9', { kind: 'halt' }, 'ops')).toEqual({ kind: 'unknown' });
  const { id } = await make();
  expect(await rollouts.operate(id, { kind: 'resume', skipFailed: false }, 'ops')).toMatchObject({ kind: 'repeat' });
  expect(await rollouts.operate(id, { kind: 'halt' }, 'eve')).toMatchObject({
    kind: 'applied',
    rollout: { phase: 'halted' },
  });
  expect(await keysNow()).not.toContain('timer/rollouts');
  expect(await rollouts.find(id)).toMatchObject({
    phase: 'halted',
    reasons: [{ code: 'Planned' }, { code: 'Halted', message: 'by eve' }],
  });
  await rollouts.operate(id, { kind: 'cancel' }, 'ops');
  expect(await rollouts.operate(id, { kind: 'halt' }, 'ops')).toEqual({ kind: 'unknown' });
});

test('they are found by their id, unfinished or ended, and not by any other', async () => {
  const first = await make();
  await end(first);
  const second = await make();
  expect(await rollouts.find(first.id)).toMatchObject({ id: 'ro-1', phase: 'cancelled', endedAtMs: world.nowMs });
  expect(await rollouts.find(second.id)).toMatchObject({ id: 'ro-2', phase: 'planned' });
  for (const id of ['ro-3', 'nonsense', '']) expect(await rollouts.find(id)).toBeUndefined();
});

test('the list is newest first: the unfinished, then the ended, each once, whatever the pages', async () => {
  for (let times = 0; times < 3; times++) await end(await make());
  for (const tier of TIERS) await make(tier);
  const wanted = ['ro-7', 'ro-6', 'ro-5', 'ro-4', 'ro-3', 'ro-2', 'ro-1'];
  for (const limit of [1, 2, 3, 4, 5, 7, 50]) {
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await rollouts.list({ limit, ...(cursor === undefined ? {} : { cursor }) }, signal);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      found.push(...page.items.map(({ id }) => id));
      if (page.next === undefined) break;
      cursor = page.next;
    }
    expect(found, `pages of ${limit}`).toEqual(wanted);
  }
});

test('2: a step is the leader’s alone, and one that changes nothing writes only whose it is', async () => {
  const { id } = await make();
  const input = { seen: new Map(), nowMs: world.nowMs, page: { tenantIds: ['a'] } };
  const first = await rollouts.step(3, id, input, signal);
  expect(first).toMatchObject({ changed: true, rollout: { phase: 'running', wave: 1, members: [{ tenantId: 'a' }] } });
  await expect(rollouts.step(2, id, input, signal)).rejects.toMatchObject({ class: 'Conflict', code: 'FenceLost' });
  await expect(rollouts.stall(2, id, undefined, signal)).rejects.toMatchObject({ code: 'FenceLost' });
  expect(await rollouts.step(3, id, { seen: new Map(), nowMs: world.nowMs }, signal)).toMatchObject({ changed: false });
  expect(await rollouts.step(4, id, { seen: new Map(), nowMs: world.nowMs }, signal)).toMatchObject({ changed: false });
  expect((await rollouts.read()).fence).toBe(4);
  await expect(rollouts.step(3, id, input, signal)).rejects.toMatchObject({ code: 'FenceLost' });
  expect(await rollouts.step(4, 'ro-9', input, signal)).toBeUndefined();
});

test('why one does not go on is told, once, and taken back', async () => {
  const { id } = await make();
  const stalled = async () => (await rollouts.find(id))?.stalled?.message;
  const why = { code: 'BlueprintLacking', message: 'another release' };
  await rollouts.stall(1, id, why, signal);
  const { version } = await world.ledger.load('tenant-provisioner/rollouts', { fresh: true });
  await rollouts.stall(1, id, why, signal);
  expect((await world.ledger.load('tenant-provisioner/rollouts', { fresh: true })).version).toBe(version);
  expect(await stalled()).toBe('another release');
  await rollouts.stall(1, id, undefined, signal);
  expect(await stalled()).toBeUndefined();
});

test('what came of tenants is listed in order, page by page, beside other rollouts’', async () => {
  const gone = { phase: 'gone', status: 'deleted', tier: 'free', rests: false, trouble: '' } as const;
  const { id } = await make();
  const tenantIds = ['a', 'b', 'c', 'd', 'e'];
  await rollouts.step(1, id, { seen: new Map(), nowMs: 0, page: { tenantIds } }, signal);
  for (let steps = 0; steps < 4; steps++)
    await rollouts.step(1, id, { seen: new Map(tenantIds.map((tenantId) => [tenantId, gone])), nowMs: 0 }, signal);
  const rollout = (await rollouts.find(id)) as Rollout;
  expect(rollout).toMatchObject({ phase: 'completed', counts: { skipped: 5 } });
  const first = await rollouts.reports(rollout, { limit: 3 }, signal);
  const second = await rollouts.reports(rollout, { limit: 3, cursor: first.next as string }, signal);
  expect([...first.items, ...second.items].map(({ tenantId, serial }) => [tenantId, serial])).toEqual(
    tenantIds.map((tenantId, at) => [tenantId, at + 1]),
  );
  expect(second.next).toBeUndefined();
  expect(await rollouts.reports({ ...rollout, serial: 2 }, { limit: 3 }, signal)).toEqual({ items: [] });
  expect(reportView(first.items[0] as (typeof first.items)[number])).toEqual({
    tenant_id: 'a',
    wave: 1,
    outcome: 'skipped',
    code: 'Leaves',
    message: 'the tenant is deleted',
    at: '1970-01-01T00:00:00.000Z',
  });
});

test('how many there are in each phase is shown as read, and whoever waits hears of commits and hints', async () => {
  let heard = 0;
  const stop = rollouts.onDue(() => {
    heard += 1;
  });
  const { id } = await make();
  await make('starter');
  await rollouts.operate(id, { kind: 'halt' }, 'ops');
  await rollouts.measure(signal);
  expect(shown).toEqual([
    ['planned', 1],
    ['running', 0],
    ['halted', 1],
  ]);
  rollouts.due();
  rollouts.follow({ version: 1, rows: new Map() });
  expect([heard, shown.map(([, value]) => value)]).toEqual([2, [0, 0, 0]]);
  stop();
  rollouts.due();
  expect(heard).toBe(2);
});

test('a rollout as it is shown', async () => {
  const rollout = await make();
  const at = new Date(world.nowMs).toISOString();
  expect(rolloutView(rollout)).toEqual({
    rollout_id: 'ro-1',
    state: 'planned',
    targets: [{ tier: 'free', digest: 'new' }],
    requested_by: 'ops',
    created_at: at,
    updated_at: at,
    ended_at: null,
    behind: 3,
    outcomes: { updated: 0, unchanged: 0, skipped: 0, failed: 0 },
    wave: 0,
    members: [],
    options: {
      waves: [2],
      max_failures: 0,
      deadline_seconds: 600,
      pause_seconds: 0,
      removals: 'keep',
      allow_data_loss: false,
      include_failed: false,
    },
    stalled: null,
    reasons: [{ at, code: 'Planned', message: 'asked for by ops' }],
  });
  const why = { code: 'X', message: 'why' };
  const members = [
    { tenantId: 'a', sinceMs: 0, attempt: 1, outcome: 'failed', reason: why },
    { tenantId: 'b', sinceMs: 0, attempt: 1 },
  ] as const;
  const options = (removals: 'without_data' | 'all') =>
    rolloutView({ ...rollout, options: { ...OPTIONS, removals } }).options;
  expect(rolloutView({ ...rollout, members, stalled: why, endedAtMs: 0 })).toMatchObject({
    ended_at: '1970-01-01T00:00:00.000Z',
    stalled: 'why',
    members: [
      { tenant_id: 'a', outcome: 'failed', reason: 'why' },
      { tenant_id: 'b', outcome: null, reason: null },
    ],
  });
  expect(options('without_data')).toMatchObject({ removals: 'delete', allow_data_loss: false });
  expect(options('all')).toMatchObject({ removals: 'delete', allow_data_loss: true });
});
