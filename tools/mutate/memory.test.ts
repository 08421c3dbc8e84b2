/** What was tried is known again for the same content, and forgotten on demand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openMemory } from './memory.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'planted-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

const bug = (key: string) => ({
  id: '1',
  file: 'shared/kernel/src/json.ts',
  line: 1,
  mutator: '',
  replacement: '',
  span: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
  key,
});

test('what is saved is known to the next run of the same package, by its place and not by its number', () => {
  const first = openMemory('shared/kernel', false);
  first.note(bug('a'), 'found');
  expect(openMemory('shared/kernel', false).recall(bug('a'))).toBeUndefined();
  first.save();
  const second = openMemory('shared/kernel', false);
  expect(second.recall({ ...bug('a'), id: '77' })).toBe('found');
  expect(second.recall(bug('b'))).toBeUndefined();
  expect(openMemory('shared/engine', false).recall(bug('a'))).toBeUndefined();
});

test('on demand nothing is known', () => {
  const first = openMemory('shared/kernel', false);
  first.note(bug('a'), 'survived');
  first.save();
  expect(openMemory('shared/kernel', true).recall(bug('a'))).toBeUndefined();
});
