/**
 * A process in which bugs are tried, with its questions and answers.
 *
 * 1. One that is spoiled, hangs or dies is replaced before the next question.
 * 2. What a process says before it dies, or why it could not do what it was asked for, is told.
 * 3. All of them end with the tool.
 * 4. A test that is stuck is not waited for as long as for all tests of an order. In a process in which others were tried before it is
 *    given up sooner: the answer is asked of a fresh one then.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { ROOT } from '../source-files.ts';
import type { Answer, Load, Order, Progress } from './protocol.ts';

const MAIN = `${ROOT}/tools/mutate/child/main.ts`;
const LOAD_MS = 300_000;
const SHOWN_CHARS = 2_000;

export type Silence = { readonly kind: 'late' | 'over' | 'closed' } | { readonly kind: 'gone'; readonly said: string };

export interface Worker {
  /**
   * @returns `late` when it took longer than its limit, `over` when there is no time left for all of that, `gone` when the process
   * ended, `closed` when nothing is answered any more.
   * @throws Error where the tests cannot be loaded.
   */
  ask(order: Order, limitMs: number): Promise<Answer | Silence>;
  /** Nothing was asked yet of the process that answers next. */
  isFresh(): boolean;
  /** The next question goes to a fresh process. */
  replace(): void;
  /** No question is answered any more. */
  close(): void;
}

/** One that is in a loop would not notice that the tool is gone. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
}

function start(): Started {
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

/** The longest wait that a timer knows. */
const MOST_MS = 2 ** 31 - 1;

/** What one test may take: in a used process, and in a fresh one. A test that does not block is given up before, by its own process. */
const STUCK = { used: { leastMs: 3_000, slower: 12 }, fresh: { leastMs: 8_000, slower: 25 } };

interface Limits {
  readonly limitMs: number;
  readonly leftMs: () => number;
  readonly stuck: (typeof STUCK)['used'];
}

/** What the order needs is loaded first; its own time begins when that is done. */
function question({ child, said }: Started, order: Order, { limitMs, leftMs, stuck }: Limits) {
  return new Promise<Answer | Silence>((resolve) => {
    const end = (answer: Answer | Silence): void => {
      clearTimeout(whole);
      clearTimeout(test);
      child.off('message', hear).off('close', gone);
      resolve(answer);
    };
    const gone = (): void => end({ kind: 'gone', said: said().trim() });
    const within = (ms: number): NodeJS.Timeout => {
      const left = leftMs();
      return setTimeout(() => end({ kind: left < ms ? 'over' : 'late' }), Math.min(ms, left, MOST_MS));
    };
    let whole = within(LOAD_MS);
    let test: NodeJS.Timeout | undefined;
    const hear = (message: Answer | Progress): void => {
      if (message.kind === 'began') {
        clearTimeout(test);
        test = within(stuck.leastMs + stuck.slower * message.ms);
      } else if (message.kind === 'ready') {
        clearTimeout(whole);
        whole = within(limitMs);
      } else end(message);
    };
    // Closed only after all that it had to say.
    child.on('message', hear).on('close', gone);
    child.send(order, (error) => error && gone());
  });
}

/** @param leftMs how much time there is for loading too; absent: enough. */
export function createWorker(
  load: Load,
  leftMs: () => number = () => Number.POSITIVE_INFINITY,
  patience = STUCK,
): Worker {
  let asked = 0;
  let closed = false;
  let current: Started | undefined;
  const replace = (): void => {
    current?.child.kill('SIGKILL');
    current = undefined;
    asked = 0;
  };
  /** @returns undefined: there was no time for it. */
  const ready = async (): Promise<Started | undefined> => {
    if (current !== undefined) return current;
    current = start();
    const started = current;
    const answer = await question(started, load, { limitMs: LOAD_MS, leftMs, stuck: patience.fresh });
    if (answer.kind === 'loaded') return started;
    replace();
    if (closed || answer.kind === 'over') return undefined;
    throw new Error(`the tests of ${load.folder} cannot be loaded: ${wordsOf(answer)}`);
  };
  return {
    async ask(order, limitMs) {
      const started = closed ? undefined : await ready();
      if (started === undefined) return { kind: closed ? 'closed' : 'over' };
      const stuck = asked === 0 ? patience.fresh : patience.used;
      asked += 1;
      const answer = await question(started, order, { limitMs, leftMs, stuck });
      if (closed) return { kind: 'closed' };
      if (answer.kind === 'late' || answer.kind === 'gone' || answer.kind === 'over') replace();
      return answer;
    },
    isFresh: () => asked === 0,
    replace,
    close() {
      closed = true;
      replace();
    },
  };
}

/** Why there was no answer, or not the one that was asked for. */
export const wordsOf = (answer: Answer | Silence): string => {
  if (answer.kind === 'fault') return answer.message;
  if (answer.kind === 'late') return 'it took too long';
  if (answer.kind === 'over') return 'there was no time left';
  return answer.kind === 'gone' ? `its process ended: ${answer.said || 'without a word'}` : `it said ${answer.kind}`;
};
