/**
 * The queue before a file's writer: what waits together is written together, and looks at the file take their turn in it.
 *
 * 1. Units are applied in the order in which they came; one that is refused or fails leaves the others alone.
 * 2. Bounded in units and bytes: beyond it a unit is refused at once as `Unavailable`.
 * 3. A writer that died is started again by whatever comes next.
 */
import { asFault, bound, unavailable } from '@leasehold/kernel';
import { sqliteFault } from './failure.ts';
import type { UnitAnswer, WriteOutcome, WriteUnit } from './protocol.ts';
import type { WriterThread } from './thread.ts';

export const BATCH_UNITS = bound('sqlite.batchUnits', 256);
export const BATCH_BYTES = bound('sqlite.batchBytes', 4 * 1024 * 1024);
export const QUEUE_UNITS = bound('sqlite.queueUnits', 20_000);
export const QUEUE_BYTES = bound('sqlite.queueBytes', 32 * 1024 * 1024);

export interface WriteQueue {
  push(unit: WriteUnit): Promise<WriteOutcome>;
  /** Goes before what waits. */
  check(doubted: boolean): Promise<{ readonly reopened: boolean }>;
  /** Finishes what is queued, then closes. */
  close(): Promise<void>;
}

export interface WriteQueueOptions {
  readonly path: string;
  readonly first: WriterThread;
  readonly start: () => Promise<WriterThread>;
}

interface Check {
  readonly doubted: boolean;
  readonly resolve: (seen: { readonly reopened: boolean }) => void;
  readonly reject: (error: unknown) => void;
}

interface Queued {
  readonly unit: WriteUnit;
  readonly bytes: number;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

function unitBytes(unit: WriteUnit): number {
  let bytes = 64;
  for (const { params = [] } of unit.statements) {
    for (const value of params) {
      bytes += typeof value === 'string' ? value.length * 2 : value instanceof Uint8Array ? value.byteLength : 8;
    }
  }
  return bytes;
}

function settleBatch(file: string, batch: readonly Queued[], answers: readonly UnitAnswer[]): void {
  batch.forEach((queued, index) => {
    const answer = answers[index] as UnitAnswer;
    if (answer.kind === 'failed') queued.reject(sqliteFault(answer.failure, { file }));
    else queued.resolve(answer);
  });
}

/** What waits, within its bounds. */
function createBacklog() {
  let queue: Queued[] = [];
  let queuedBytes = 0;
  return {
    get length() {
      return queue.length;
    },
    /** @throws `Unavailable` beyond the bounds. */
    add: (queued: Queued) => {
      const { bytes } = queued;
      if (queue.length >= QUEUE_UNITS.value || (queue.length > 0 && queuedBytes + bytes > QUEUE_BYTES.value)) {
        const limit = queue.length >= QUEUE_UNITS.value ? QUEUE_UNITS : QUEUE_BYTES;
        const message = `too many writes wait for the disk (${limit.name} ${limit.value})`;
        throw unavailable(message, { code: 'StoreUnavailable', backend: 'sqlite', retryAfterMs: 1_000 });
      }
      queue.push(queued);
      queuedBytes += bytes;
    },
    takeBatch: (): readonly Queued[] => {
      let bytes = 0;
      let count = 0;
      while (count < queue.length && count < BATCH_UNITS.value && (count === 0 || bytes < BATCH_BYTES.value)) {
        bytes += (queue[count] as Queued).bytes;
        count += 1;
      }
      const batch = queue.slice(0, count);
      queue = queue.slice(count);
      queuedBytes -= bytes;
      return batch;
    },
  };
}

export function createWriteQueue({ path, start, first }: WriteQueueOptions): WriteQueue {
  let writer = first;
  let draining: Promise<void> | undefined;
  const backlog = createBacklog();
  const checks: Check[] = [];
  const living = async (): Promise<WriterThread> => {
    if (writer.dead) writer = await start();
    return writer;
  };
  /** One look answers everybody who asked for one meanwhile. */
  const lookAt = async (asked: readonly Check[]): Promise<void> => {
    if (asked.length === 0) return;
    try {
      const seen = await (await living()).check(asked.some(({ doubted }) => doubted));
      for (const { resolve } of asked) resolve(seen);
    } catch (error) {
      for (const { reject } of asked) reject(asFault(error));
    }
  };
  const drain = async () => {
    // A microtask later, so that what one turn of the event loop writes shares one fsync.
    await Promise.resolve();
    while (backlog.length > 0 || checks.length > 0) {
      await lookAt(checks.splice(0));
      const batch = backlog.takeBatch();
      if (batch.length === 0) continue;
      try {
        settleBatch(path, batch, await (await living()).apply(batch.map(({ unit }) => unit)));
      } catch (error) {
        const fault = asFault(error);
        for (const { reject } of batch) reject(fault);
      }
    }
    draining = undefined;
  };
  return {
    push: (unit) =>
      new Promise((resolve, reject) => {
        backlog.add({ unit, bytes: unitBytes(unit), resolve, reject });
        draining ??= drain();
      }),
    check: (doubted) =>
      new Promise((resolve, reject) => {
        checks.push({ doubted, resolve, reject });
        draining ??= drain();
      }),
    close: async () => {
      await draining;
      await writer.close();
    },
  };
}
