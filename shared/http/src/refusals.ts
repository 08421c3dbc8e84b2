/**
 * Tells of callers whose token is refused, with the reason and never the token: each reason at most once in `everyMs`, with
 * how many more there were, because a client that is set up wrongly asks many times a second.
 */
import { type Bound, bound, type Clock, createLru, type Log } from '@leasehold/kernel';
import { asProblem } from './problem.ts';

const EVERY_MS: Bound = bound('refused tokens told every ms', 60_000);
const REASONS: Bound = bound('reasons of refused tokens', 32);

export interface Refusals {
  /** Any error of a request; what is no refusal of its token is nothing. */
  note(error: unknown, route: string): void;
}

export function createRefusals({ clock, log }: { readonly clock: Clock; readonly log: Log }): Refusals {
  const told = createLru<string, { readonly atMs: number; more: number }>(REASONS);
  return {
    note: (error, route) => {
      const { code, message } = asProblem(error);
      if (code !== 'unauthenticated') return;
      const nowMs = clock.now();
      const last = told.peek(message);
      if (last !== undefined && nowMs - last.atMs < EVERY_MS.value) {
        last.more += 1;
        return;
      }
      told.set(message, { atMs: nowMs, more: 0 });
      log.warn('a caller is not let in', {
        reason: message,
        route,
        ...(last !== undefined && last.more > 0 && { more_of_these: last.more }),
        next: 'leasehold doctor, run where the caller is, says which token it sends and what is wrong with it',
      });
    },
  };
}
