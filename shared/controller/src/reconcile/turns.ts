/**
 * What happens now and then rather than on an occasion: each turn at once after the start, and then at its interval until the end.
 *
 * 1. A turn that a store or a backend kept from ending is tried again soon, whatever its interval.
 * 2. One turn takes its time without keeping the others waiting, and is never under way twice.
 */
import { asFault, type Bound, type Clock, type Log } from '@leasehold/kernel';

export interface Turn {
  readonly every: Bound;
  /** From its end to its next beginning, where that is not the interval alone. */
  readonly pauseMs?: () => number;
  run(signal: AbortSignal): Promise<unknown>;
}

export interface TurnsDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** 1. */
  readonly retryMs: Bound;
}

export interface Turns {
  /** Resolves when no turn is under way. */
  close(): Promise<void>;
}

export function startTurns(turns: readonly Turn[], deps: TurnsDeps): Turns {
  const stop = new AbortController();
  const loops = turns.map((turn) => repeat(turn, deps, stop.signal));
  return {
    close: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

async function repeat(turn: Turn, { clock, log, retryMs }: TurnsDeps, signal: AbortSignal): Promise<void> {
  const { every, pauseMs = () => every.value } = turn;
  while (!signal.aborted) {
    let untilMs = pauseMs;
    try {
      await turn.run(signal);
    } catch (error) {
      untilMs = () => Math.min(every.value, retryMs.value);
      if (!signal.aborted) log.debug('housekeeping waits', { loop: every.name, error: asFault(error) });
    }
    try {
      await clock.sleep(untilMs(), signal);
    } catch {
      return;
    }
  }
}
