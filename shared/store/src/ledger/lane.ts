/**
 * The queue of one partition: takes what waits, decides it together, commits it, and goes on until nothing waits.
 *
 * 1. One commit of a partition is under way at a time in this process; updates keep the order in which they came.
 * 2. A verdict counts only at a version that the store had at that time: a commit proves it, else the version is confirmed
 *    (not where the store is exclusive: there nobody else can have moved it).
 * 3. A commit whose outcome the store could not tell is sent again with its commit id, which the store answers as it did
 *    the first time; only then is the batch decided anew, from fresh rows. So an update is neither lost nor doubled.
 * 4. Attempts are bounded; beyond them the batch rejects as `Unavailable`, with `unknownOutcome` where that is so.
 * 5. A commit that the store refuses for what it holds is decided again in halves, until the update that it is for stands alone and
 *    rejects alone (L2): what came with it in one batch has nothing to do with it.
 */
import { asFault, backoffMs, type Clock, Fault, type Log, type Rng, unavailable } from '@leasehold/kernel';
import type { CommitOutcome, CommitRequest, Snapshot, Store } from '../port.ts';
import type { LedgerBounds } from './bounds.ts';
import type { SnapshotCache } from './cache.ts';
import { type Decide, type Decided, decideBatch } from './decide.ts';
import { hintsOf } from './hot.ts';
import { type Base, hotOnly, type Reader } from './reader.ts';

export interface Lane {
  push(decide: Decide, need: readonly string[], signal: AbortSignal | undefined): Promise<unknown>;
}

export interface LaneParts {
  readonly partition: string;
  readonly store: Store;
  readonly reader: Reader;
  readonly cache: SnapshotCache;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly log: Log;
  readonly bounds: LedgerBounds;
  commitId(): string;
  committed(now: Snapshot): void;
  /** So many updates have their answer. */
  settled(count: number): void;
  emptied(): void;
}

interface Waiting {
  readonly decide: Decide;
  readonly need: readonly string[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = 'settled' | 'again';

function takeBatch(queue: Waiting[], bounds: LedgerBounds, most: number): Waiting[] {
  let needs = 0;
  let count = 0;
  for (const { need } of queue) {
    needs += need.length;
    if (count > 0 && (count >= most || needs > bounds.batchNeeds)) break;
    count += 1;
  }
  return queue.splice(0, count);
}

function createQueue(settled: (count: number) => void) {
  const queue: Waiting[] = [];
  const push = (decide: Decide, need: readonly string[], signal: AbortSignal | undefined) =>
    new Promise<unknown>((resolve, reject) => {
      const recall = () => {
        // Once its batch is under way an update is past recall; its promise then tells the outcome.
        const index = queue.indexOf(waiting);
        if (index < 0) return;
        queue.splice(index, 1);
        settled(1);
        reject(signal?.reason);
      };
      const done = () => signal?.removeEventListener('abort', recall);
      const waiting: Waiting = {
        decide,
        need,
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', recall, { once: true });
      queue.push(waiting);
    });
  return { queue, push };
}

function requestOf(parts: LaneParts, base: Snapshot, decided: Decided): CommitRequest {
  const { partition, clock } = parts;
  const version = base.version + 1;
  const { put, remove, entries, after } = decided;
  const hints = hintsOf({ partition, version, before: base.rows, put: put.keys(), after, nowMs: clock.now() });
  return {
    partition,
    expectedVersion: base.version,
    commitId: parts.commitId(),
    put: [...put.values()],
    remove: [...remove],
    hints,
    entries,
  };
}

const isAway = (error: unknown): boolean => error instanceof Fault && error.class === 'Unavailable';
const outcomeUnknown = (error: unknown): boolean => error instanceof Fault && error.unknownOutcome;

function createCommitter(parts: LaneParts) {
  const { store, bounds, clock, rng } = parts;
  const pause = (attempt: number) => clock.sleep(backoffMs(attempt, bounds.backoff, rng));
  /** Sends the same commit until its outcome is known (3): a later sending that fails says nothing about the first one. */
  const send = async (request: CommitRequest): Promise<CommitOutcome> => {
    let unknown: Fault | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.commit(request);
      } catch (error) {
        if (outcomeUnknown(error)) unknown = error as Fault;
        if (!unknown) throw error;
        if (!isAway(error)) throw unknown;
        parts.cache.drop(parts.partition);
        if (attempt === 1) parts.log.warn('the outcome of a commit is unknown', { partition: parts.partition });
        if (attempt >= bounds.attempts) throw unknown;
        await pause(attempt);
      }
    }
  };
  return { send, pause };
}

function settleBatch(batch: readonly Waiting[], decided: Decided): void {
  decided.verdicts.forEach((verdict, index) => {
    const { resolve, reject } = batch[index] as Waiting;
    if (verdict.kind === 'result') resolve(verdict.result);
    else reject(verdict.error);
  });
}

function rejectAll(batch: readonly Waiting[], error: unknown, { settled }: LaneParts): void {
  settled(batch.length);
  for (const { reject } of batch) reject(error);
}

const changesNothing = (decided: Decided): boolean =>
  decided.put.size === 0 && decided.remove.size === 0 && decided.entries.length === 0;

/** Whether the store refused what it was given, and would again; what is away or lost says nothing about it. */
const isRefused = (error: unknown): boolean => {
  const fault = asFault(error);
  return (fault.class === 'Invalid' || fault.class === 'Bug') && !fault.unknownOutcome;
};

function contended(parts: LaneParts): Fault {
  const message = `the partition ${parts.partition} changed under each of ${parts.bounds.attempts} attempts`;
  return unavailable(message, { code: 'StoreContended', retryAfterMs: 1_000 });
}

export function createLane(parts: LaneParts): Lane {
  const { partition, store, reader, cache, bounds } = parts;
  const { queue, push } = createQueue(parts.settled);
  const committer = createCommitter(parts);

  const conclude = async (base: Base, decided: Decided): Promise<Outcome> => {
    if (changesNothing(decided)) {
      if (base.age === 'current' || store.exclusive) return 'settled';
      if (await reader.confirm(partition, base.snapshot.version)) return 'settled';
      cache.drop(partition);
      return 'again';
    }
    const outcome = await committer.send(requestOf(parts, base.snapshot, decided));
    if (outcome.kind === 'conflict') {
      cache.drop(partition);
      return 'again';
    }
    const now = hotOnly(outcome.version, decided.after);
    cache.put(partition, now);
    parts.committed(now);
    return 'settled';
  };

  const settle = async (batch: Waiting[]): Promise<void> => {
    const need = [...new Set(batch.flatMap((waiting) => waiting.need))];
    const decides = batch.map(({ decide }) => decide);
    for (let attempt = 1; attempt <= bounds.attempts; attempt++) {
      const base = await reader.base(partition, need);
      const decided = decideBatch(base.snapshot, decides, bounds);
      if ((await conclude(base, decided)) === 'settled') {
        settleBatch(batch, decided);
        const taken = decided.verdicts.length;
        parts.settled(taken);
        queue.unshift(...batch.splice(taken));
        return;
      }
      // A stale cache says nothing about contention: only from the second time on does waiting help.
      if (attempt > 1 || base.age === 'current') await committer.pause(attempt);
    }
    throw contended(parts);
  };

  const run = async () => {
    // A microtask later, so that updates made in one turn are decided in one commit.
    await Promise.resolve();
    for (let most = bounds.batchUpdates; queue.length > 0; ) {
      const batch = takeBatch(queue, bounds, most);
      try {
        await settle(batch);
        most = Math.min(most * 2, bounds.batchUpdates);
      } catch (error) {
        cache.drop(partition);
        const isShared = batch.length > 1 && isRefused(error);
        if (isShared) queue.unshift(...batch);
        else rejectAll(batch, error, parts);
        most = isShared ? Math.ceil(batch.length / 2) : bounds.batchUpdates;
      }
    }
    running = false;
    parts.emptied();
  };
  let running = false;
  return {
    push: (decide, need, signal) => {
      const answer = push(decide, need, signal);
      if (!running) {
        running = true;
        void run();
      }
      return answer;
    },
  };
}
