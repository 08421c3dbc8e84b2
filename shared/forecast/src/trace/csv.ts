/**
 * Reads a trace from `timestamp,value` text. It collects every problem instead of stopping at the first, so that a file is mended
 * in one go; reading the file from disk is its caller's.
 *
 * 1. Nothing is guessed: a row that is doubled, out of order, off the step, negative, beyond `LARGEST_LOAD` or no number makes the file
 *    invalid.
 * 2. Rows that are missing are gaps (NaN), up to a bound.
 * 3. The step is the commonest distance between neighbouring rows.
 * 4. A message names the line and the value it received, cut to a bound.
 */
import { bound, parseInstant } from '@leasehold/kernel';
import { LARGEST_LOAD, type TraceOutcome } from './trace.ts';

const MOST_ROWS = bound('trace rows', 2_000_000);
const MOST_INTERVALS = bound('trace intervals, gaps included', 4_000_000);
const MOST_PROBLEMS = bound('trace problems shown', 20);
const MOST_SHOWN = bound('characters of a value shown', 40);

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

interface Row {
  readonly line: number;
  readonly atMs: number;
  readonly value: number;
}

interface Problems {
  add(message: string): void;
  list(): readonly string[];
}

function collectProblems(): Problems {
  const shown: string[] = [];
  let more = 0;
  return {
    add: (message) => {
      if (shown.length < MOST_PROBLEMS.value) shown.push(message);
      else more++;
    },
    list: () => (more === 0 ? shown : [...shown, `and ${more} more problems`]),
  };
}

const show = (text: string): string =>
  JSON.stringify(text.length > MOST_SHOWN.value ? `${text.slice(0, MOST_SHOWN.value)}...` : text);

/** ms since the epoch, or undefined for what is no ISO 8601 time with a zone: a file of one place is read in another. */
export const parseIsoTime = (text: string): number | undefined => parseInstant(text, 'required');

/** @returns the trace, or all its problems, each a sentence with its line. */
export function parseTrace(text: string): TraceOutcome {
  const problems = collectProblems();
  const rows = parseRows(text, problems);
  checkOrder(rows, problems);
  if (problems.list().length > 0) return { kind: 'invalid', problems: problems.list() };
  return placeRows(rows, problems);
}

function parseRows(text: string, problems: Problems): readonly Row[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  if (lines.length === 0) {
    problems.add('the file is empty: a line `timestamp,value` and at least two rows are asked for');
    return [];
  }
  const header = (lines[0] as string).trim();
  if (header.toLowerCase() !== 'timestamp,value')
    problems.add(`line 1: the header must be "timestamp,value", got ${show(header)}`);
  if (lines.length - 1 > MOST_ROWS.value) {
    problems.add(`${lines.length - 1} rows, the bound is ${MOST_ROWS.value}`);
    return [];
  }
  const rows: Row[] = [];
  for (let i = 1; i < lines.length; i++) {
    const row = parseRow(lines[i] as string, i + 1, problems);
    if (row !== undefined) rows.push(row);
  }
  if (lines.length < 3) problems.add(`${lines.length - 1} row(s): at least two are needed to know the step`);
  return rows;
}

function parseRow(text: string, line: number, problems: Problems): Row | undefined {
  const fields = text.split(',');
  if (fields.length !== 2) {
    problems.add(`line ${line}: two fields are asked for, got ${show(text)}`);
    return undefined;
  }
  const [time, number] = fields.map((field) => field.trim()) as [string, string];
  const atMs = parseIsoTime(time);
  if (atMs === undefined)
    problems.add(
      `line ${line}: timestamp must be ISO 8601 with a zone, such as 2026-01-31T09:05:00Z, got ${show(time)}`,
    );
  const value = DECIMAL.test(number) ? Number(number) : Number.NaN;
  if (!Number.isFinite(value)) problems.add(`line ${line}: value must be a finite number, got ${show(number)}`);
  else if (value < 0) problems.add(`line ${line}: value must not be negative, got ${show(number)}`);
  else if (value > LARGEST_LOAD.value)
    problems.add(`line ${line}: value must be at most ${LARGEST_LOAD.value}, got ${show(number)}`);
  return atMs === undefined || !Number.isFinite(value) ? undefined : { line, atMs, value };
}

function checkOrder(rows: readonly Row[], problems: Problems): void {
  for (let i = 1; i < rows.length; i++) {
    const [before, row] = [rows[i - 1] as Row, rows[i] as Row];
    const at = new Date(row.atMs).toISOString();
    if (row.atMs === before.atMs) problems.add(`line ${row.line}: ${at} is there twice (line ${before.line})`);
    else if (row.atMs < before.atMs)
      problems.add(
        `line ${row.line}: ${at} comes after a later row (line ${before.line}): rows must be sorted by time`,
      );
  }
}

function commonestStepMs(rows: readonly Row[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < rows.length; i++) {
    const distance = (rows[i] as Row).atMs - (rows[i - 1] as Row).atMs;
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  // Of two that are equally common the shorter: the longer is then a gap.
  return [...counts].reduce((best, each) =>
    each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best,
  )[0];
}

function placeRows(rows: readonly Row[], problems: Problems): TraceOutcome {
  const stepMs = commonestStepMs(rows);
  const startMs = (rows[0] as Row).atMs;
  const length = Math.floor(((rows.at(-1) as Row).atMs - startMs) / stepMs) + 1;
  if (length > MOST_INTERVALS.value)
    problems.add(
      `${length} intervals of ${stepMs / 1000} s from first to last row, the bound is ${MOST_INTERVALS.value}`,
    );
  const values = new Float64Array(Math.min(length, MOST_INTERVALS.value)).fill(Number.NaN);
  for (const row of rows) {
    const index = (row.atMs - startMs) / stepMs;
    if (Number.isInteger(index)) values[index] = row.value;
    else
      problems.add(
        `line ${row.line}: ${new Date(row.atMs).toISOString()} is off the step of ${stepMs / 1000} s that the file has`,
      );
  }
  const list = problems.list();
  return list.length > 0 ? { kind: 'invalid', problems: list } : { kind: 'trace', trace: { startMs, stepMs, values } };
}
