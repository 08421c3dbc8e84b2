/**
 * `npm run bench`: the product beside the raw drivers, in one run on the same servers, in turns. Prints one table; keeps or
 * checks the ranges of the ratios when it is told to.
 *
 * 1. Only ratios are judged. The exit code is 1 when one left its range with --check, 2 when something could not be measured
 *    although LEASEHOLD_REQUIRE_STACK=1, 0 otherwise.
 * 2. Without servers the embedded lines are measured, and what was not is said in a sentence.
 * 3. Whatever it made is removed, also after a failure and an interruption.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { asFault, Fault } from '@leasehold/kernel';
import type { Line } from './figure.ts';
import { measureEmbeddedBus, measureSockets } from './lines/bus.ts';
import { measureEmbedded } from './lines/embedded.ts';
import { measureFleet } from './lines/fleet.ts';
import { measureLedger } from './lines/ledger.ts';
import { measureMany } from './lines/many.ts';
import { assertSameWork } from './lines/parity.ts';
import type { Place, RealPlace } from './lines/place.ts';
import { measureSettled } from './lines/settled.ts';
import { measureTenant } from './lines/tenant.ts';
import { type Options, parseOptions, type Section } from './options.ts';
import { judgeAll, type Kept, record } from './ranges.ts';
import { withRealPlace } from './real-place.ts';
import { findServers } from './servers.ts';
import { jsonOf, tableText } from './table.ts';

const RANGES = fileURLToPath(new URL('ranges.json', import.meta.url));
const EXIT = { ok: 0, failed: 1, notMeasured: 2, interrupted: 130 } as const;

const REAL: Readonly<Partial<Record<Section, (place: RealPlace) => Promise<readonly Line[]>>>> = {
  tenant: async (place) => {
    await assertSameWork(place);
    return measureTenant(place);
  },
  fleet: measureFleet,
  ledger: measureLedger,
  bus: measureSockets,
  many: measureMany,
};
const ANYWHERE: Readonly<Partial<Record<Section, (place: Place) => Promise<readonly Line[]>>>> = {
  bus: measureEmbeddedBus,
  embedded: measureEmbedded,
  settled: measureSettled,
};

interface Run {
  readonly lines: Line[];
  /** A sentence for each thing that could not be measured. */
  readonly absent: string[];
}

const wanted = (options: Options, of: object): readonly Section[] =>
  options.sections.filter((section) => Object.hasOwn(of, section));

async function measureOne(title: string, into: Run, measure: () => Promise<readonly Line[]>): Promise<void> {
  process.stderr.write(`${title} `);
  into.lines.push(...(await measure()));
  process.stderr.write('\n');
}

async function measureReal(options: Options, place: Place, into: Run): Promise<void> {
  const sections = wanted(options, REAL);
  if (sections.length === 0) return;
  const servers = await findServers(process.env, (line) => console.error(`  ${line}`));
  if (servers.kind === 'absent') {
    const names = sections.map((section) => (section === 'bus' ? 'bus over WebSocket' : section));
    into.absent.push(`not measured, for want of servers: ${names.join(', ')} (${servers.reason})`);
    return;
  }
  try {
    await withRealPlace(servers.env, place, async (real) => {
      for (const section of sections)
        await measureOne(section, into, () => REAL[section]?.(real) ?? Promise.resolve([]));
    });
  } finally {
    await servers.down();
  }
}

const readKept = (): Kept | undefined => {
  try {
    return JSON.parse(readFileSync(RANGES, 'utf8')) as Kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** @returns the exit code. */
function conclude(options: Options, { lines, absent }: Run): number {
  const flags = [`--pairs ${options.pairs}`, `--only ${options.sections.join(',')}`];
  const machine = { cores: availableParallelism(), node: process.versions.node };
  const made = { command: `npm run bench -- ${flags.join(' ')}`, machine };
  console.log(`\n${tableText(lines)}\n\n${made.command}, ${machine.cores} cores, Node ${machine.node}`);
  for (const sentence of absent) console.log(sentence);
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, jsonOf(lines, made, absent));
  const kept = readKept();
  if (options.action === 'record') writeFileSync(RANGES, `${JSON.stringify(record(kept, lines, made), null, 2)}\n`);
  const unmeasured = absent.length > 0 && process.env['LEASEHOLD_REQUIRE_STACK'] === '1';
  if (options.action !== 'check') return unmeasured ? EXIT.notMeasured : EXIT.ok;
  const judgements = judgeAll(lines, kept);
  for (const judgement of judgements) if (judgement.kind !== 'within') console.log(judgement.message);
  const left = judgements.filter(({ kind }) => kind === 'left').length;
  const within = judgements.filter(({ kind }) => kind === 'within').length;
  console.log(`${within} within their ranges, ${left} left`);
  return left > 0 ? EXIT.failed : unmeasured ? EXIT.notMeasured : EXIT.ok;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
  const place: Place = {
    pairs: options.pairs,
    signal: interrupted.signal,
    log: (text) => void process.stderr.write(text),
  };
  const into: Run = { lines: [], absent: [] };
  try {
    await measureReal(options, place, into);
    for (const section of wanted(options, ANYWHERE))
      await measureOne(`${section}, embedded`, into, () => ANYWHERE[section]?.(place) ?? Promise.resolve([]));
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    console.error('\ninterrupted: what was made is removed');
    return EXIT.interrupted;
  }
  return conclude(options, into);
}

process.exitCode = await main().catch((error: unknown) => {
  const fault = error instanceof Fault ? error : asFault(error);
  console.error(fault.class === 'Invalid' ? fault.message : error);
  return EXIT.failed;
});
