/**
 * Runs the command in this process on surroundings that a test owns: time that passes at once, a terminal of memory.
 *
 * 1. A sleep of up to `instantMs` is over at once; a longer one never ends, but for its signal.
 */
import { seededRng } from '@leasehold/kernel';
import { run } from '../src/index.ts';

export interface RunOptions {
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly tty?: boolean;
  readonly typed?: string;
  readonly instantMs?: number;
  readonly interrupt?: AbortController;
  readonly onOut?: (text: string) => void;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const NOW_MS = Date.parse('2026-01-31T12:00:00.000Z');

function instantClock(instantMs: number) {
  let nowMs = NOW_MS;
  return {
    now: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const stop = (): void => reject(signal?.reason);
        if (signal?.aborted) return stop();
        signal?.addEventListener('abort', stop, { once: true });
        if (ms > instantMs) return;
        setTimeout(() => {
          nowMs += ms;
          signal?.removeEventListener('abort', stop);
          resolve();
        }, 0);
      }),
  };
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const tty = options.tty ?? false;
  const screen = (write: (text: string) => void) => ({ isTty: tty, columns: () => 100, rows: () => 30, write });
  const code = await run(args, {
    env: { LEASEHOLD_TOKEN: 'a.b.c', ...(options.url ? { LEASEHOLD_URL: options.url } : {}), ...options.env },
    cwd: options.cwd ?? '/nowhere',
    nodeVersion: '24.21.0',
    out: screen((text) => {
      out += text;
      options.onOut?.(text);
    }),
    err: screen((text) => {
      err += text;
    }),
    keyboard: {
      isTty: tty,
      readAll: async () => options.typed ?? '',
      ask: async (question) => {
        err += question;
        return options.typed ?? '';
      },
    },
    clock: instantClock(options.instantMs ?? 10_000),
    rng: seededRng(1),
    fetch: globalThis.fetch,
    newKey: () => 'key-of-this-invocation',
    interrupted: (options.interrupt ?? new AbortController()).signal,
  });
  return { code, out, err };
}

/** What a terminal shows after this text: the escapes that the command uses, no others. */
export function shown(text: string): { readonly lines: readonly string[]; readonly cursorVisible: boolean } {
  let lines = [''];
  let row = 0;
  let cursorVisible = true;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a terminal reads.
  for (const [part] of text.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) {
    if (part === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (part === '\u001b[?25l') cursorVisible = false;
    else if (part === '\u001b[?25h') cursorVisible = true;
    else if (part.endsWith('A')) row = Math.max(0, row - Number.parseInt(part.slice(2), 10));
    else if (part === '\u001b[0J') lines = [...lines.slice(0, row), ''];
    else if (!part.startsWith('\u001b') && part !== '\r') lines[row] = (lines[row] ?? '') + part;
  }
  return { lines, cursorVisible };
}
