/** What must not be left in the tree, on lines made up for it. The words are cut in two, so that this file is not found (O1). */
import { expect, test } from 'vitest';
import { leftoverFindings, MOST_SUPPRESSIONS, suppressionFindings } from './leftovers.ts';

const messages = (path: string, text: string) => leftoverFindings([{ path, text }]).map((found) => found.message);

test.each([
  [`// ${'TO'}${'DO'} later`],
  [`// ${'FIX'}${'ME'}`],
  [`throw new Error('not ${'implemented'}');`],
  [`test.${'sk'}${'ip'}('x', run);`],
  [`describe.${'on'}${'ly'}('x', run);`],
  [`const path = '/ro${'ot/'}x';`],
])('a leftover in code is found: %s', (line) => {
  expect(messages('shared/x/src/a.ts', `const a = 1;\n${line}\n`)).toHaveLength(1);
});

test('a path of one machine is found in documents too, other words are free there', () => {
  expect(messages('README.md', `see /wo${'rk/'}x\n`)).toHaveLength(1);
  expect(messages('README.md', `no ${'TO'}${'DO'} is left\n`)).toHaveLength(0);
});

test('a lock file that names a registry is found once', () => {
  const entry = '"resolved": "https://registry.example/x.tgz"\n';
  expect(messages('package-lock.json', entry.repeat(3))).toHaveLength(1);
});

test('suppressions are counted over the tree', () => {
  const text = `x as ${'any'};\n`;
  const files = (count: number) => [{ path: 'a.ts', text: text.repeat(count) }];
  expect(suppressionFindings(files(MOST_SUPPRESSIONS))).toHaveLength(0);
  expect(suppressionFindings(files(MOST_SUPPRESSIONS + 1))).toHaveLength(MOST_SUPPRESSIONS + 1);
});
