/**
 * What a process has opened, to be closed in reverse order. Owns order and time limits; leaves the closing itself to who
 * registered it.
 *
 * 1. Each close has its own time; one that fails or hangs does not keep the others from closing.
 * 2. What is registered after the closing has begun is closed too, at once.
 */
import { asFault, type Bound, type Clock, type Log } from '@leasehold/kernel';
import { settlesWithin } from '../resilience/deadline.ts';

export interface CloseStack {
  push(name: string, close: () => Promise<void> | void): void;
  /** True when everything closed well and in time. */
  closeAll(): Promise<boolean>;
}

interface Entry {
  readonly name: string;
  close(): Promise<void> | void;
}

export function createCloseStack(options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly closeMs: Bound;
}): CloseStack {
  const { clock, log, closeMs } = options;
  const entries: Entry[] = [];
  let finished = false;
  let isClean = true;
  const closeOne = async ({ name, close }: Entry): Promise<void> => {
    const closing = (async () => close())().catch((error) => {
      isClean = false;
      log.error('close failed', { part: name, err: asFault(error) });
    });
    if (await settlesWithin(clock, closeMs.value, closing)) return;
    isClean = false;
    log.error('close took too long, left behind', { part: name, bound: closeMs.name, ms: closeMs.value });
  };
  return {
    push: (name, close) => {
      if (finished) void closeOne({ name, close });
      else entries.push({ name, close });
    },
    closeAll: async () => {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) await closeOne(entry);
      finished = true;
      return isClean;
    },
  };
}
