/**
 * Forecast error and coverage beside the scaling, in one table: the figures of the forecast bench, one row a model, in columns of their
 * own behind those of the summary.
 *
 * 1. Nothing is measured here: cells are taken from the forecast bench's tables by their headings. A cell that has no meaning for a row
 *    stays empty.
 */
type Cells = readonly string[];

interface Sheet {
  readonly head: Cells;
  readonly rows: readonly Cells[];
}

const HORIZONS = ['15 min', '1 h', '24 h'] as const;
const ERRORS = HORIZONS.map((name) => `MASE at ${name}`);
const COVERS = HORIZONS.map((name) => `90 % covers at ${name}`);
const COMBINED = 'combination';
const MEAN = 'mean of traces';

const cellsOf = (line: string): Cells =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

function sheetOf(markdown: string): Sheet {
  const [head = '', , ...rows] = markdown.split('\n').filter((line) => line.startsWith('|'));
  return { head: cellsOf(head), rows: rows.map(cellsOf) };
}

const pick = (sheet: Sheet, row: Cells | undefined, columns: readonly string[]): Cells =>
  columns.map((column) => row?.[sheet.head.indexOf(column)] ?? '');

const lineOf = (cells: Cells): string => `| ${cells.join(' | ')} |`;

/**
 * @param summary the table of the scaling.
 * @param forecasts models by horizon, an empty line, then traces by horizon.
 */
export function withForecasts(summary: string, forecasts: string): string {
  const [byModel, byTrace] = forecasts.split('\n\n').map(sheetOf);
  if (byModel === undefined || byTrace === undefined) throw new Error('the forecast bench made fewer than two tables');
  const own = sheetOf(summary);
  const mean = byTrace.rows.find((row) => row[0] === MEAN);
  const wide = [...own.head, ...ERRORS, ...COVERS];
  const behind = [...ERRORS, ...COVERS].map(() => '');
  const models = byModel.rows.map((row) => [
    ...own.head.map((_, i) => (i === 1 ? `forecast: ${row[0]}` : '')),
    ...pick(byModel, row, ERRORS),
    ...pick(byTrace, row[0] === COMBINED ? mean : undefined, COVERS),
  ]);
  const rows = [...own.rows.map((row) => [...row, ...behind]), ...models];
  return [wide, wide.map(() => '---'), ...rows].map(lineOf).join('\n');
}
