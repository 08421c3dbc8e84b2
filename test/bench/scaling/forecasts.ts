/**
 * Measures the forecasts over recorded loads: error and coverage of each model alone and of their combination, as Markdown.
 *
 * 1. Origins lie in the second half of each trace, evenly; every forecast knows only what came before.
 * 2. Two readings of an error at a horizon are told: of the one interval that far ahead, and of the mean of all up to it.
 * 3. A trace whose step is longer than five minutes keeps it.
 */
import { type BacktestRow, backtestTrace, COMBINATION } from '@leasehold/forecast';
import { loadDecompose } from '@leasehold/forecast/edge';
import { resampleTrace, type Trace } from '@leasehold/forecast/trace';
import { median } from './table.ts';
import type { NamedTrace } from './traces.ts';

const STEP_MS = 300_000;
const HORIZONS = [
  { name: '15 min', ms: 900_000 },
  { name: '1 h', ms: 3_600_000 },
  { name: '24 h', ms: 86_400_000 },
] as const;
const ORIGINS = 200;
const AFTER = 0.5;

interface Measured {
  readonly trace: string;
  readonly rows: readonly BacktestRow[];
}

function inSteps({ name, trace }: NamedTrace): Trace {
  const outcome = resampleTrace(trace, Math.max(STEP_MS, trace.stepMs));
  if (outcome.kind === 'invalid') throw new Error(`${name}: ${outcome.problems.join('; ')}`);
  return outcome.trace;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const cell = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '' : value.toFixed(3);
const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [lineOf(head), lineOf(head.map(() => '---')), ...rows.map(lineOf)].join('\n');

/** Two tables: all traces by model and horizon, then the combination on each trace. */
export async function forecastTables(traces: readonly NamedTrace[], log: (line: string) => void): Promise<string> {
  const decompose = await loadDecompose();
  const measured = traces.map((named): Measured => {
    const options = { horizonsMs: HORIZONS.map(({ ms }) => ms), origins: ORIGINS, after: AFTER, decompose };
    const rows = backtestTrace(inSteps(named), options);
    log(`${named.name}: forecasts measured`);
    return { trace: named.name, rows };
  });
  return `${modelTable(measured)}\n\n${traceTable(measured)}`;
}

function modelTable(measured: readonly Measured[]): string {
  const models = [...new Set(measured.flatMap(({ rows }) => rows.map(({ model }) => model)))];
  const of = (model: string, ms: number) =>
    measured.flatMap(({ rows }) => rows.filter((row) => row.model === model && row.horizonMs === ms));
  const head = ['model', ...HORIZONS.flatMap(({ name }) => [`MASE at ${name}`, `up to ${name}`])];
  return tableOf(
    head,
    models.map((model) => [
      model,
      ...HORIZONS.flatMap(({ ms }) => [
        cell(median(of(model, ms).map(({ atMase }) => atMase))),
        cell(median(of(model, ms).map(({ pathMase }) => pathMase))),
      ]),
    ]),
  );
}

function traceTable(measured: readonly Measured[]): string {
  const parts = ['MASE at', 'up to', '90 % covers at', 'up to'];
  const head = ['trace', 'origins', ...HORIZONS.flatMap(({ name }) => parts.map((part) => `${part} ${name}`))];
  const figures = measured.map(({ rows }) =>
    rows
      .filter(({ model }) => model === COMBINATION)
      .flatMap((row) => [row.atMase, row.pathMase, row.atCoverage90 ?? Number.NaN, row.pathCoverage90 ?? Number.NaN]),
  );
  const over = (summary: (values: readonly number[]) => number) =>
    (figures[0] ?? []).map((_, column) => cell(summary(figures.map((row) => row[column] as number))));
  return tableOf(head, [
    ...measured.map(({ trace, rows }, i) => [trace, String(rows[0]?.origins ?? 0), ...(figures[i] ?? []).map(cell)]),
    ['median of traces', '', ...over(median)],
    ['mean of traces', '', ...over(mean)],
  ]);
}
