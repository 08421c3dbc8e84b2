import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test('a number with a unit is a duration, and nothing else is (1)', () => {
  expect(['90s', '5m', '24h', '7d'].map(parseDuration)).toEqual([90_000, 300_000, 86_400_000, 604_800_000]);
  for (const text of ['', '5', 'm', '-5m', '5 m', '0m', '1.5h', '5w']) expect(parseDuration(text)).toBeUndefined();
});
