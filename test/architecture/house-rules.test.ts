/** The tree as it is keeps the rules of the house: the same rules that `npm run check` shows. */
import { expect, test } from 'vitest';
import { show } from '../../tools/check/finding.ts';
import { HOUSE_RULES } from '../../tools/check/house-rules.ts';

test.each(HOUSE_RULES.map((rule) => [rule.name, rule] as const))('nothing is wrong with: %s', (_name, rule) => {
  expect(rule.find().map(show)).toEqual([]);
});
