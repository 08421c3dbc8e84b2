/**
 * The table that a run prints, and the same as JSON. Pure.
 */
import { figureOf, type Line, type Spread, type Unit } from './figure.ts';

const HEADINGS = ['what', 'product', 'raw', 'product / raw: median [least..most]', 'against'];

/** Three figures that count, and no exponent. */
export function numberText(value: number): string {
  if (value === 0) return '0';
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 3));
}

const withUnit = (value: number, unit: Unit): string => `${numberText(value)} ${unit === '1/s' ? '/s' : unit}`;
const spreadText = ({ median, least, most }: Spread): string =>
  `${numberText(median)} [${numberText(least)}..${numberText(most)}]`;

function cellsOf(line: Line): readonly string[] {
  const { product, raw, ratio } = figureOf(line.pairs);
  return [
    line.what,
    withUnit(product.median, line.unit),
    withUnit(raw.median, line.unit),
    `${spreadText(ratio)} ${line.better === 'lower' ? '(less is better)' : '(more is better)'}`,
    line.note === undefined ? line.against : `${line.against}; ${line.note}`,
  ];
}

export function tableText(lines: readonly Line[]): string {
  const rows = [HEADINGS, ...lines.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [text[0], widths.map((width) => '-'.repeat(width)).join('  '), ...text.slice(1)].join('\n');
}

/** What `--json` writes: each line with its pairs, so that anybody can compute something else of them. */
export const jsonOf = (lines: readonly Line[], made: object, absent: readonly string[]): string =>
  `${JSON.stringify({ ...made, not_measured: absent, lines: lines.map((line) => ({ ...line, ...figureOf(line.pairs) })) }, null, 2)}\n`;
