/**
 * `npm run bench:scaling -- [--traces DIR] [--startup 120,600] [--share 20] [--days 7] [--speed]`: what the policy, each forecast model alone and
 * the plain autoscaler would have cost over recorded loads, and how good the forecasts of hours ahead are, as Markdown on stdout.
 * LEASEHOLD_TRACES stands in for --traces; without either, seeded synthetic loads are replayed.
 *
 * 1. A replica bears a share of the load's 99th percentile (--share): the choice that the hours are least sensitive to.
 * 2. The first --days are history; minutes, hours and changes count from then on.
 */
import { parseArgs } from 'node:util';
import { parsePolicy } from '@leasehold/scaler';
import { accountOf, type Place } from './account.ts';
import { CONTENDERS, MINUTES_PER_WEEK } from './contenders.ts';
import { forecastTables } from './forecasts.ts';
import { withForecasts } from './foresight.ts';
import { measureSpeed } from './speed.ts';
import { detailTable, type Row, summaryTable } from './table.ts';
import { type NamedTrace, readTraces, syntheticTraces } from './traces.ts';

const TICK_S = 15;
const DAY_MS = 86_400_000;
const UNBOUNDED = 10_000;

const { values: given } = parseArgs({
  options: {
    traces: { type: 'string' },
    startup: { type: 'string', default: '120,600' },
    share: { type: 'string', default: '20' },
    days: { type: 'string', default: '7' },
    speed: { type: 'boolean', default: false },
  },
});

const folder = given.traces ?? process.env['LEASEHOLD_TRACES'];
const traces = given.speed ? [] : folder === undefined ? syntheticTraces() : await readTraces(folder);
const parsed = parsePolicy({}, UNBOUNDED);
if (parsed.kind === 'invalid') throw new Error('the default policy is not valid');
const { policy } = parsed;

function capacityOf({ trace }: NamedTrace): number {
  const sorted = trace.values.filter((value) => !Number.isNaN(value)).sort();
  return (sorted[Math.min(sorted.length - 1, Math.floor(0.99 * sorted.length))] as number) / Number(given.share);
}

function measure(named: NamedTrace, startupS: number): readonly Row[] {
  const { trace } = named;
  const fromMs = trace.startMs + Math.round(Number(given.days) * DAY_MS);
  const place: Place = { capacity: capacityOf(named), startupS, tickS: TICK_S, fromMs };
  return CONTENDERS.map((contender) => {
    const { wanted, scaler } = contender.run(trace, place, policy);
    const quality = scaler?.quality();
    process.stderr.write(`${named.name}, ${startupS} s: ${contender.name}\n`);
    return {
      trace: named.name,
      startupS,
      contender: contender.name,
      account: accountOf(trace, place, wanted),
      errorRatio: quality?.errorRatio,
      below95: quality === undefined ? undefined : 1 - quality.above05,
    };
  });
}

async function measureAll(): Promise<string> {
  const rows = given.startup
    .split(',')
    .flatMap((startup) => traces.flatMap((named) => measure(named, Number(startup))));
  const forecasts = await forecastTables(traces, (line) => void process.stderr.write(`${line}\n`));
  return `## All traces\n\n${withForecasts(summaryTable(rows, MINUTES_PER_WEEK), forecasts)}\n\n## Each trace\n\n${detailTable(rows)}\n`;
}

process.stdout.write(given.speed ? measureSpeed() : await measureAll());
