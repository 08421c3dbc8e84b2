/**
 * A process in which bugs are tried, with its questions and answers. One that is spoiled, hangs or dies is replaced before the next
 * question.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { ROOT } from '../source-files.ts';
import type { Answer, Load, Order } from './protocol.ts';

const MAIN = `${ROOT}/tools/mutate/child/main.ts`;
const LOAD_MS = 300_000;
const SHOWN_CHARS = 2_000;

export type Silence = { readonly kind: 'late' | 'gone' };

export interface Worker {
  /** @returns `late` when it took longer, `gone` when the process ended. */
  ask(order: Order, limitMs: number): Promise<Answer | Silence>;
  /** Nothing was asked yet of the process that answers next. */
  isFresh(): boolean;
  /** The next question goes to a fresh process. */
  replace(): void;
}

/** One that is in a loop would not notice that the tool is gone. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function start(): { readonly child: ChildProcess; readonly said: () => string } {
  const child = fork(MAIN, [], {
    cwd: ROOT,
    env: { ...process.env, NODE_V8_COVERAGE: '', NODE_ENV: 'test', VITEST: 'true' },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-SHOWN_CHARS);
  });
  return { child, said: () => text };
}

function question(child: ChildProcess, order: Order, limitMs: number): Promise<Answer | Silence> {
  return new Promise((resolve) => {
    const end = (answer: Answer | Silence): void => {
      clearTimeout(timer);
      child.off('message', end).off('exit', gone);
      resolve(answer);
    };
    const gone = (): void => end({ kind: 'gone' });
    const timer = setTimeout(() => end({ kind: 'late' }), limitMs);
    child.on('message', end).on('exit', gone);
    child.send(order, (error) => error && gone());
  });
}

export function createWorker(load: Load): Worker {
  let asked = 0;
  let current: { readonly child: ChildProcess; readonly said: () => string } | undefined;
  const replace = (): void => {
    current?.child.kill('SIGKILL');
    current = undefined;
    asked = 0;
  };
  const ready = async (): Promise<ChildProcess> => {
    if (current !== undefined) return current.child;
    const started = start();
    current = started;
    const answer = await question(started.child, load, LOAD_MS);
    if (answer.kind !== 'loaded')
      throw new Error(`the tests of ${load.folder} cannot be loaded (${answer.kind}): ${started.said()}`);
    return started.child;
  };
  return {
    async ask(order, limitMs) {
      const child = await ready();
      asked += 1;
      const answer = await question(child, order, limitMs);
      if (answer.kind === 'late' || answer.kind === 'gone') replace();
      return answer;
    },
    isFresh: () => asked === 0,
    replace,
  };
}
