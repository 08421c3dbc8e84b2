/** The guards themselves: a guard that finds nothing in files that are wrong on purpose has rotted. */

import { importFindings } from '@leasehold/tools/check/import-rules.ts';
import { stale } from '@leasehold/tools/layers/write.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { biomeFindings, type FixtureTree, marked, unpackFixtures } from './fixture-tree.ts';

let tree: FixtureTree;
let biome: readonly string[];

beforeAll(async () => {
  tree = unpackFixtures();
  biome = await biomeFindings(tree.folder);
});

afterAll(() => tree.remove());

const layered = () => tree.files.filter((file) => !file.path.startsWith('habits/'));

test('the scan refuses exactly the imports that are marked', () => {
  const found = importFindings(layered()).map((each) => `${each.path}:${each.line}`);
  expect(found.sort()).toEqual(marked(layered(), 'scan'));
});

test('Biome refuses exactly the imports that are marked, but for what only the scan can see', () => {
  const rule = ' lint/style/noRestrictedImports';
  const found = biome.filter((each) => each.endsWith(rule)).map((each) => each.slice(0, -rule.length));
  expect([...new Set(found)].sort()).toEqual(marked(layered(), 'biome'));
});

test.each([
  'correctness/noUnusedImports',
  'style/noEnum',
  'nursery/noFloatingPromises',
  'complexity/noExcessiveLinesPerFunction',
  'suspicious/noFocusedTests',
  'suspicious/noSkippedTests',
  'style/useFilenamingConvention',
])('Biome finds the bad habit %s', (rule) => {
  const habits = biome.filter((each) => each.startsWith('habits/')).map((each) => each.split(' lint/')[1]);
  expect(habits).toContain(rule);
});

test("Biome's rules and turbo's tags are those of the layer table (T1)", () => {
  expect(stale()).toEqual([]);
});
