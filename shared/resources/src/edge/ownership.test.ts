/** Whose an object is, and the refusals that follow, for all kinds. */
import type { Ref, SeenBase } from '@leasehold/engine';
import { expect, test } from 'vitest';
import {
  appeared,
  markChanges,
  markOf,
  mayAdopt,
  mayChange,
  mayDelete,
  nameTaken,
  vanished,
  wholeChange,
} from './ownership.ts';

const ref: Ref = { kind: 'k', name: 'n', tenantId: 'acme', generation: 2, tier: 'free' };
const seen = (mark: SeenBase['mark'], more: Partial<SeenBase> = {}): SeenBase => ({ mark, ...more });

test.each([
  [{ tenantId: 'acme', generation: 1 }, undefined, 'ours'],
  [{ tenantId: 'acme', generation: 9 }, 'other', 'ours'],
  [{ tenantId: 'other', generation: 2 }, undefined, 'foreign'],
  [{ tenantId: 'other', generation: 2 }, 'acme', 'foreign'],
  [undefined, undefined, 'none'],
  [undefined, 'acme', 'none'],
  [undefined, 'other', 'foreign'],
] as const)('1 a mark %j beside the name %j is %s', (owner, named, mark) => {
  expect(markOf(owner, ref, named)).toBe(mark);
});

const outcome = (call: () => unknown): unknown => {
  try {
    return call();
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
};

test.each([
  ['none', {}, 'NameTaken', false, true],
  ['foreign', {}, 'NameTaken', false, 'NameTaken'],
  ['half-made', {}, undefined, 'HalfMade', true],
  ['half-made', { generation: 3 }, 'NewerGeneration', 'HalfMade', true],
  ['ours', {}, undefined, true, false],
  ['ours', { generation: 1 }, undefined, true, false],
  ['ours', { generation: 2 }, undefined, true, false],
  ['ours', { generation: 3 }, 'NewerGeneration', 'NewerGeneration', 'NewerGeneration'],
] as const)('2 %s with %j: change %j, delete %j, adopt %j', (mark, more, change, remove, adopt) => {
  expect(outcome(() => mayChange(ref, seen(mark, more), 'b'))).toBe(change);
  expect(outcome(() => mayDelete(ref, seen(mark, more), 'b'))).toBe(remove);
  expect(outcome(() => mayAdopt(ref, seen(mark, more), 'b'))).toBe(adopt);
});

test('what stands in the way is named in the refusal', () => {
  expect(() => mayChange(ref, seen('none', { inTheWay: ['index a', 'alias b'] }), 'b')).toThrow(/index a, alias b/);
  expect(nameTaken(ref, 'b').message).toContain('k n exists');
});

test('refusals are conflicts of their backend: look again', () => {
  expect(appeared(ref, 'b', 'why')).toMatchObject({
    class: 'Conflict',
    backend: 'b',
    code: 'AppearedMeanwhile',
    cause: 'why',
  });
  expect(vanished(ref, 'b')).toMatchObject({ class: 'Conflict', backend: 'b', code: 'GoneMeanwhile' });
  expect(nameTaken(ref, 'b')).toMatchObject({ class: 'Conflict', backend: 'b', code: 'NameTaken' });
});

test('3 a mark is brought up to date from what it says, or from nothing', () => {
  expect(markChanges(ref, seen('ours', { generation: 2 }))).toEqual([]);
  expect(markChanges(ref, seen('ours', { generation: 1 }))).toEqual([
    { path: '/generation', from: 1, to: 2, weight: 'settings' },
  ]);
  expect(markChanges(ref, seen('half-made', { generation: 2 }))).toHaveLength(1);
  expect(markChanges(ref, seen('half-made'))).toMatchObject([{ from: null, to: 2 }]);
  expect(wholeChange('none', { a: 1 }, 'data')).toEqual([{ path: '', from: 'none', to: { a: 1 }, weight: 'data' }]);
});
