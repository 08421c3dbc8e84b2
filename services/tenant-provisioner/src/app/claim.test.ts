/** The claim on a tenant's work, from values alone: K1 to K3, and who may take what. */
import { CLAIM_BOUNDS, claimedElsewhere, requireClaim, takeClaim, withTakenOver } from '@leasehold/controller';
import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { emptyState, type TenantState } from '../domain/state.ts';

const NOW_MS = 1_000_000;
const claim = { holder: 'r1', fence: 7, untilMs: NOW_MS + 1 };
const at = (over: Partial<TenantState> = {}): TenantState => ({ ...emptyState('acme'), fence: 7, claim, ...over });
const free = (): TenantState => ({ ...emptyState('acme'), fence: 7 });
const claiming = { holder: 'r2', fence: 8, exclusive: false, ttlMs: 4_000, lateEffectMs: () => 30_000 };

test('a tenant is worked at elsewhere while another holds a claim that has not run out, where others may live', () => {
  expect(claimedElsewhere(at(), 'r2', NOW_MS, false)).toBe(NOW_MS + 1);
  expect(claimedElsewhere(at(), 'r2', NOW_MS + 1, false)).toBeUndefined();
  expect(claimedElsewhere(at(), 'r1', NOW_MS, false)).toBeUndefined();
  expect(claimedElsewhere(at(), 'r2', NOW_MS, true)).toBeUndefined();
  expect(claimedElsewhere(free(), 'r2', NOW_MS, false)).toBeUndefined();
});

test('K1: a claim has the next fence, and lasts as long as its time from now', () => {
  expect(takeClaim(free(), claiming, NOW_MS)).toMatchObject({
    fence: 8,
    claim: { holder: 'r2', fence: 8, untilMs: NOW_MS + 4_000 },
  });
  // One that has run out is taken over, one's own is taken anew.
  expect(takeClaim(at(), claiming, NOW_MS + 1).claim?.holder).toBe('r2');
  expect(takeClaim(at(), { ...claiming, holder: 'r1' }, NOW_MS).fence).toBe(8);
});

test.each([
  ['another works at it', at(), claiming],
  ['somebody took it and gave it up since the look', { ...free(), fence: 8 }, claiming],
  ['the look is of a state that was lost', { ...free(), fence: 6 }, claiming],
])('K1: it is not taken where %s', (_, state, asked) => {
  expect(() => takeClaim(state, asked, NOW_MS)).toThrow(
    expect.objectContaining({ class: 'Conflict', code: 'FenceLost' }),
  );
});

test('K3: who takes over an unfinished run counts its late effects from now, by kind', () => {
  const begun = (id: string, kind: string): NodeRecord => ({
    ...freshRecord({ id, kind, part: 'main', name: id }),
    status: 'creating',
    intent: { action: 'create', atMs: 1, fence: 7 },
  });
  const records = [
    begun('a', 'slow'),
    begun('b', 'twin'),
    freshRecord({ id: 'c', kind: 'slow', part: 'main', name: 'c' }),
  ];
  const late = (kind: string) => (kind === 'slow' ? 30_000 : 0);
  const taken = withTakenOver(records, NOW_MS, late);
  expect(taken.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(taken).toEqual(takeClaim({ ...free(), records }, { ...claiming, lateEffectMs: late }, NOW_MS).records);
  expect(taken[0]).not.toEqual(records[0]);
  expect(taken[2]).toEqual(records[2]);
});

test('A2: the word of a run counts while its claim stands, whole', () => {
  expect(() => requireClaim(at(), 'r1', 7)).not.toThrow();
  for (const [state, holder, fence] of [
    [at(), 'r2', 7],
    [at(), 'r1', 6],
    [at(), 'r1', 8],
    [free(), 'r1', 7],
  ] as const)
    expect(() => requireClaim(state, holder, fence)).toThrow(
      expect.objectContaining({ class: 'Conflict', code: 'FenceLost' }),
    );
});

test('a claim is renewed well before the margin in which nothing begins any more', () => {
  expect(CLAIM_BOUNDS.marginMs.value).toBeGreaterThan(0);
  expect(CLAIM_BOUNDS.ttlMs.value).toBeGreaterThan(2 * CLAIM_BOUNDS.marginMs.value);
});
