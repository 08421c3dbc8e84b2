/**
 * Losing the answer to one raw call of a run, after its effect. Which run a call belongs to is known from its asynchronous context,
 * so that several runs, each of an object of its own, can lose answers side by side.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { unavailable } from '@leasehold/kernel';
import { expect } from 'vitest';
import type { AroundCall } from './provider.ts';

/** More calls than any provider makes for one object. */
const MOST_CALLS = 60;

export interface Loss {
  readonly around: AroundCall;
  /** Loses the n-th answer of `run`. @returns false where `run` made fewer calls than that. */
  lost(nth: number, run: () => Promise<unknown>): Promise<boolean>;
}

export function createLoss(): Loss {
  const runs = new AsyncLocalStorage<{ readonly at: number; count: number }>();
  return {
    around: async (call, run) => {
      const mine = runs.getStore();
      const isLost = mine !== undefined && ++mine.count === mine.at;
      const answer = await run();
      if (!isLost) return answer;
      throw unavailable(`the answer to ${call.name} was lost`, {
        code: 'BackendUnavailable',
        away: true,
        unknownOutcome: true,
      });
    },
    async lost(nth, run) {
      const failure = await runs.run({ at: nth, count: 0 }, run).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined) expect(failure).toMatchObject({ class: 'Unavailable', unknownOutcome: true });
      return failure !== undefined;
    },
  };
}

/**
 * Tries the loss of the first answer, the second, and so on, until a run made fewer calls: a call that is added later is tried too.
 *
 * @param atOnce how many are tried side by side.
 * @param crash one run and all that is asked of what it left; @returns whether an answer was lost.
 */
export async function eachLoss(atOnce: number, crash: (nth: number) => Promise<boolean>): Promise<void> {
  for (let first = 1; first < MOST_CALLS; first += atOnce) {
    const crashed = await Promise.all(Array.from({ length: atOnce }, (_, index) => crash(first + index)));
    if (first === 1) expect(crashed[0], 'a run makes a call whose answer can be lost').toBe(true);
    if (crashed.includes(false)) return;
  }
  expect.unreachable('it makes more calls than the bound');
}
