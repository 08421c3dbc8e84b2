/**
 * Runs vitest for some projects as a child process, with its usual output on the screen and a JSON report in a file.
 *
 * V1. When the run is aborted, vitest is stopped, so that an interrupted run leaves no workers behind.
 * V2. Projects that share servers run with one worker.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../source-files.ts';
import type { ProjectName } from './projects.ts';
import { type Count, readReport } from './report.ts';

export interface VitestRun {
  readonly projects: readonly ProjectName[];
  /** Names of files, as vitest filters them. */
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly serial: boolean;
}

function execute(args: readonly string[], env: VitestRun['env'], signal: AbortSignal): Promise<number> {
  const command = [`${ROOT}/node_modules/vitest/vitest.mjs`, ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 1);
    });
  });
}

export async function runVitest(run: VitestRun, signal: AbortSignal): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'leasehold-test-'));
  const report = join(folder, 'report.json');
  const args = ['run', ...run.projects.flatMap((name) => ['--project', name]), ...run.files];
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--passWithNoTests');
  if (run.serial) args.push('--maxWorkers=1', '--no-file-parallelism');
  try {
    const code = await execute(args, run.env, signal);
    return readReport(run.projects.join(', '), report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
