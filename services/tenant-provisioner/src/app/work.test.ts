import { bound } from '@leasehold/kernel';
import { expect, test } from 'vitest';
import { ceilingOf } from './work.ts';

const provider = (used?: number) => ({
  bounds: {
    timeoutMs: bound('t', 1),
    parallelism: bound('p', 1),
    ceiling: { name: 'shards', cost: 5, limit: bound('shards', 1000), ...(used === undefined ? {} : { used }) },
  },
});

test('X6 the last tenant that fits is let in, the next one is refused; the one at hand is counted already', () => {
  expect(ceilingOf(provider(), 200)).toBeUndefined();
  expect(ceilingOf(provider(), 201)).toMatchObject({ code: 'CeilingReached' });
});

test('X6 what others hold on the backend counts, as the backend tells it', () => {
  expect(ceilingOf(provider(995), 1)).toBeUndefined();
  expect(ceilingOf(provider(996), 1)).toMatchObject({ code: 'CeilingReached' });
});
