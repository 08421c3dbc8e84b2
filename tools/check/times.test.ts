/** The rule about times as text, on lines made up for it. */
import { expect, test } from 'vitest';
import { timeFindings } from './times.ts';

const found = (text: string, path = 'shared/x/src/a.ts') => timeFindings({ path, text }).length;

test.each([
  'const a = Date.parse(text);',
  "const a = ['x'].map(Date.parse);",
  "const a = Date['parse'](text);",
  "const a = new Date('2026-01-31');",
  'const a = new Date(text);',
  'const a = new Date(String(at)).getTime();',
])('M1, M2: %s is found', (line) => {
  expect(found(line)).toBe(1);
});

test.each([
  'const a = new Date(nowMs).toISOString();',
  'const a = new Date(days * DAY_MS);',
  'const a = new Date(clock.now());',
  'const a = new Date(Date.UTC(2026, 0, 1));',
  'const a = new Date();',
  'export const isoTime = (ms: number) => new Date(ms);',
])('M2: %s is none of it', (line) => {
  expect(found(line)).toBe(0);
});

test('a test may write its times as it likes', () => {
  expect(found("const a = Date.parse('2026-01-31T12:00:00Z');", 'shared/x/src/a.test.ts')).toBe(0);
});
