/**
 * Test files that are not run under planted bugs, each with the reason: the stand-in for vitest cannot run them, or each of them takes
 * longer than all others of its package. What is mocked in one way only is in child/modules.ts.
 */

type Reasons = Readonly<Record<string, string>>;

const SLOW = 'replays days or weeks of load, too slow to be run for each bug';
const LEFT_OUT: Reasons = {
  'services/scaler/src/domain/outages.test.ts': SLOW,
  'services/scaler/src/domain/outlook/outlook.test.ts': SLOW,
  'services/scaler/src/domain/scaler.test.ts': SLOW,
  'services/scaler/src/domain/schedules.test.ts': SLOW,
};

export const runnable = (tests: readonly string[], leftOut = LEFT_OUT): readonly string[] =>
  tests.filter((path) => !Object.hasOwn(leftOut, path));

export const leftOutLines = (tests: readonly string[], leftOut = LEFT_OUT): readonly string[] =>
  tests.filter((path) => Object.hasOwn(leftOut, path)).map((path) => `left out  ${path}: ${leftOut[path]}`);
