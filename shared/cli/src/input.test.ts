/** JSON that a person hands in, from wherever: checked to be JSON, told with its place, sent unchanged. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readInput, readLimits } from './input.ts';

const cwd = mkdtempSync(join(tmpdir(), 'leasehold-input-'));
afterAll(() => rmSync(cwd, { recursive: true }));
writeFileSync(join(cwd, 'good.json'), '{ "a": 1 }\n');

const around = (typed = '') => ({
  cwd,
  keyboard: { isTty: false, readAll: async () => typed, ask: async () => '' },
  interrupted: new AbortController().signal,
});

test.each([
  ['as given', '{ "a": 2 }', '{ "a": 2 }'],
  ['from a file', '@good.json', '{ "a": 1 }\n'],
  ['from standard input', '-', '[3]'],
])('%s it is sent unchanged', async (_where, given, text) => {
  expect(await readInput(given, 'the event', around('[3]'))).toBe(text);
});

test.each([
  ['{', '', 'the event as given is not JSON: '],
  ['-', '{', 'the event from standard input is not JSON: '],
  ['@none.json', '', 'the event: none.json cannot be read (ENOENT)'],
  ['@.', '', 'the event: . cannot be read (EISDIR)'],
])('%s is refused with its place', async (given, typed, message) => {
  await expect(readInput(given, 'the event', around(typed))).rejects.toMatchObject({
    exit: 'usage',
    message: expect.stringContaining(message),
  });
});

test('a file that is no JSON is named', async () => {
  writeFileSync(join(cwd, 'bad.json'), 'a\u001b[2J');
  const failure = readInput('@bad.json', '--limits', around());
  await expect(failure).rejects.toMatchObject({
    message: expect.stringMatching(/^--limits in bad\.json is not JSON: \P{Cc}+$/u),
  });
});

test('it has at most 1 MiB, counted in bytes', async () => {
  const text = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
  expect(await readInput(text(1024 * 1024), 'it', around())).toHaveLength(1024 * 1024);
  await expect(readInput(text(1024 * 1024 + 1), 'it', around())).rejects.toThrow('it as given is larger than 1 MiB');
  await expect(readInput(JSON.stringify('ü'.repeat(600_000)), 'it', around())).rejects.toThrow('larger');
});

test('limits are JSON where they look like it, else the name of a file', async () => {
  expect(await readLimits(' {"a":1}', around())).toEqual({ a: 1 });
  expect(await readLimits('good.json', around())).toEqual({ a: 1 });
  expect(await readLimits('@good.json', around())).toEqual({ a: 1 });
  expect(await readLimits('-', around('{"b":2}'))).toEqual({ b: 2 });
  await expect(readLimits('none.json', around())).rejects.toThrow('--limits: none.json cannot be read');
});
