/**
 * Text becomes an instant in one place: what the language itself takes for a date depends on the machine's zone and on guesses.
 *
 * M1. Outside tests nothing but the kernel's parser reads a date, neither by `Date.parse` nor by `new Date` of a text.
 * M2. What `new Date` is given is a number, and its name says so: it ends in `Ms`, or is the clock's or `Date.UTC`'s.
 */
import { type Finding, findLines, type SourceFile } from './finding.ts';

const PARSE = /\bDate\s*\.\s*parse\b|\bDate\s*\[\s*['"`]parse/;
const MADE_OF_TEXT = /\bnew Date\((?!\)|[^)]*(?:\bms\b|Ms\b|_MS\b|\bDate\.UTC\b|\bnow\())/;

export function timeFindings(file: SourceFile): readonly Finding[] {
  if (/\.test\.ts$/.test(file.path) || /^(?:test|tools)\//.test(file.path) || /\/test\//.test(file.path)) return [];
  return [
    ...findLines(file, PARSE, (match) => `${match} reads what is no time, and zones of the machine: use parseInstant`),
    ...findLines(file, MADE_OF_TEXT, () => 'new Date of what is not named as milliseconds: use parseInstant for text'),
  ];
}
