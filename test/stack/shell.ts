/**
 * Short-lived commands (builds, look-ups): run to their end within a bound, with their output kept for the message when
 * they fail.
 */
import { execFile } from 'node:child_process';
import { bound, unavailable } from '@leasehold/kernel';

const MAX_OUTPUT_BYTES = bound('stack.command-output-bytes', 64 * 1024 * 1024);
const TAIL_LINES = 12;

export interface RunOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves with what the command wrote to its standard output. */
export type Run = (program: string, args: readonly string[], options: RunOptions) => Promise<string>;

const tail = (text: string): string => text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');

/** Errors: `Unavailable` (code `StackCommand`) when it is missing, fails or takes too long; ends with its last lines. */
export const run: Run = (program, args, options) =>
  new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES.value,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const why = error.killed
          ? `took longer than ${options.timeoutMs} ms`
          : `failed (${error.code ?? error.signal})`;
        const message = `${program} ${args[0] ?? ''} ${why}\n${tail(stderr || stdout)}`;
        reject(unavailable(message.trimEnd(), { code: 'StackCommand', cause: error }));
      },
    );
  });
