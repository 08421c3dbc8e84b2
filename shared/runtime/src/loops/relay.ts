/**
 * From committed outbox rows to the bus. Owns R1 to R4 of relay.port.ts; the work queue owns when a partition is worked on,
 * the ledger the rows.
 *
 * 1. Rows are removed by what the update sees, never by what was loaded: a row written meanwhile stays.
 * 2. What the bus has confirmed is remembered until its row is gone, so that a store that is away does not have the same
 *    messages published over and over.
 * 3. A snapshot that is older than one already seen ends no wait: a load may be overtaken by a commit.
 * 4. One relay serves one ledger of a process and all services in it; two would publish each other's rows.
 */
import { bound, unavailable } from '@leasehold/kernel';
import { silentMetrics } from '@leasehold/observability';
import type { Snapshot } from '@leasehold/store';
import { createDrainWaits } from './drain-waits.ts';
import type { Publish, Relay, RelayOptions } from './relay.port.ts';
import { createWorkQueue } from './work-queue.ts';

const PREFIX = 'outbox/';
const ROWS_PER_PASS = bound('outbox rows per pass', 100);
const CAPACITY = bound('partitions with pending output', 50_000);
const BACKOFF = { baseMs: 200, capMs: 30_000 } as const;

const outboxKeys = (snapshot: Snapshot): string[] => {
  const keys: string[] = [];
  for (const key of snapshot.rows.keys()) if (key.startsWith(PREFIX)) keys.push(key);
  return keys;
};

export function createRelay(options: RelayOptions): Relay {
  const { ledger, clock, publisherOf, metrics = silentMetrics } = options;
  const counts = new Map<string, { readonly version: number; readonly count: number }>();
  const confirmed = new Map<string, Map<string, string>>();
  const waits = createDrainWaits();
  let pending = 0;
  const see = (partition: string, snapshot: Snapshot): string[] => {
    const keys = outboxKeys(snapshot);
    const { version, count } = counts.get(partition) ?? { version: 0, count: 0 };
    if (snapshot.version < version) return keys;
    if (keys.length === 0) counts.delete(partition);
    else counts.set(partition, { version: snapshot.version, count: keys.length });
    if (keys.length !== count) {
      pending += keys.length - count;
      metrics.outboxPending.set({}, pending);
    }
    waits.seen(partition, snapshot.rows);
    return keys;
  };
  const work = async (partition: string, signal: AbortSignal): Promise<{ againAtMs?: number }> => {
    const publish = publisherOf(partition);
    if (publish === undefined) return {};
    const snapshot = await ledger.load(partition, { signal });
    const keys = see(partition, snapshot).sort();
    const done = confirmed.get(partition) ?? new Map<string, string>();
    for (const key of done.keys()) if (!snapshot.rows.has(key)) done.delete(key);
    if (keys.length === 0) {
      confirmed.delete(partition);
      return {};
    }
    confirmed.set(partition, done);
    const failure = await publishRows(publish, { partition, keys, snapshot, done }, signal);
    const found = done.size === 0 ? undefined : await removeRows(options, partition, done, signal);
    if (done.size === 0) confirmed.delete(partition);
    if (failure !== undefined) throw failure.error;
    // Nothing removed: another replica was faster, no commit tells of it, so the partition is looked at once more.
    return found === undefined || found.left > 0 || found.removed === 0 ? { againAtMs: clock.now() } : {};
  };
  const queue = createWorkQueue({
    name: 'relay',
    clock,
    rng: options.rng,
    log: options.log,
    parallelism: options.parallelism,
    capacity: options.capacity ?? CAPACITY,
    backoff: options.backoff ?? BACKOFF,
    work,
  });
  const forget = ledger.onCommit((partition, now) => {
    if (publisherOf(partition) && see(partition, now).length > 0) queue.add(partition);
  });
  return {
    nudge: (partition) => {
      if (publisherOf(partition)) queue.add(partition);
    },
    pending: () => pending,
    drained: async (partition, key, signal) => {
      if (!publisherOf(partition)) throw new RangeError(`nobody here publishes the rows of ${partition}`);
      const wait = waits.wait(partition, key, signal);
      queue.add(partition);
      return wait;
    },
    close: async () => {
      forget();
      await queue.close();
      waits.close(unavailable('the relay is closing', { code: 'RelayClosed' }));
    },
  };
}

interface Pass {
  readonly partition: string;
  readonly keys: readonly string[];
  readonly snapshot: Snapshot;
  readonly done: Map<string, string>;
}

/** Publishes in key order and stops at the first failure, so that no row overtakes another. */
async function publishRows(
  publish: Publish,
  { partition, keys, snapshot, done }: Pass,
  signal: AbortSignal,
): Promise<{ readonly error: unknown } | undefined> {
  for (const key of keys.slice(0, ROWS_PER_PASS.value)) {
    const value = snapshot.rows.get(key) as string;
    if (done.get(key) === value) continue;
    try {
      await publish({ partition, key, value }, signal);
    } catch (error) {
      return { error };
    }
    done.set(key, value);
  }
  return undefined;
}

/** @returns rows removed, and rows left as far as the update saw. */
async function removeRows(
  { ledger }: RelayOptions,
  partition: string,
  done: Map<string, string>,
  signal: AbortSignal,
): Promise<{ readonly removed: number; readonly left: number }> {
  const result = await ledger.update(
    partition,
    (now) => {
      const remove = [...done].filter(([key, value]) => now.rows.get(key) === value).map(([key]) => key);
      return { remove, result: { removed: remove.length, left: outboxKeys(now).length - remove.length } };
    },
    { signal },
  );
  done.clear();
  return result;
}
