/**
 * The kinds of tests and which files are theirs: one list for vitest's configuration and for the runner.
 *
 * 1. A file belongs to at most one project.
 * 2. The files of stack, e2e and chaos need the real servers, unless they are called `*.embedded.test.ts`.
 */
import { matchesGlob } from 'node:path';

export type ProjectName = 'unit' | 'simulation' | 'stack' | 'e2e' | 'chaos';

export interface Project {
  readonly name: ProjectName;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const REAL = '**/*.stack.test.ts';

export const PROJECTS: readonly Project[] = [
  {
    name: 'unit',
    include: ['{shared,services,deploy,tools,test/architecture,test/contract,test/stack,test/bench}/**/*.test.ts'],
    exclude: [REAL],
  },
  { name: 'simulation', include: ['test/simulation/**/*.test.ts'], exclude: [REAL] },
  { name: 'stack', include: [REAL], exclude: ['test/e2e/**', 'test/chaos/**'] },
  { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: [] },
  { name: 'chaos', include: ['test/chaos/**/*.test.ts'], exclude: [] },
];

/** Everything outside the fast projects, but for what says by its name that it runs embedded. */
export const needsServers = (path: string): boolean => !path.endsWith('.embedded.test.ts');

export function filesOf(project: Project, files: readonly string[]): readonly string[] {
  const matches = (path: string, globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));
  return files.filter((path) => matches(path, project.include) && !matches(path, project.exclude));
}
