/**
 * The steps of `npm run check` and how they run: two at a time, each with its name and time, its output only when it failed, notes always.
 *
 * E1. Every step runs even if another failed: one run shows everything that is wrong.
 * E2. A step that does not end is stopped after its bound.
 */
import { execFile } from 'node:child_process';
import { ROOT } from '../source-files.ts';
import { show } from './finding.ts';
import { HOUSE_RULES } from './house-rules.ts';
import { plantedBugs } from './planted-bugs.ts';

const AT_ONCE = 2;
const STEP_TIMEOUT_MS = 300_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;

export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  /** Said also when all is well. */
  readonly notes?: readonly string[];
}

export interface Step {
  readonly name: string;
  run(): Promise<Outcome>;
}

/** A tool of node_modules/.bin. */
export function tool(name: string, command: string, ...args: readonly string[]): Step {
  const options = {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: STEP_TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' },
  } as const;
  const run = () =>
    new Promise<Outcome>((resolve) => {
      execFile(`${ROOT}/node_modules/.bin/${command}`, args, options, (error, stdout, stderr) => {
        const reason = error && stdout === '' && stderr === '' ? error.message : '';
        resolve({ ok: error === null, output: `${stdout}${stderr}${reason}`.trim() });
      });
    });
  return { name, run };
}

const houseRules: readonly Step[] = HOUSE_RULES.map((rule) => ({
  name: rule.name,
  run: async () => {
    const findings = rule.find();
    return { ok: findings.length === 0, output: findings.map(show).join('\n') };
  },
}));

export const STEPS: readonly Step[] = [
  tool('types', 'tsc', '-p', 'tsconfig.json'),
  tool('format and lint', 'biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'),
  tool('unused', 'knip', '--no-progress'),
  tool('boundaries', 'turbo', 'boundaries', '--no-color'),
  ...houseRules,
  { name: 'planted bugs', run: plantedBugs },
];

async function runStep(step: Step): Promise<boolean> {
  const startedAtMs = performance.now();
  const outcome = await step.run().catch((error: unknown): Outcome => ({ ok: false, output: String(error) }));
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${outcome.ok ? 'ok  ' : 'FAIL'} ${step.name.padEnd(18)} ${seconds.padStart(5)} s`);
  if (!outcome.ok) console.log(`${outcome.output.replace(/^/gm, '     ')}\n`);
  else for (const note of outcome.notes ?? []) console.log(`     ${note}`);
  return outcome.ok;
}

/** @returns names of the steps that failed. */
export async function runSteps(steps: readonly Step[]): Promise<readonly string[]> {
  const queue = [...steps];
  const failed: string[] = [];
  const lane = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      if (!(await runStep(step))) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return failed;
}
