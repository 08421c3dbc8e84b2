/**
 * Test files that the stand-in for vitest cannot run, each with the reason. What it mocks in one way only is in child/modules.ts.
 */

const LEFT_OUT: Readonly<Record<string, string>> = {
  'shared/resources/src/cassandra-keyspace/session.test.ts': 'mocks modules with values of its own',
};

export const runnable = (tests: readonly string[]): readonly string[] =>
  tests.filter((path) => !Object.hasOwn(LEFT_OUT, path));

export const leftOutLines = (tests: readonly string[]): readonly string[] =>
  tests.filter((path) => Object.hasOwn(LEFT_OUT, path)).map((path) => `left out  ${path}: ${LEFT_OUT[path]}`);
