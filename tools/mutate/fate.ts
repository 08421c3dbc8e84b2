/**
 * What becomes of one bug: asked of a process in which others were tried before, and of a fresh one where that may have spoiled the answer.
 *
 * 1. A bug is found when a test fails under it and not without it, or when on a fresh process the tests do not end, or end the process.
 *    What does not end is told: nobody would wait for it, but no test has said so.
 * 2. What there was no time for, and what the tool could not do, is no answer.
 */
import type { Attempt, Favourites } from './orders.ts';
import type { Bug } from './plant.ts';
import type { Fate } from './report.ts';
import { type Worker, wordsOf } from './worker.ts';

/** @returns undefined: it was not tried to its end. */
export async function fateOf(
  worker: Worker,
  { bug, attempt }: { readonly bug: Bug; readonly attempt: Attempt },
  favourites: Favourites,
  say: (line: string) => void,
): Promise<Fate | undefined> {
  const { order, limitMs } = favourites.order(bug.file, attempt);
  for (;;) {
    const isFresh = worker.isFresh();
    const answer = await worker.ask(order, limitMs);
    if (answer.kind === 'over' || answer.kind === 'closed') return undefined;
    if (answer.kind === 'outcome') {
      const { fate, by = '' } = answer;
      if (fate === 'found') favourites.note(bug.file, by);
      if (fate !== 'doubtful') return fate;
      favourites.shun(bug.file, by);
    }
    worker.replace();
    // On a fresh process there was nothing but the bug to spoil it.
    if (!isFresh) continue;
    if (answer.kind !== 'outcome') say(`${bug.file}:${bug.line} ${bug.mutator}: ${wordsOf(answer)}`);
    return answer.kind === 'fault' ? undefined : 'found';
  }
}
