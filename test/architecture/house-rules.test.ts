/** The tree as it is keeps the rules of the house: the same rules that `npm run check` shows. */

import { show } from '@leasehold/tools/check/finding.ts';
import { HOUSE_RULES } from '@leasehold/tools/check/house-rules.ts';
import { expect, test } from 'vitest';

test.each(HOUSE_RULES.map((rule) => [rule.name, rule] as const))('nothing is wrong with: %s', (_name, rule) => {
  expect(rule.find().map(show)).toEqual([]);
});
