/**
 * How a file is cut: its length, its name and the comment it opens with.
 *
 * H1. No file has more than 400 lines, and the median of those that are not tests is at most 90.
 * H2. A source file of a package opens with a comment that says what it owns; barrels (`index.ts`) and tests do not.
 * H3. A name says what is inside: no drawer for everything.
 * Functions of more than 60 lines are Biome's to find (noExcessiveLinesPerFunction).
 */
import { type Finding, lineCount, type SourceFile } from './finding.ts';

export const MOST_LINES = 400;
const MOST_MEDIAN_LINES = 90;
/** Lines of the opening comment that hold text. A port is a contract, and has room for its invariants. */
export const HEADER_LINES = { least: 1, leastWithFrame: 3, most: 10, mostOfPort: 18 };

const PACKAGE_SOURCE = /^(?:shared|services|deploy)\/[^/]+\/(?:src|bin)\//;
const DRAWER = /(?:^|[/.-])(?:utils?|helpers?|managers?|common|misc)(?:[/.-]|$)/;
const BLOCK = /^(?:#![^\n]*\n)?\s*(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/[^\n]*\n)+))/;

const isTest = (path: string): boolean => path.endsWith('.test.ts');

export function headerFindings(file: SourceFile): readonly Finding[] {
  if (!PACKAGE_SOURCE.test(file.path) || isTest(file.path) || file.path.endsWith('/index.ts')) return [];
  const match = BLOCK.exec(file.text);
  const say = (message: string) => [{ path: file.path, line: 1, message }];
  if (!match) return say('opens without a comment that says what it owns');
  const block = (match[1] ?? match[2]) as string;
  const filled = block.split('\n').filter((line) => /[^\s*/]/.test(line)).length;
  const framed = match[1] === undefined ? filled : Math.max(filled, lineCount(block));
  const most = /port\.ts$/.test(file.path) ? HEADER_LINES.mostOfPort : HEADER_LINES.most;
  if (framed < HEADER_LINES.leastWithFrame || filled < HEADER_LINES.least)
    return say(`opens with ${framed} line(s) of comment, at least ${HEADER_LINES.leastWithFrame} are asked for`);
  return filled > most ? say(`opens with ${filled} lines of comment, the bound is ${most}`) : [];
}

export function lengthFindings(files: readonly SourceFile[]): readonly Finding[] {
  const long = files
    .map((file) => ({ path: file.path, lines: lineCount(file.text) }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => ({ path, message: `has ${lines} lines, the bound is ${MOST_LINES}` }));
  const median = medianLines(files);
  if (median <= MOST_MEDIAN_LINES) return long;
  return [...long, { path: '.', message: `the median file has ${median} lines, the bound is ${MOST_MEDIAN_LINES}` }];
}

export function medianLines(files: readonly SourceFile[]): number {
  const lines = files.filter((file) => !isTest(file.path)).map((file) => lineCount(file.text));
  lines.sort((a, b) => a - b);
  return lines[Math.floor(lines.length / 2)] ?? 0;
}

export const nameFindings = (files: readonly SourceFile[]): readonly Finding[] =>
  files
    .filter((file) => DRAWER.test(file.path))
    .map((file) => ({ path: file.path, message: 'is named as a drawer for everything: name what is inside' }));
