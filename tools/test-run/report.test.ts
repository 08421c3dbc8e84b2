/** How a run is judged: P1 what cannot be loaded fails, P2 skipped tests, P3 a run without tests fails. */
import { expect, test } from 'vitest';
import { countReport, judge, NONE, readReport, sum } from './report.ts';

const file = (status: string, ...tests: readonly (readonly [string, string])[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map(([state, fullName]) => ({ status: state, fullName })),
});

test('passed and failed tests are added up over files', () => {
  const count = countReport({
    testResults: [file('passed', ['passed', 'a']), file('failed', ['failed', 'b'], ['passed', 'c'])],
  });
  expect(count).toEqual({ passed: 2, failed: 1, skipped: [], remarks: [] });
});

test('a file that could not be loaded is a failure, and so is a missing report (P1)', () => {
  expect(countReport({ testResults: [file('failed')] }).failed).toBe(1);
  expect(readReport('unit', 'no/such/file.json', 1).failed).toBe(1);
});

test('a skipped test fails only where all is required, and never for want of the native client or of history (P2)', () => {
  const native = 'bus native: native Pulsar client is not installed here';
  const shallow = 'upgrade (this checkout holds no former release) one beside the other';
  const skipped = [['skipped', 'b'] as const, ['pending', native] as const, ['skipped', shallow] as const];
  const count = countReport({ testResults: [file('passed', ['passed', 'a'], ...skipped)] });
  expect(judge(count, false).failed).toBe(0);
  expect(judge(count, true)).toMatchObject({ passed: 1, failed: 1 });
});

test('a run in which no test ran is a failure (P3)', () => {
  expect(judge(NONE, false).failed).toBe(1);
  expect(judge(sum([]), true).failed).toBe(1);
});
