/**
 * Server processes on this machine: started so that they outlive the run that started them, named by pid and birth, ended
 * by signal.
 *
 * 1. A process is signalled only if its birth is the one we recorded: a pid that was handed on is somebody else's.
 * 2. A zombie has ended once its other threads have: until then its ports may still be taken.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { bound, type Clock, unavailable } from '@leasehold/kernel';
import type { ProcessMark } from './state.ts';

const STOP_MS = bound('stack.stop-ms', 40_000);
const POLL_MS = 50;

interface Stat {
  readonly state: string;
  readonly threads: number;
  readonly birth: string;
}

/** The state letter, number of threads and start time (ticks since boot) in the text of /proc/<pid>/stat. */
export function parseStat(text: string): Stat | undefined {
  // The second field is the program's name in brackets, which may itself hold brackets and spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, threads, birth] = [fields[0], fields[17], fields[19]];
  return state && birth ? { state, threads: Number(threads), birth } : undefined;
}

function statOf(pid: number): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

export function isRunning(mark: ProcessMark): boolean {
  const stat = statOf(mark.pid);
  if (stat === undefined || stat.birth !== mark.birth || stat.state === 'X') return false;
  return stat.state !== 'Z' || stat.threads > 1;
}

/** Bytes of memory that the process holds, or undefined once it has ended. */
export function residentBytes(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** Errors: `Unavailable` (code `StackLaunch`) when the program cannot be started at all. */
export async function launchProcess(launch: Launch): Promise<ProcessMark> {
  const log = openSync(launch.logFile, 'a', 0o600);
  try {
    const child = spawn(launch.program, [...launch.args], {
      cwd: launch.cwd,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...launch.env },
      detached: true,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid as number;
    return { pid, birth: statOf(pid)?.birth ?? '0' };
  } catch (error) {
    throw unavailable(`cannot start ${launch.program}`, { code: 'StackLaunch', cause: error });
  } finally {
    closeSync(log);
  }
}

/** Does nothing to a process that has ended. */
export function signalProcess(mark: ProcessMark, signal: NodeJS.Signals): void {
  if (!isRunning(mark)) return;
  try {
    process.kill(mark.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function waitForEnd(mark: ProcessMark, limitMs: number, clock: Clock): Promise<boolean> {
  for (const until = clock.now() + limitMs; isRunning(mark); ) {
    if (clock.now() >= until) return false;
    await clock.sleep(POLL_MS);
  }
  return true;
}

/** Asks, also when paused, and insists after a while. */
export async function endProcess(mark: ProcessMark, clock: Clock): Promise<void> {
  signalProcess(mark, 'SIGTERM');
  signalProcess(mark, 'SIGCONT');
  if (await waitForEnd(mark, STOP_MS.value, clock)) return;
  signalProcess(mark, 'SIGKILL');
  await waitForEnd(mark, STOP_MS.value, clock);
}
