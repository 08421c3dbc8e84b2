/**
 * What is mutated: the sources of packages that make decisions, each with the unit tests that reach it. Command lines, test
 * support and declarations without behaviour are left out.
 */
import { sourceFiles } from '../source-files.ts';
import type { ChangedLines } from './changed.ts';

export interface Target {
  /** Folder of the package. */
  readonly name: string;
  readonly files: readonly string[];
  readonly tests: readonly string[];
  /** All of the package, so that its score counts. */
  readonly whole: boolean;
  isChosen(file: string, line: number): boolean;
}

const PACKAGE = /^(shared|services)\/[^/]+/;
/** Packages that are test support themselves. */
const LEFT_OUT: readonly string[] = ['shared/testing'];
const NO_SOURCE = /\.(test|stack\.test|fixture)\.ts$|\/(bin|test|fixtures|former)\/|\/(main|index|fixture|scene)\.ts$/;

const packageOf = (path: string): string | undefined => {
  const [name] = PACKAGE.exec(path) ?? [];
  return name === undefined || LEFT_OUT.includes(name) ? undefined : name;
};

const isSource = (path: string): boolean => path.endsWith('.ts') && path.includes('/src/') && !NO_SOURCE.test(path);
const isUnitTest = (path: string): boolean => path.endsWith('.test.ts') && !path.endsWith('.stack.test.ts');

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** @param paths packages, folders or files; empty: everything. */
export function targetsOf(paths: readonly string[], files: readonly string[] = sourceFiles()): readonly Target[] {
  const named = paths.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''));
  const byPackage = Map.groupBy(files, packageOf);
  return [...byPackage].flatMap(([name, own]) => {
    if (name === undefined) return [];
    const sources = own.filter(isSource);
    const chosen = sources.filter((path) => named.length === 0 || named.some((folder) => isBelow(path, folder)));
    if (chosen.length === 0) return [];
    const whole = chosen.length === sources.length;
    return [{ name, files: chosen, tests: own.filter(isUnitTest), whole, isChosen: () => true }];
  });
}

/** The changed lines of sources alone. */
export function changedTargets(changed: ChangedLines, files: readonly string[] = sourceFiles()): readonly Target[] {
  if (changed.size === 0) return [];
  return targetsOf([...changed.keys()], files).map((target) => ({
    ...target,
    whole: false,
    isChosen: (file, line) => {
      const lines = changed.get(file);
      return lines === 'all' || lines?.has(line) === true;
    },
  }));
}
