/**
 * `npm run bench:forecast -- [--traces DIR] [--series 100]`: error and coverage of the forecasts, and what they cost, as Markdown on
 * stdout. LEASEHOLD_TRACES stands in for --traces; without either, seeded synthetic loads are measured. --series 0 leaves the costs out.
 */
import { parseArgs } from 'node:util';
import { forecastSpeed } from './forecast-speed.ts';
import { forecastTables } from './forecasts.ts';
import { readTraces, syntheticTraces } from './traces.ts';

const { values: given } = parseArgs({
  options: { traces: { type: 'string' }, series: { type: 'string', default: '100' } },
});
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const folder = given.traces ?? process.env['LEASEHOLD_TRACES'];
const traces = folder === undefined ? syntheticTraces() : await readTraces(folder);
process.stdout.write(`${await forecastTables(traces, log)}\n`);
const count = Number(given.series);
if (count > 0) process.stdout.write(`\n${await forecastSpeed(count, log)}\n`);
