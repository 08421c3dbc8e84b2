/**
 * One run of the mutation tester over one target, in the workshop. Owns its settings; leaves what came of it to the report.
 *
 * 1. Of each planted bug only the tests run that reach its place.
 * 2. Words for people are not mutated (words.mjs): a changed message is no bug that a test should hold.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../source-files.ts';
import type { Stryker } from './install.ts';
import { type Mutant, readMutants } from './report.ts';
import type { Target } from './targets.ts';
import type { Workshop } from './workshop.ts';

export interface Mutation {
  readonly target: Target;
  readonly workshop: Workshop;
  readonly stryker: Stryker;
  /** What is known from earlier runs is forgotten. */
  readonly anew: boolean;
}

const CONCURRENCY = 2;
const TIMEOUT_MS = 10_000;
const VITEST_CONFIG = 'vitest.mutate.config.ts';
const STRYKER_CONFIG = 'stryker.config.json';

const vitestConfig = (tests: readonly string[]): string =>
  `export default { test: { include: ${JSON.stringify(tests)}, execArgv: ['--disable-warning=ExperimentalWarning'], testTimeout: 30000 } };\n`;

export async function mutate({ target, workshop, stryker, anew }: Mutation): Promise<readonly Mutant[]> {
  const { folder } = workshop;
  const name = target.name.replaceAll('/', '-');
  const incrementalFile = join(workshop.memory, `${name}.json`);
  const report = join(workshop.memory, `${name}.report.json`);
  rmSync(report, { force: true });
  writeFileSync(join(folder, VITEST_CONFIG), vitestConfig(target.tests));
  const settings = {
    testRunner: 'vitest',
    plugins: [stryker.plugin, join(ROOT, 'tools/mutate/words.mjs')],
    ignorers: ['words'],
    mutate: target.files,
    inPlace: true,
    coverageAnalysis: 'perTest',
    concurrency: CONCURRENCY,
    timeoutMS: TIMEOUT_MS,
    incremental: true,
    incrementalFile,
    force: anew,
    ignoreStatic: false,
    reporters: ['json'],
    jsonReporter: { fileName: report },
    vitest: { configFile: VITEST_CONFIG, related: false },
    tempDirName: '.stryker-tmp',
    logLevel: 'warn',
  };
  writeFileSync(join(folder, STRYKER_CONFIG), JSON.stringify(settings));
  console.log(`mutate: ${target.name}, ${target.files.length} file(s)`);
  const command = [stryker.command, 'run', STRYKER_CONFIG];
  const { status } = spawnSync(process.execPath, command, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  if (!existsSync(report)) throw new Error(`the mutation tester ended with ${status} and no report`);
  return readMutants(readFileSync(report, 'utf8'), target.files);
}
