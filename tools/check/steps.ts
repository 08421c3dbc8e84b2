/**
 * The steps of `npm run check` and how they run: two at a time, each with its name and time, its output only when it failed, its
 * notes always.
 *
 * E1. Every step runs even if another failed: one run shows everything that is wrong.
 * E2. A step that does not end is stopped after its bound.
 * E3. A tool ends with all that it has started: after its bound, and when the check itself is told to stop.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { ROOT } from '../source-files.ts';
import { show } from './finding.ts';
import { HOUSE_RULES } from './house-rules.ts';
import { plantedBugs } from './planted-bugs.ts';

const AT_ONCE = 2;
const STEP_TIMEOUT_MS = 300_000;
const OUTPUT_CHARS = 4 * 1024 * 1024;

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
  return { name, run: () => runTool(`${ROOT}/node_modules/.bin/${command}`, args) };
}

/** @param limitMs it is stopped after that. */
export function runTool(path: string, args: readonly string[], limitMs = STEP_TIMEOUT_MS): Promise<Outcome> {
  return new Promise((resolve) => {
    // A group of its own: most tools are scripts that start another process, which would outlive them.
    const child = spawn(path, args, {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' },
    });
    running.add(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        said = (said + more).slice(-OUTPUT_CHARS);
      });
    let why = '';
    const timer = setTimeout(() => {
      why = `\nstopped after ${Math.ceil(limitMs / 1_000)} s`;
      end(child, 'SIGKILL');
    }, limitMs);
    const done = (ok: boolean, otherwise: string): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ ok, output: `${said.trim() || otherwise}${why}`.trim() });
    };
    child.once('error', (error) => done(false, error.message));
    child.once('close', (code, signal) => done(code === 0, code === 0 ? '' : `it ended with ${signal ?? code}`));
  });
}

const running = new Set<ChildProcess>();

function end({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Everything that runs now is told so too. */
export function endTools(signal: NodeJS.Signals): void {
  for (const child of running) end(child, signal);
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
  for (const note of outcome.notes ?? []) console.log(`     ${note}`);
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
