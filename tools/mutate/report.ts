/**
 * What came of planted bugs: how many were found, and the places of those that were not. Pure.
 */

import type { Span } from './plant.ts';

/** `untried`: there was no time for it; it counts for nothing. */
export type Fate = 'found' | 'survived' | 'unreached' | 'untried';

export interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly mutator: string;
  readonly replacement: string;
  readonly span: Span;
  readonly fate: Fate;
}

const count = (mutants: readonly Mutant[], fate: Fate): number =>
  mutants.filter((mutant) => mutant.fate === fate).length;

/** Per cent of planted bugs that a test found, with one decimal, rounded down; 100 where none could be planted. */
export function scoreOf(mutants: readonly Mutant[]): number {
  const found = count(mutants, 'found');
  const all = mutants.length - count(mutants, 'untried');
  return all === 0 ? 100 : Math.floor((found / all) * 1_000) / 10;
}

/** How far the score of all bugs may be from that of a sample: 1.96 standard errors of a share, in points. */
export function marginOf(mutants: readonly Mutant[]): number {
  const share = scoreOf(mutants) / 100;
  const tried = Math.max(1, mutants.length - count(mutants, 'untried'));
  return Math.ceil(1_960 * Math.sqrt((share * (1 - share)) / tried)) / 10;
}

const isUnnoticed = ({ fate }: Mutant): boolean => fate === 'survived' || fate === 'unreached';

/** A place of the sources and what is put there: as the simulation reads it. */
export interface Survivor {
  readonly file: string;
  readonly find: Span;
  readonly put: string;
  readonly mutator: string;
}

export const survivorsOf = (mutants: readonly Mutant[]): readonly Survivor[] =>
  mutants
    .filter(isUnnoticed)
    .map(({ file, span, replacement, mutator }) => ({ file, find: span, put: replacement, mutator }));

const SHOWN = 60;

/** @param verdicts on those that were judged (judged.ts): each is marked with its own. */
export function survivorLines(
  mutants: readonly Mutant[],
  verdicts: ReadonlyMap<Mutant, string> = new Map(),
): readonly string[] {
  return mutants.filter(isUnnoticed).map((mutant) => {
    const { file, line, mutator, replacement, fate } = mutant;
    const text = replacement.replaceAll(/\s+/g, ' ');
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    const verdict = verdicts.get(mutant);
    return `${fate.padEnd(9)} ${file}:${line}  ${mutator} -> ${shown}${verdict === undefined ? '' : `  (${verdict})`}`;
  });
}

/** How many of what no test found have which verdict. */
export function judgedLine(name: string, mutants: readonly Mutant[], verdicts: ReadonlyMap<Mutant, string>): string {
  const left = mutants.filter(isUnnoticed);
  const of = (verdict?: string): number => left.filter((mutant) => verdicts.get(mutant) === verdict).length;
  return `${name}: ${left.length} not found: ${of('equivalent')} equivalent, ${of('unwatched')} unwatched, ${of('open')} open, ${of()} not judged`;
}

export function summaryLines(name: string, mutants: readonly Mutant[]): readonly string[] {
  const [found = 0, survived = 0, unreached = 0, untried = 0] = (
    ['found', 'survived', 'unreached', 'untried'] as const
  ).map((fate) => count(mutants, fate));
  const left = untried === 0 ? '' : `, ${untried} not tried`;
  const files = [...Map.groupBy(mutants, ({ file }) => file)]
    .map(([file, own]) => ({ file, score: scoreOf(own) }))
    .filter(({ score }) => score < 100)
    .sort((a, b) => a.score - b.score);
  return [
    ...files.map(({ file, score }) => `  ${score.toFixed(1).padStart(5)} %  ${file}`),
    `${name}: ${scoreOf(mutants).toFixed(1)} % found: ${found} of ${mutants.length - untried}; ${survived} survived, ${unreached} unreached${left}`,
  ];
}
