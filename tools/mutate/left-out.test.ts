/** The list of test files that are left out: all of those that cannot run in the stand-in, and no file that is gone. */
import { expect, test } from 'vitest';
import { readText, sourceFiles } from '../source-files.ts';
import { leftOutLines, runnable } from './left-out.ts';
import { targetsOf } from './targets.ts';

const tests = targetsOf([], sourceFiles()).flatMap((target) => target.tests);
/** Mocks that can be done, see child/modules.ts. */
const CAN_BE_DONE = /^vi\.mock\('[^']+', \(\) => import\('[^']+'\)\);$/gm;

test('every test file that mocks in a way of its own is left out, with the reason', () => {
  expect(tests.length).toBeGreaterThan(0);
  const mocking = tests.filter((path) =>
    /\bvi\.(mock|hoisted|doMock)\(/.test(readText(path).replaceAll(CAN_BE_DONE, '')),
  );
  expect(runnable(mocking)).toEqual([]);
  expect(leftOutLines(mocking)).toHaveLength(mocking.length);
});

test('what is left out is not run and is told with its reason, and nothing else is', () => {
  const reasons = { 'b.test.ts': 'mocks', 'gone.test.ts': 'mocks too' };
  expect(runnable(['a.test.ts', 'b.test.ts'], reasons)).toEqual(['a.test.ts']);
  expect(leftOutLines(['a.test.ts', 'b.test.ts'], reasons)).toEqual(['left out  b.test.ts: mocks']);
});

test('what is left out is in the tree, and little', () => {
  const left = leftOutLines(tests);
  expect(left).toHaveLength(tests.length - runnable(tests).length);
  expect(left.length).toBeLessThanOrEqual(8);
});
