/**
 * What the work queue looks like to its callers. Owns types only; work-queue.ts runs it.
 *
 * W1. A key is in the queue once; of several times asked for, the earliest wins.
 * W2. A key is never worked on twice at once; an `add` during its run has it run again afterwards.
 * W3. Urgent keys (new work) go before all others that are due.
 * W4. A failed key waits by backoff; a plain `add` does not shorten that wait, an urgent one does.
 * W5. Beyond the capacity new keys are dropped: hints in the store find them again, so nothing is lost by it.
 * W6. Low keys go after all others, and only `lowParallelism` of them are worked on at once; asked for otherwise too, a key is
 *     low no more.
 * W7. Takeovers are what another process had begun and may never end. They go before all others, and `parallelism` of them are worked on
 *     beside as many others: what a dead process was at waits for no place here.
 */
import type { BackoffBounds, Bound, Clock, Log, Rng } from '@leasehold/kernel';

export interface WorkResult {
  /** Run this key again at this time, unless asked to sooner. */
  readonly againAtMs?: number;
}

export interface WorkQueueOptions {
  /** Names the queue in logs. */
  readonly name?: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  /** Keys worked on at once. */
  readonly parallelism: Bound;
  /** Low keys worked on at once; default: as all others. */
  readonly lowParallelism?: Bound;
  /** Keys known at once: waiting, due and running. */
  readonly capacity: Bound;
  readonly backoff?: BackoffBounds;
  /** How long `close` lets work under way go on before it aborts it, and then waits for it to end. */
  readonly drainMs?: Bound;
  work(key: string, signal: AbortSignal): Promise<WorkResult>;
}

export interface WorkQueue {
  add(
    key: string,
    options?: {
      readonly atMs?: number;
      readonly urgent?: boolean;
      readonly low?: boolean;
      readonly takeover?: boolean;
    },
  ): void;
  /** Keys known: waiting, due and running. */
  size(): number;
  running(): number;
  /** When the key will be worked on next; undefined when it is not waiting. */
  due(key: string): number | undefined;
  /** Keys dropped for want of room, since the start. */
  dropped(): number;
  close(): Promise<void>;
}
