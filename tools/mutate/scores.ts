/**
 * The scores that are kept, per package: each may only rise. A run of a whole package is held against its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from '../source-files.ts';
import { type Mutant, scoreOf } from './report.ts';

export type Scores = Readonly<Record<string, number>>;

const FILE = `${ROOT}/tools/mutate/scores.json`;

export const readScores = (): Scores => JSON.parse(readFileSync(FILE, 'utf8')) as Scores;

/** A run of the same code may lose a bug or two to a time limit: half a per cent is no loss. */
const TOLERANCE = 0.5;

export interface Verdict {
  readonly kind: 'worse' | 'same' | 'better' | 'unknown';
  readonly message?: string;
}

export function judge(name: string, mutants: readonly Mutant[], scores: Scores): Verdict {
  const kept = scores[name];
  const score = scoreOf(mutants);
  if (kept === undefined) return { kind: 'unknown', message: `${name} has no kept score: keep this one with --keep` };
  if (score < kept - TOLERANCE)
    return {
      kind: 'worse',
      message: `${name} found ${score} % of the planted bugs, and ${kept} % is kept: a test is missing`,
    };
  if (score > kept)
    return { kind: 'better', message: `${name} is better than the kept ${kept} %: keep it with --keep` };
  return { kind: 'same' };
}

/** What is asked of changed lines in a package that has no kept score. */
const LEAST_OF_CHANGES = 70;

/** @returns what is wrong with the share that was found in changed lines: they are held to the score of their package. */
export function judgeChanges(name: string, mutants: readonly Mutant[], scores: Scores): string | undefined {
  const least = scores[name] ?? LEAST_OF_CHANGES;
  const score = scoreOf(mutants);
  return score < least
    ? `${name}: ${score} % of the bugs planted in changed lines are found, and ${least} % is asked for`
    : undefined;
}

/** Never a lower one. */
export const raised = (name: string, score: number, scores: Scores): Scores =>
  Object.fromEntries(
    Object.entries({ ...scores, [name]: Math.max(score, scores[name] ?? 0) }).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

export function keep(name: string, mutants: readonly Mutant[]): void {
  writeFileSync(FILE, `${JSON.stringify(raised(name, scoreOf(mutants), readScores()), undefined, 2)}\n`);
}
