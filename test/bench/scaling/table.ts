/**
 * The table of a run, as Markdown: one row for each trace, start-up delay and contender, and one for each contender over all.
 */

import type { Account } from './account.ts';
import { PLAIN_NAME } from './contenders.ts';

export interface Row {
  readonly trace: string;
  readonly startupS: number;
  readonly contender: string;
  readonly account: Account;
  /** Against repeating the newest value, at the start-up delay. */
  readonly errorRatio: number | undefined;
  /** Share that stayed below the 95 % point. */
  readonly below95: number | undefined;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : sum(values) / values.length);
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

const cell = (value: number | undefined, digits: number): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits);

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The plain autoscaler's account of the same trace and delay. */
const against = (rows: readonly Row[], row: Row): Account =>
  (
    rows.find((each) => each.trace === row.trace && each.startupS === row.startupS && each.contender === PLAIN_NAME) ??
    row
  ).account;

export function detailTable(rows: readonly Row[]): string {
  const headings = [
    'trace',
    'start-up',
    'who',
    'short min/week',
    'hours / plain',
    'ready hours / plain',
    'hours / oracle',
    'changes / plain',
    'error / naive',
    'below 95 %',
  ];
  return tableOf(
    headings,
    rows.map((row) => {
      const plain = against(rows, row);
      const { account } = row;
      return [
        row.trace,
        `${row.startupS} s`,
        row.contender,
        cell(account.shortMinutes / account.weeks, 0),
        cell(account.wantedHours / plain.wantedHours, 3),
        cell(account.readyHours / plain.readyHours, 3),
        cell(account.wantedHours / account.oracleHours, 2),
        cell(account.changes / Math.max(1, plain.changes), 2),
        cell(row.errorRatio, 2),
        cell(row.below95 === undefined ? undefined : row.below95 * 100, 1),
      ];
    }),
  );
}

const LEAST_SHORT_MINUTES = 30;

function summaryCells(all: readonly Row[], rows: readonly Row[], allowed: number): readonly string[] {
  const first = rows[0] as Row;
  const plains = rows.map((row) => against(all, row));
  const short = (account: Account): number => account.shortMinutes;
  const hours = rows.map((row, i) => row.account.wantedHours / (plains[i] as Account).wantedHours);
  const ratios = rows.flatMap((row, i) => {
    const plain = plains[i] as Account;
    return short(plain) > LEAST_SHORT_MINUTES ? [short(row.account) / short(plain)] : [];
  });
  const worse = rows.map(({ account }, i) => (short(account) - short(plains[i] as Account)) / account.weeks);
  const oracle = rows.map(({ account }) => account.wantedHours / account.oracleHours);
  const changes = rows.map(({ account }, i) => account.changes / Math.max(1, (plains[i] as Account).changes));
  const held = rows.filter(({ account }) => short(account) / account.weeks <= allowed).length;
  return [
    `${first.startupS} s`,
    first.contender,
    cell(sum(rows.map(({ account }) => short(account))) / Math.max(1e-9, sum(plains.map(short))), 3),
    cell(median(ratios), 2),
    cell(mean(hours), 3),
    cell(Math.max(...worse), 1),
    cell(Math.max(...changes), 2),
    `${held} of ${rows.length}`,
    cell(mean(rows.map(({ account }) => short(account) / account.weeks)), 0),
    `${cell(mean(oracle), 2)} (${cell(median(oracle), 2)})`,
    cell(mean(rows.flatMap((row) => row.errorRatio ?? [])), 2),
    cell(mean(rows.flatMap((row) => (row.below95 === undefined ? [] : [row.below95 * 100]))), 1),
  ];
}

export function summaryTable(rows: readonly Row[], allowed: number): string {
  const groups = Map.groupBy(rows, (row) => `${row.startupS} ${row.contender}`);
  const headings = [
    'start-up',
    'who',
    'short / plain, all traces',
    'median of traces',
    'hours / plain, mean',
    'worst: min/week over plain',
    'most changes / plain',
    `held ${allowed} min/week`,
    'min/week, mean',
    'hours / oracle: mean (median)',
    'error / naive',
    'below 95 %',
  ];
  return tableOf(
    headings,
    [...groups.values()].map((group) => summaryCells(rows, group, allowed)),
  );
}
