/** What is left as it is: what counts as told (C4), and how it is told. */
import { expect, test } from 'vitest';
import { node } from '../test/stage.ts';
import { type Division, describeLeft, divide, isTold } from './consent.ts';
import type { Change, Provider } from './provider.ts';
import { freshRecord, type LeftChange, type NodeRecord } from './record.ts';

const NOW_MS = 10_000_000;
const HOUR_MS = 3_600_000;
const consent: LeftChange = { path: '/copies', from: 3, to: 1, weight: 'settings', why: 'consent' };
const fight: LeftChange = { path: '/size', from: 7, to: 1, weight: 'settings', why: 'fight' };
const fewer = { kind: 'fewer-replicas', would: 'keep 1 instead of 3' } as const;
const record = (more: Partial<NodeRecord> = {}): NodeRecord => ({
  ...freshRecord(node('a')),
  observedAtMs: NOW_MS,
  ...more,
});

test.each([
  ['nothing, of nothing', [], [], true],
  ['the same', [consent, fight], [consent, fight], true],
  ['the same in another order', [fight, consent], [consent, fight], true],
  ['one more', [consent, fight], [consent], false],
  [
    'one more, of a path and a reason that others have',
    [consent, fight, { ...consent, why: 'fight' }],
    [consent, fight],
    false,
  ],
  ['one less', [consent], [consent, fight], false],
  ['another path', [{ ...consent, path: '/x' }], [consent], false],
  ['another reason', [{ ...consent, why: 'fight' }], [consent], false],
  ['one with the path and another with the reason', [{ ...consent, why: 'fight' }], [consent, fight], false],
  ['one that two others hide', [consent, fight], [consent, fight, { ...consent, why: 'fight' }], false],
  ['another value', [{ ...consent, from: 5 }], [consent], true],
] as const)('C4: the record says all that a look says: %s', (_what, left, known, told) => {
  expect(isTold(left, record({ left: known }), NOW_MS)).toBe(told);
});

test('C4: what nobody told yet is not told', () => {
  expect([isTold([], record(), NOW_MS), isTold([consent], record(), NOW_MS)]).toEqual([true, false]);
});

test('C4: another value is worth telling once the look that was told is more than an hour old', () => {
  const told = (from: unknown, to: unknown, ageMs: number) =>
    isTold([{ ...consent, from, to }], record({ left: [consent] }), NOW_MS + ageMs);
  expect([told(5, 1, HOUR_MS), told(5, 1, HOUR_MS + 1)]).toEqual([true, false]);
  expect([told(3, 2, HOUR_MS + 1), told(3, 1, HOUR_MS + 1)]).toEqual([false, true]);
  expect(isTold([{ ...consent, from: 5 }], record({ left: [consent], observedAtMs: undefined } as never), NOW_MS)).toBe(
    false,
  );
});

test('C4: a fight that lasts is told though this look finds nothing, and a wait for a word is not', () => {
  const repairs = [{ path: '/size', times: 4, lastAtMs: NOW_MS }];
  expect(isTold([], record({ left: [fight], repairs }), NOW_MS)).toBe(true);
  expect(isTold([], record({ left: [{ ...fight, why: 'consent' }], repairs }), NOW_MS)).toBe(false);
  expect(isTold([], record({ left: [fight] }), NOW_MS)).toBe(false);
});

test('what is left is told with what a repair would do, or with what others do', () => {
  expect(describeLeft([{ ...consent, weakens: fewer }])).toBe(
    '/copies is left as it is: a repair would keep 1 instead of 3',
  );
  expect(describeLeft([consent])).toBe('/copies is left as it is: a repair would change it');
  expect(describeLeft([fight])).toBe('/size is set by others to 7 each time it is set to 1');
  expect(describeLeft([{ ...fight, from: undefined, to: undefined }])).toBe(
    '/size is set by others to null each time it is set to null',
  );
  expect(describeLeft([{ ...fight, path: '' }])).toBe('others take it away each time it is made');
});

test('what is left is told in one sentence: the whole first, then what waits for a word, then what is fought over', () => {
  expect(describeLeft([fight, consent, { ...fight, path: '' }])).toBe(
    'others take it away each time it is made; /copies is left as it is: a repair would change it; /size is set by others to 7 each time it is set to 1',
  );
  expect(describeLeft([])).toBe('');
});

/** Before, it was to be as `former`, under which the given paths differ from what is seen. */
function division(formerDiffers: readonly string[], more: Partial<NodeRecord> = {}): Division {
  const provider = {
    spec: { safeParse: (data: unknown) => ({ success: true, data }) },
    plan: () => formerDiffers.map((path): Change => ({ path, from: 1, to: 2, weight: 'settings' })),
  } as unknown as Provider;
  const ref = { kind: 'a', name: 'a', tenantId: 'acme', generation: 1, tier: 'free' };
  const kept = record({ born: true, former: [{}], ...more });
  return { ref, provider, seen: { mark: 'ours' }, record: kept, nowMs: NOW_MS, consent: false };
}
const weak = (more: Partial<Change> = {}): Change => ({
  path: '/rules/old',
  from: 3,
  to: 1,
  weight: 'settings',
  weakens: fewer,
  ...more,
});

test.each([
  ['nothing of it', [], true],
  ['something else', ['/size'], true],
  ['what only begins alike', ['/rules/older', '/rules/ol'], true],
  ['what only ends alike', ['/my/rules/old'], true],
  ['the very same', ['/rules/old'], false],
  ['what it is a part of', ['/rules'], false],
  ['a part of it', ['/rules/old/days'], false],
  ['something else, and it', ['/size', '/rules/old'], false],
] as const)(
  'C1: what we had set ourselves is ours to weaken; of it somebody else had set %s',
  (_what, differs, made) => {
    expect(divide(division(differs), [weak()])).toEqual(
      made ? { made: [weak()], left: [] } : { made: [], left: [{ ...weak(), why: 'consent' }] },
    );
  },
);

test('C5: what nobody had set is nobody’s wish while the object is not complete, and somebody’s after', () => {
  const unsaid = (from: unknown, born: boolean) =>
    divide(division([], { former: [], born } as never), [weak({ from })]).made.length;
  expect([unsaid(null, false), unsaid(undefined, false), unsaid(0, false)]).toEqual([1, 1, 0]);
  expect([unsaid(null, true), unsaid(undefined, true)]).toEqual([0, 0]);
});

test('C3: only settings are damped; what was lost is another matter', () => {
  const repairs = [{ path: '/size', times: 9, lastAtMs: NOW_MS }];
  const change = (weight: Change['weight']): Change => ({ path: '/size', from: 7, to: 1, weight });
  const made = (weight: Change['weight']) => divide(division([], { repairs }), [change(weight)]).made.length;
  expect([made('settings'), made('data')]).toEqual([0, 1]);
});
