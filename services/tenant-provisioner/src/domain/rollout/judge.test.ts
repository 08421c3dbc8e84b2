/** How one tenant stands in a rollout: G1 to G3, by all that is seen of it. */
import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { emptyState } from '../state.ts';
import { isBehind, judge, seenOf, type TenantSeen } from './judge.ts';
import { member, OPTIONS, rollout, seen, TARGETS } from './rollout.fixture.ts';
import type { Member, Rollout } from './rollout.ts';

const BUSY_MS = 60_000;
const visit = (serial: number, attempt: number, changed = true) => ({
  digest: 'new',
  rollout: { serial, attempt, changed },
});
const ours = visit(2, 2);

/** `kind`, or outcome and code. */
const judged = (look: TenantSeen, who: Member = member(), nowMs = 0, asked: Rollout = rollout()): string => {
  const judgement = judge(asked, who, look, nowMs);
  return judgement.kind === 'settled' ? `${judgement.outcome} ${judgement.reason.code}` : judgement.kind;
};

test.each<[string, Partial<TenantSeen>, string]>([
  ['rests and is behind', {}, 'ask'],
  ['has the blueprint', { blueprint: { digest: 'new' } }, 'unchanged Current'],
  ['was asked by an earlier rollout', { blueprint: { ...visit(1, 9), digest: 'old' } }, 'ask'],
  ['was asked by a later one', { blueprint: visit(3, 1) }, 'skipped LaterRollout'],
  ['was tried by this one in an earlier attempt', { blueprint: visit(2, 1) }, 'ask'],
  ['lost data in an earlier attempt', { blueprint: visit(2, 1), status: 'degraded' }, 'failed Degraded'],
  ['failed in an earlier attempt', { blueprint: visit(2, 1), status: 'failed' }, 'ask'],
  ['lost data before', { status: 'degraded' }, 'skipped Degraded'],
  ['had failed before', { status: 'failed' }, 'skipped FailedBefore'],
  ['is at work', { status: 'provisioning', rests: false }, 'wait'],
  ['is suspended', { phase: 'suspended', status: 'suspended' }, 'skipped Suspended'],
  ['leaves', { phase: 'leaving' }, 'skipped Leaves'],
  ['is gone', { phase: 'gone', status: 'deleted' }, 'skipped Leaves'],
  ['has another tier', { tier: 'starter' }, 'skipped TierChanged'],
  ['was never told apart', { blueprint: undefined as never }, 'ask'],
])('G1: one that %s', (_, over, outcome) => {
  expect(judged(seen(over))).toBe(outcome);
});

test.each<[string, Partial<TenantSeen>, string]>([
  ['is complete and was changed', {}, 'updated Updated'],
  ['is complete and was not changed', { blueprint: visit(2, 2, false) }, 'unchanged Current'],
  ['was asked by a later attempt of this one', { blueprint: visit(2, 3) }, 'updated Updated'],
  ['is complete and does not rest', { rests: false }, 'wait'],
  ['is at work', { status: 'provisioning', rests: false }, 'wait'],
  ['failed', { status: 'failed' }, 'failed Failed'],
  ['lost data', { status: 'degraded' }, 'failed Degraded'],
  ['was suspended meanwhile', { phase: 'suspended', status: 'suspended' }, 'skipped Suspended'],
  ['has another tier by now', { tier: 'starter' }, 'skipped TierChanged'],
])('G2: one that was asked and %s', (_, over, outcome) => {
  expect(judged(seen({ blueprint: ours, ...over }))).toBe(outcome);
});

test('G1, G2: waiting ends with its last millisecond, for other work and for its own', () => {
  const busy = seen({ status: 'provisioning', rests: false });
  const late = member({ sinceMs: 1_000 });
  expect([judged(busy, late, 1_000 + BUSY_MS - 1), judged(busy, late, 1_000 + BUSY_MS)]).toEqual([
    'wait',
    'skipped Busy',
  ]);
  const own = { ...busy, blueprint: ours };
  expect([judged(own, late, 600_999), judged(own, late, 601_000)]).toEqual(['wait', 'failed Deadline']);
});

test('G2: for how long it was waited is told', () => {
  const late = judge(rollout(), member(), seen({ blueprint: ours, status: 'provisioning', rests: false }), 600_000);
  expect(late).toMatchObject({ reason: { message: 'not complete within 600 s' } });
});

test('G3: who was brought over stays so while its wave is watched, but for trouble of an active tenant', () => {
  const done = member({ outcome: 'updated' });
  const watched = (over: Partial<TenantSeen>) => judged(seen({ blueprint: ours, ...over }), done);
  expect(watched({ status: 'provisioning', rests: false })).toBe('updated Updated');
  expect(watched({ phase: 'suspended', status: 'suspended' })).toBe('updated Updated');
  expect(watched({ status: 'failed' })).toBe('failed Failed');
  expect(watched({ status: 'degraded' })).toBe('failed Degraded');
  expect(watched({ phase: 'suspended', status: 'failed' })).toBe('updated Updated');
  // Somebody has changed it since: it is judged anew.
  expect(judged(seen({ blueprint: visit(3, 1) }), done)).toBe('skipped LaterRollout');
});

test('who had failed before is asked where the operator says so, and what ails one is told', () => {
  const willing = rollout({ options: { ...OPTIONS, includeFailed: true } });
  expect(judged(seen({ status: 'failed' }), member(), 0, willing)).toBe('ask');
  const told = (look: TenantSeen) => {
    const judgement = judge(rollout(), member(), look, 0);
    return judgement.kind === 'settled' ? judgement.reason.message : '';
  };
  expect(told(seen({ blueprint: ours, status: 'failed' }))).toBe('minio-bucket b: no');
  expect(told(seen({ blueprint: ours, status: 'failed', trouble: '' }))).toBe('the tenant is failed');
});

test.each([
  ['another digest', 'free', 'old', 0, 'keep', true],
  ['no digest', 'free', undefined, 0, 'keep', true],
  ['the digest', 'free', 'new', 0, 'keep', false],
  ['the digest and what was kept, where that stays', 'free', 'new', 2, 'keep', false],
  ['the digest and what was kept, where that goes', 'free', 'new', 1, 'without_data', true],
  ['the digest and nothing kept, where that goes', 'free', 'new', 0, 'all', false],
  ['a tier that is no target', 'starter', 'old', 3, 'all', false],
] as const)('a tenant with %s is behind, or is not', (_, tier, digest, kept, removals, behind) => {
  expect(
    isBehind({ targets: [{ tier: 'enterprise', digest: 'x' }, ...TARGETS], options: { removals } }, tier, digest, kept),
  ).toBe(behind);
});

test('what is seen of a tenant: its troubles, the first few of them, and how many more', () => {
  const record = (name: string, more: Partial<NodeRecord>): NodeRecord => ({
    ...freshRecord({ id: name, kind: 'k', part: 'main', name }),
    status: 'ready',
    ...more,
  });
  const look = (...records: readonly NodeRecord[]) => seenOf({ ...emptyState('a'), phase: 'active', records });
  const failed = (name: string) => record(name, { status: 'failed' });
  expect(look(record('a', {}))).toEqual({
    phase: 'active',
    tier: 'free',
    status: 'completed',
    rests: true,
    trouble: '',
  });
  const failure = { class: 'Invalid', code: 'Bad', message: 'no', away: false, atMs: 0 } as const;
  expect(look(record('a', { lost: true, failure }), record('b', {}), failed('c')).trouble).toBe('k a: no; k c: failed');
  expect(look(failed('a'), failed('b'), failed('c')).trouble).toBe('k a: failed; k b: failed; k c: failed');
  expect(look(...['a', 'b', 'c', 'd', 'e'].map(failed)).trouble).toBe(
    'k a: failed; k b: failed; k c: failed; and 2 more',
  );
});

const retried = { blueprint: visit(2, 1) };
test.each<[Partial<TenantSeen>, string]>([
  [{ phase: 'suspended', status: 'suspended' }, 'the tenant is suspended: nothing is changed meanwhile'],
  [{ phase: 'leaving' }, 'the tenant is waiting for the end of its grace'],
  [{ tier: 'starter' }, 'the tenant has the tier starter by now, and what that tier gets'],
  [{ blueprint: visit(3, 1) }, 'a later rollout has been here'],
  [{ blueprint: { digest: 'new' } }, 'it has this blueprint already'],
  [{ status: 'degraded' }, 'the tenant had lost data before: minio-bucket b: no'],
  [{ ...retried, status: 'degraded' }, 'minio-bucket b: no'],
  [{ status: 'failed' }, 'the tenant had failed before: minio-bucket b: no'],
  [{ status: 'provisioning', rests: false }, 'other work of the tenant did not end in time'],
  [{ blueprint: ours }, 'it has what the blueprint says'],
  [{ blueprint: visit(2, 2, false) }, 'it has what the blueprint says already'],
])('an operator reads what came of a tenant: %j', (over, message) => {
  expect(judge(rollout(), member(), seen(over), BUSY_MS)).toMatchObject({ kind: 'settled', reason: { message } });
});

test('G3: what is told of one that stays brought over', () => {
  const judgement = judge(rollout(), member({ outcome: 'updated' }), seen({ blueprint: ours }), 0);
  expect(judgement).toEqual({
    kind: 'settled',
    outcome: 'updated',
    reason: { code: 'Updated', message: 'it has what the blueprint says' },
  });
});

test('G1: of a rollout over several tiers a tenant of each is its own', () => {
  const both = rollout({ targets: [{ tier: 'starter', digest: 'x' }, ...TARGETS] });
  expect(judged(seen(), member(), 0, both)).toBe('ask');
  expect(judged(seen({ tier: 'custom' }), member(), 0, both)).toBe('skipped TierChanged');
});

test('who has the digest and what was kept beside it is brought over where that is to go', () => {
  const over = seen({ blueprint: { digest: 'new', kept: ['ignite-cache'] } });
  expect(judged(over)).toBe('unchanged Current');
  expect(judged(over, member(), 0, rollout({ options: { ...OPTIONS, removals: 'all' } }))).toBe('ask');
});

test('G2: one that rests and is not complete is waited for', () => {
  expect(judged(seen({ blueprint: ours, status: 'provisioning' }))).toBe('wait');
});

test('the mark of its blueprint is seen of a tenant', () => {
  const blueprint = { digest: 'd', kept: ['x'] };
  expect(seenOf({ ...emptyState('a'), blueprint })).toMatchObject({ phase: 'none', blueprint });
});
