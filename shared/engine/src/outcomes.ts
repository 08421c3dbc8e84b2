/**
 * Outcomes of a run on their way to the record. Those that let nothing begin wait a little for others, so that calls that end
 * one after the other share a commit.
 *
 * O1. Patches are recorded in the order in which they were made, each once.
 * O2. What waits is recorded with the next commit, when its time is over, or at the end of the run.
 * O3. After one that could not be recorded nothing is: what comes later may rest on it.
 */
import type { Bound, Clock } from '@leasehold/kernel';
import type { NodePatch } from './record.ts';

export interface Outcomes {
  hold(patches: readonly NodePatch[]): void;
  /** These, after all that wait. Rejects when they could not be recorded. */
  record(patches: readonly NodePatch[]): Promise<void>;
  /** Records what still waits. Rejects when that, or what its time had flushed, could not be recorded. */
  close(): Promise<void>;
}

interface Recording {
  readonly clock: Clock;
  readonly record: (patches: readonly NodePatch[]) => Promise<void>;
}

export function createOutcomes(input: Recording, delayMs: Bound): Outcomes {
  const ended = new AbortController();
  let held: NodePatch[] = [];
  let timed = false;
  let last: Promise<void> = Promise.resolve();
  const record = async (patches: readonly NodePatch[]): Promise<void> => {
    const all = [...held, ...patches];
    held = [];
    if (all.length > 0) await input.record(all);
  };
  const flush = (): void => {
    timed = false;
    last = record([]);
    // Told by whatever is recorded next, at the latest by `close`.
    last.catch(() => undefined);
  };
  return {
    hold: (patches) => {
      held.push(...patches);
      if (held.length === 0 || timed) return;
      timed = true;
      input.clock.sleep(delayMs.value, ended.signal).then(flush, () => undefined);
    },
    record: async (patches) => {
      await last;
      await record(patches);
    },
    close: async () => {
      ended.abort();
      await last;
      await record([]);
    },
  };
}
