/**
 * What a 404 says of a path that no route takes: the nearest one that there is. Which objects there are it never tells; a
 * path is in the OpenAPI document anyway.
 */
import { type Bound, bound } from '@leasehold/kernel';
import { nearestName } from './nearest.ts';
import { type ProblemError, problem } from './problem.ts';

const SHOWN: Bound = bound('shown characters of a path', 128);

const shown = (value: string): string =>
  JSON.stringify(value.length > SHOWN.value ? `${value.slice(0, SHOWN.value)}...` : value);

/** @param patterns of all routes. */
export function missingPath(path: string, patterns: readonly string[]): ProblemError {
  const near = nearestPattern(path, patterns);
  const hint = near === undefined ? '/docs lists those that there are' : `the nearest is ${near}`;
  return problem('not-found', `There is no path ${shown(path)}; ${hint}.`);
}

function nearestPattern(path: string, patterns: readonly string[]): string | undefined {
  const given = path.split('/');
  const filled = new Map(
    patterns.map((pattern) => {
      const parts = pattern.split('/').map((part, index) => (part.startsWith('{') ? (given[index] ?? part) : part));
      return [parts.join('/'), pattern] as const;
    }),
  );
  const found = nearestName(path, [...filled.keys()]);
  return found === undefined ? undefined : filled.get(found);
}
