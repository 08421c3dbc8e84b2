/**
 * How the command is called in everything that is written down: never so that npx would ask a registry for a name that is
 * not ours.
 */
import { readText, treeFiles } from '@leasehold/tools/source-files.ts';
import { expect, test } from 'vitest';

const TEXTS = /\.(md|ts|js|ya?ml|json|tpl|txt)$/;

test('wherever npx calls the command it is told to install nothing', () => {
  const files = treeFiles().filter((file) => TEXTS.test(file));
  expect(files.length).toBeGreaterThan(100);
  const texts = files.map((file) => [file, readText(file)] as const);
  const wrong = texts.filter(([, text]) => /npx (?:--yes |-y )?leasehold\b/.test(text)).map(([file]) => file);
  expect(wrong).toEqual([]);
  expect(texts.some(([, text]) => text.includes('npx --no-install leasehold'))).toBe(true);
});
