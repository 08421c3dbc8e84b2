/**
 * Reads vitest's JSON reports and adds them up to the one line that a run ends with.
 *
 * P1. A file that could not even be loaded counts as one failure, and so does a runner that stopped without a report.
 * P2. A skipped test is a failure where all is required, unless its title says that an optional native client is absent, or that
 *     the checkout is without the history that holds the release before.
 * P3. A run in which no test ran is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** One sentence for each failure that vitest does not show as a failed test. */
  readonly remarks: readonly string[];
}

interface Assertion {
  readonly status: string;
  readonly fullName: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

export const NONE: Count = { passed: 0, failed: 0, skipped: [], remarks: [] };

/** What a machine or a checkout may lack, in the words of the tests' own titles. */
const MAY_SKIP = ['native Pulsar client is not installed here', 'this checkout holds no former release'];

export const failure = (remark: string): Count => ({ ...NONE, failed: 1, remarks: [remark] });

export function sum(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((total, each) => total + each.passed, 0),
    failed: counts.reduce((total, each) => total + each.failed, 0),
    skipped: counts.flatMap((each) => each.skipped),
    remarks: counts.flatMap((each) => each.remarks),
  };
}

/** @param exitCode of vitest; a failure there without a failed test is one of our own. */
export function readReport(project: string, path: string, exitCode: number): Count {
  if (!existsSync(path)) return failure(`${project}: the runner stopped (exit code ${exitCode}) without a report`);
  const count = countReport(JSON.parse(readFileSync(path, 'utf8')) as Report);
  if (exitCode === 0 || count.failed > 0) return count;
  return sum([count, failure(`${project}: vitest ended with exit code ${exitCode}, though no test failed`)]);
}

export function countReport(report: Report): Count {
  const files = report.testResults.map((file) => {
    const of = (status: string) => file.assertionResults.filter((test) => test.status === status);
    const skipped = file.assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed');
    const broken = file.status === 'failed' && of('failed').length === 0;
    return {
      passed: of('passed').length,
      failed: of('failed').length + (broken ? 1 : 0),
      skipped: skipped.map((test) => test.fullName),
      remarks: broken ? [`${file.name} could not be run`] : [],
    };
  });
  return sum(files);
}

/** The count as it is judged: @param required whether nothing may be left out. */
export function judge(count: Count, required: boolean): Count {
  const wrongly = required ? count.skipped.filter((title) => !MAY_SKIP.some((reason) => title.includes(reason))) : [];
  const counts = [count, ...wrongly.map((title) => failure(`skipped, though everything is required: ${title}`))];
  if (count.passed + count.failed === 0) counts.push(failure('no test ran'));
  return sum(counts);
}
