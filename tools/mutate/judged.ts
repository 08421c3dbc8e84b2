/**
 * What is known of bugs that no test finds: a list per package in `judged/`, each entry with its verdict and the reason.
 *
 * J1. A bug is named by text, not by line: `find` stands once in its file, and `put` is what stands there under the bug. It is the
 *     bug of an entry if both leave the same text.
 * J2. `equivalent` changes nothing that anybody could see; `unwatched` only what no unit test should hold (speed, memory, who goes
 *     first); of an `open` one it is said what test would find it. A verdict moves no score.
 * J3. An entry whose text is gone is told by the check, by name, and dropped by `npm run mutate -- --judge`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ROOT } from '../source-files.ts';
import type { Span } from './plant.ts';
import type { Mutant, Survivor } from './report.ts';

export const VERDICTS = ['equivalent', 'unwatched', 'open'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Exactly one of the verdicts is there, with the reason. */
export interface Judged extends Partial<Readonly<Record<Verdict, string>>> {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** What `--survivors` wrote, some of it with a verdict by now. */
export type Listed = Survivor & Partial<Readonly<Record<Verdict, string>>>;

const verdictOf = (judged: Judged | Listed): Verdict | undefined =>
  VERDICTS.find((verdict) => judged[verdict] !== undefined);

type TextOf = (file: string) => string | undefined;

const textIn: TextOf = (file) => (existsSync(`${ROOT}/${file}`) ? readFileSync(`${ROOT}/${file}`, 'utf8') : undefined);

const isOnce = (text: string, find: string): boolean => text.split(find, 3).length === 2;

/** The file under the bug; undefined: its text is not there, or more than once. */
function spoiled({ find, put }: Judged, text: string): string | undefined {
  if (!isOnce(text, find)) return undefined;
  const at = text.indexOf(find);
  return text.slice(0, at) + put + text.slice(at + find.length);
}

function offsetsOf(text: string, { start, end }: Span): readonly [number, number] {
  const lines = text.split('\n');
  const offset = ({ line, column }: Span['start']): number =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return [offset(start), offset(end)];
}

/** @returns the verdict on each mutant that has one. */
export function verdictsOn(
  mutants: readonly Mutant[],
  judged: readonly Judged[],
  textOf: TextOf = textIn,
): ReadonlyMap<Mutant, Verdict> {
  const byFile = Map.groupBy(judged, ({ file }) => file);
  const known = new Map<Mutant, Verdict>();
  for (const [file, own] of Map.groupBy(mutants, (mutant) => mutant.file)) {
    const text = textOf(file) ?? '';
    const verdicts = new Map((byFile.get(file) ?? []).map((each) => [spoiled(each, text), verdictOf(each)]));
    for (const mutant of own) {
      const [from, to] = offsetsOf(text, mutant.span);
      const verdict = verdicts.get(text.slice(0, from) + mutant.replacement + text.slice(to));
      if (verdict !== undefined) known.set(mutant, verdict);
    }
  }
  return known;
}

/** The lines that the bug is in, with those around until the text stands once in the file. */
export function named(listed: Listed, text: string): Judged {
  const [from, to] = offsetsOf(text, listed.find);
  let start = text.lastIndexOf('\n', from - 1) + 1;
  let end = text.indexOf('\n', to);
  if (end < 0) end = text.length;
  const indent = /^ */.exec(text.slice(start))?.[0].length ?? 0;
  start = Math.min(from, start + indent);
  while (!isOnce(text, text.slice(start, end)) && (start > 0 || end < text.length)) {
    start = Math.max(0, text.lastIndexOf('\n', start - 2) + 1);
    const next = text.indexOf('\n', end + 1);
    end = next < 0 ? text.length : next;
  }
  const verdict = verdictOf(listed);
  return {
    file: listed.file,
    find: text.slice(start, end),
    put: text.slice(start, from) + listed.put + text.slice(to, end),
    ...(verdict !== undefined && { [verdict]: listed[verdict] }),
  };
}

/** What is wrong with entries: one sentence each, with the entry's file. */
export function judgedFaults(
  judged: readonly Judged[],
  textOf: TextOf = textIn,
): readonly { readonly judged: Judged; readonly fault: string }[] {
  return judged.flatMap((each) => {
    const text = textOf(each.file);
    const shown = each.find.replaceAll(/\s+/g, ' ').slice(0, SHOWN_CHARS);
    const fault =
      text === undefined || spoiled(each, text) === undefined
        ? `${each.file} does not have this once, so its verdict speaks of nothing: ${shown}`
        : VERDICTS.filter((verdict) => each[verdict]).length === 1
          ? undefined
          : `one verdict is asked for, with its reason: ${shown}`;
    return fault === undefined ? [] : [{ judged: each, fault }];
  });
}

const SHOWN_CHARS = 100;

const judgedPath = (name: string): string => `tools/mutate/judged/${name}.json`;

export function readJudged(name: string): readonly Judged[] {
  const text = textIn(judgedPath(name));
  return text === undefined ? [] : (JSON.parse(text) as readonly Judged[]);
}

/** One line an entry, by file and place. */
function writeJudged(name: string, judged: readonly Judged[], textOf: TextOf = textIn): void {
  const place = ({ file, find }: Judged): number => textOf(file)?.indexOf(find) ?? -1;
  const sorted = judged.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : place(a) - place(b)));
  const path = `${ROOT}/${judgedPath(name)}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `[\n${sorted.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
}

const PACKAGE = /^[^/]+\/[^/]+/;

/** Takes the survivors that have a verdict into the lists of their packages, and drops what speaks of nothing. */
export function takeIn(listed: readonly Listed[], names: readonly string[]): readonly string[] {
  const fresh = Map.groupBy(
    listed.filter((each) => verdictOf(each) !== undefined),
    ({ file }) => PACKAGE.exec(file)?.[0] ?? file,
  );
  return [...new Set([...names, ...fresh.keys()])].map((name) => {
    const before = readJudged(name);
    const gone = new Set(judgedFaults(before).map(({ judged }) => judged));
    const more = (fresh.get(name) ?? []).map((each) => named(each, textIn(each.file) ?? ''));
    const key = ({ file, find, put }: Judged): string => JSON.stringify([file, find, put]);
    const all = new Map([...before.filter((each) => !gone.has(each)), ...more].map((each) => [key(each), each]));
    writeJudged(name, [...all.values()]);
    return `${judgedPath(name)}: ${all.size} judged, ${gone.size} dropped`;
  });
}
