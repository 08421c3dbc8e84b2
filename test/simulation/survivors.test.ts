/**
 * The kept list of bugs that no unit test noticed names places that are there: what is moved or mended is judged anew.
 */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { survivorsOf } from './mutants.ts';
import { startOf } from './spoil.ts';

const LIST = fileURLToPath(new URL('./survivors.json', import.meta.url));

test('each place of the list is in the sources exactly once, and each verdict is one, with its reason', () => {
  const survivors = survivorsOf(LIST);
  expect(survivors.length).toBeGreaterThan(0);
  for (const { spoil, place, equivalent, unwatched } of survivors) {
    expect(startOf(spoil), place).toBeGreaterThan(0);
    expect([equivalent, unwatched], place).toContain(undefined);
    expect([equivalent, unwatched], place).not.toContain('');
    // What grows, is logged or comes later is something that somebody sees.
    expect(equivalent ?? '', place).not.toMatch(/^only (memory|what|how|time|work|order)|grows|logged/);
  }
});
