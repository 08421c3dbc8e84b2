/**
 * Five kinds of tests, told apart by where a file lies and how it is called. `npm test` runs them from fast to real; tools/test.ts
 * brings the real servers up before the last three.
 *
 * 1. Unit and simulation need nothing. Everything else lies in test/ or is called `*.stack.test.ts`.
 * 2. What is in test/e2e and test/chaos needs the real servers too, but for files called `*.embedded.test.ts`.
 * 3. Real servers are shared, so their tests run one file at a time.
 * 4. A test that asserts nothing fails: it could not have.
 */
import { defineConfig } from 'vitest/config';
import { PROJECTS } from './tools/test-run/projects.ts';

const SECOND_MS = 1_000;

/** Two cores: two workers at most, and one where tests share servers. */
const SPEED = {
  unit: { workers: 2, timeoutMs: 15 * SECOND_MS },
  simulation: { workers: 2, timeoutMs: 180 * SECOND_MS },
  stack: { workers: 1, timeoutMs: 90 * SECOND_MS },
  e2e: { workers: 1, timeoutMs: 180 * SECOND_MS },
  chaos: { workers: 1, timeoutMs: 300 * SECOND_MS },
} as const;

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    projects: PROJECTS.map((project) => ({
      test: {
        name: project.name,
        include: [...project.include],
        exclude: ['**/node_modules/**', 'test/architecture/fixtures/**', ...project.exclude],
        pool: 'forks',
        execArgv: ['--disable-warning=ExperimentalWarning'],
        expect: { requireAssertions: true },
        testTimeout: SPEED[project.name].timeoutMs,
        hookTimeout: SPEED[project.name].timeoutMs,
        teardownTimeout: 10 * SECOND_MS,
        fileParallelism: SPEED[project.name].workers > 1,
      },
    })),
  },
});
