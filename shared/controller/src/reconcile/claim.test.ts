/** The claim on an owner's work, from values alone: K1 to K3, A2, and who may take what. */
import { freshRecord, type NodeRecord } from '@leasehold/engine';
import { expect, test } from 'vitest';
import { emptyShelf, type Shelf } from '../../test/shelf.ts';
import { requireClaim } from '../rows/owners.ts';
import { CLAIM_BOUNDS, claimedElsewhere, takeClaim, withTakenOver } from './claim.ts';

const NOW_MS = 1_000_000;
const claim = { holder: 'r1', fence: 7, untilMs: NOW_MS + 1 };
const free = (): Shelf => ({ ...emptyShelf('acme.left'), fence: 7 });
const held = (): Shelf => ({ ...free(), claim });
const claiming = { holder: 'r2', fence: 8, exclusive: false, ttlMs: 4_000, lateEffectMs: () => 30_000 };
const FENCE_LOST = expect.objectContaining({ class: 'Conflict', code: 'FenceLost' });

test('an owner is worked on elsewhere while another holds a claim that has not run out, where others may live', () => {
  expect(claimedElsewhere(held(), 'r2', NOW_MS, false)).toBe(NOW_MS + 1);
  expect(claimedElsewhere(held(), 'r2', NOW_MS + 1, false)).toBeUndefined();
  expect(claimedElsewhere(held(), 'r1', NOW_MS, false)).toBeUndefined();
  expect(claimedElsewhere(held(), 'r2', NOW_MS, true)).toBeUndefined();
  expect(claimedElsewhere(free(), 'r2', NOW_MS, false)).toBeUndefined();
});

test('K1: a claim has the next fence, and lasts as long as its time from now', () => {
  expect(takeClaim(free(), claiming, NOW_MS)).toEqual({
    ...free(),
    fence: 8,
    claim: { holder: 'r2', fence: 8, untilMs: NOW_MS + 4_000 },
  });
});

test('a claim that has run out is taken over, one’s own is taken anew, and where nobody else can be any is taken', () => {
  expect(takeClaim(held(), claiming, NOW_MS + 1).claim?.holder).toBe('r2');
  expect(takeClaim(held(), { ...claiming, holder: 'r1' }, NOW_MS).fence).toBe(8);
  expect(takeClaim(held(), { ...claiming, exclusive: true }, NOW_MS).claim?.holder).toBe('r2');
});

test.each([
  ['another works on it', held(), 8],
  ['somebody took it and gave it up since the look', { ...free(), fence: 8 }, 8],
  ['the look was of a state that was lost', { ...free(), fence: 6 }, 8],
])('K1: it is not taken where %s', (_what, state, fence) => {
  expect(() => takeClaim(state, { ...claiming, fence }, NOW_MS)).toThrow(FENCE_LOST);
});

test('K3: who takes over an unfinished run counts its late effects from now, by kind, and of what was under way alone', () => {
  const node = (id: string, kind: string): NodeRecord => freshRecord({ id, kind, part: 'main', name: id });
  const begun = (id: string, kind: string): NodeRecord => ({
    ...node(id, kind),
    status: 'creating',
    intent: { action: 'create', atMs: 1, fence: 7 },
  });
  const records = [begun('a', 'slow'), begun('b', 'twin'), node('c', 'slow')];
  const late = (kind: string) => (kind === 'slow' ? 30_000 : 0);
  const ended = { action: 'create', atMs: 1, fence: 7, ended: true };
  const wanted = [
    { ...records[0], intent: ended, settleAtMs: NOW_MS + 30_000 },
    { ...records[1], intent: ended, settleAtMs: NOW_MS },
    records[2],
  ];
  expect(withTakenOver(records, NOW_MS, late)).toEqual(wanted);
  expect(takeClaim({ ...free(), records }, { ...claiming, lateEffectMs: late }, NOW_MS).records).toEqual(wanted);
});

test('A2: the word of a run counts while its claim stands, whole', () => {
  expect(() => requireClaim(held(), 'r1', 7)).not.toThrow();
  expect(() => requireClaim(held(), 'r2', 7)).toThrow(FENCE_LOST);
  expect(() => requireClaim(held(), 'r1', 6)).toThrow(FENCE_LOST);
  expect(() => requireClaim(held(), 'r1', 8)).toThrow(FENCE_LOST);
  expect(() => requireClaim(free(), 'r1', 7)).toThrow(FENCE_LOST);
});

test('K2: a claim is renewed well before the margin in which nothing begins any more', () => {
  expect([CLAIM_BOUNDS.ttlMs.value, CLAIM_BOUNDS.marginMs.value]).toEqual([4_000, 1_000]);
});
