import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { ceilingOf } from './ceiling.ts';

const shards = (used?: number) => ({
  name: 'shards',
  cost: 1,
  limit: bound('shards', 1000),
  ...(used === undefined ? {} : { used }),
});

test('X6 the last tenant that fits is let in, the next one is refused', () => {
  expect(ceilingOf(shards(), { others: 995, own: 5 })).toBeUndefined();
  expect(ceilingOf(shards(), { others: 1000, own: 5 })).toMatchObject({ code: 'CeilingReached' });
});

test('X6 what others hold on the backend counts, as the backend tells it', () => {
  expect(ceilingOf(shards(995), { others: 0, own: 5 })).toBeUndefined();
  expect(ceilingOf(shards(996), { others: 0, own: 5 })).toMatchObject({ code: 'CeilingReached' });
});

test('X6 what a tenant has already is not made again, and counts once with what its new tier adds', () => {
  expect(ceilingOf(shards(), { others: 990, held: 5, own: 5 })).toBeUndefined();
  expect(ceilingOf(shards(), { others: 991, held: 5, own: 5 })?.message).toContain('5 more of this tenant');
  expect(ceilingOf(shards(995), { others: 990, held: 5, own: 5 })).toBeUndefined();
});

test('a backend without a ceiling refuses nobody', () => {
  expect(ceilingOf(undefined, { others: 1_000_000, own: 5 })).toBeUndefined();
});
