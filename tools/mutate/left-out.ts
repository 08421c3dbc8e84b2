/**
 * Test files that the stand-in for vitest cannot run, each with the reason. What it mocks in one way only is in child/modules.ts.
 */

type Reasons = Readonly<Record<string, string>>;

/** At present there is none. */
const LEFT_OUT: Reasons = {};

export const runnable = (tests: readonly string[], leftOut = LEFT_OUT): readonly string[] =>
  tests.filter((path) => !Object.hasOwn(leftOut, path));

export const leftOutLines = (tests: readonly string[], leftOut = LEFT_OUT): readonly string[] =>
  tests.filter((path) => Object.hasOwn(leftOut, path)).map((path) => `left out  ${path}: ${leftOut[path]}`);
