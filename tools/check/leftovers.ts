/**
 * What must not be left in the tree: unfinished work, tests that are switched off, suppressions beyond a handful, paths of one
 * machine, registry hosts in the lock file.
 *
 * O1. The words are put together here, so that this file does not find itself.
 */
import { type Finding, findLines, type SourceFile } from './finding.ts';

export const MOST_SUPPRESSIONS = 15;

const word = (...parts: readonly string[]): string => parts.join('');

const UNFINISHED = new RegExp(
  [
    word('\\bTO', 'DO\\b'),
    word('\\bFIX', 'ME\\b'),
    word('\\bXX', 'X\\b'),
    word('\\bHA', 'CK\\b'),
    word('not ', 'implemented'),
  ].join('|'),
);
const SWITCHED_OFF = new RegExp(
  `\\b(?:it|test|describe|suite|bench)\\.(?:${word('sk', 'ip')}|${word('on', 'ly')}|${word('to', 'do')})\\b`,
);
const SUPPRESSION = new RegExp(
  [word('\\bas ', 'any\\b'), word('@ts-', '(?:ignore|expect-error|nocheck)'), word('biome-', 'ignore')].join('|'),
);
const ONE_MACHINE = new RegExp([word('/wo', 'rk/'), word('/tm', 'p/[a-z]'), word('/ro', 'ot/')].join('|'));
const REGISTRY = /"resolved": "https?:/;

const isCode = (path: string): boolean => /\.(ts|js|mjs)$/.test(path);

export function leftoverFindings(files: readonly SourceFile[]): readonly Finding[] {
  return files.flatMap((file) => {
    if (file.path === 'package-lock.json')
      return findLines(
        file,
        REGISTRY,
        () => 'names a registry: run npm install with the .npmrc of this repository',
      ).slice(0, 1);
    const found = findLines(file, ONE_MACHINE, (match) => `names a path of one machine: ${match}`);
    if (!isCode(file.path)) return found;
    return [
      ...found,
      ...findLines(file, UNFINISHED, (match) => `is unfinished: ${match}`),
      ...findLines(file, SWITCHED_OFF, (match) => `leaves ${match} in`),
    ];
  });
}

/** A handful of suppressions is a fact of life; more are a habit. */
export function suppressionFindings(files: readonly SourceFile[]): readonly Finding[] {
  const found = files
    .filter((file) => isCode(file.path))
    .flatMap((file) => findLines(file, SUPPRESSION, (match) => match));
  return found.length <= MOST_SUPPRESSIONS
    ? []
    : found.map((each) => ({
        ...each,
        message: `${each.message} (${found.length} in all, the bound is ${MOST_SUPPRESSIONS})`,
      }));
}
