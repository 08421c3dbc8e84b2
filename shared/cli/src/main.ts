/**
 * The real surroundings: this process, its terminal, its signals. Runs the command that the arguments name.
 *
 * 1. The first signal asks everything to end and is answered in time; a second one is taken as the first, because the
 *    terminal and the launcher may both send it.
 * 2. A reader that went away (`| head`) ends the command without a word.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { seededRng, systemClock } from '@leasehold/kernel';
import { Failure } from './failure.ts';
import { run } from './program.ts';
import type { Keyboard, Screen } from './surroundings.ts';

const WIDE = 120;
const TALL = 40;

const screenOf = (stream: NodeJS.WriteStream): Screen => ({
  isTty: stream.isTTY === true,
  columns: () => stream.columns ?? WIDE,
  rows: () => stream.rows ?? TALL,
  write: (text) => {
    stream.write(text);
  },
});

const keyboard: Keyboard = {
  isTty: process.stdin.isTTY === true && process.stderr.isTTY === true,
  readAll: async (signal) => {
    const decoder = new TextDecoder();
    let text = '';
    const end = (): void => void process.stdin.destroy();
    signal.addEventListener('abort', end, { once: true });
    for await (const chunk of process.stdin) text += decoder.decode(chunk as Uint8Array, { stream: true });
    signal.throwIfAborted();
    return text + decoder.decode();
  },
  ask: async (question, signal) => {
    // Without its own terminal mode Ctrl-C stays a signal.
    const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
    try {
      const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
      return await Promise.race([lines.question(question, { signal }), closed]);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      lines.close();
    }
  },
};

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () =>
    interrupt.abort(new Failure('interrupted', 'interrupted; what was asked may have been begun')),
  );
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  nodeVersion: process.versions.node,
  out: screenOf(process.stdout),
  err: screenOf(process.stderr),
  keyboard,
  clock: systemClock,
  rng: seededRng(randomInt(2 ** 31)),
  fetch: globalThis.fetch,
  newKey: () => randomUUID(),
  interrupted: interrupt.signal,
});
