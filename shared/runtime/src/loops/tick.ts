/**
 * Finds what is due without knowing where. Owns T1 to T4 of tick.port.ts; leaves what is to be done to `onDue`.
 *
 * 1. A page at a time: hints are settled and cleared before the next page is asked for, so that memory is bounded.
 * 2. One hint that cannot be judged does not hold up the others; a store that is away ends the scan.
 */
import { asFault, backoffMs, bound } from '@leasehold/kernel';
import type { DueHint, Snapshot } from '@leasehold/store';
import { createPause } from '../resilience/pause.ts';
import { createOrphans, type Orphans } from './orphans.ts';
import type { Tick, TickBounds, TickOptions, TickState } from './tick.port.ts';

export const TICK_BOUNDS: TickBounds = {
  page: bound('hints per page', 200),
  parallelism: bound('partitions loaded at once by the tick', 8),
  orphanMs: bound('wait for an announced commit ms', 10 * 60_000),
  orphans: bound('hints without a commit', 10_000),
  backoffCapMs: bound('tick backoff cap ms', 30_000),
};

const BACKOFF_BASE_MS = 500;

export function createTick(options: TickOptions): Tick {
  const { clock, rng, log } = options;
  const bounds: TickBounds = { ...TICK_BOUNDS, ...options.bounds };
  const stop = new AbortController();
  const pause = createPause(clock);
  const orphans = createOrphans(clock, bounds);
  let state: TickState = { status: 'starting', since: clock.now() };
  const change = (next: Omit<TickState, 'since'>): void => {
    state = { since: next.status === state.status ? state.since : clock.now(), ...next };
  };
  let failures = 0;
  const turn = async (): Promise<number> => {
    try {
      await scan({ options, bounds, orphans }, stop.signal);
      failures = 0;
      change({ status: 'up', scannedAtMs: clock.now() });
      return options.everyMs.value * (0.9 + 0.2 * rng.next());
    } catch (error) {
      if (stop.signal.aborted) return 0;
      const fault = asFault(error);
      failures += 1;
      const { code, message } = fault;
      const { scannedAtMs } = state;
      change({ status: 'away', ...(scannedAtMs !== undefined && { scannedAtMs }), reason: { code, message } });
      if (fault.class === 'Bug') log.error('tick failed', { err: fault });
      else if (failures === 1) log.warn('tick waits for the store', { err: fault });
      return backoffMs(failures, { baseMs: BACKOFF_BASE_MS, capMs: bounds.backoffCapMs.value }, rng);
    }
  };
  const loop = (async () => {
    while (!stop.signal.aborted) await pause.wait(await turn());
  })();
  return {
    kick: pause.wake,
    state: () => state,
    close: async () => {
      stop.abort(new Error('the tick is closing'));
      pause.wake();
      await loop;
    },
  };
}

interface Scan {
  readonly options: TickOptions;
  readonly bounds: TickBounds;
  readonly orphans: Orphans;
}

async function scan({ options, bounds, orphans }: Scan, signal: AbortSignal): Promise<void> {
  const { store, clock, owns = () => true } = options;
  const untilMs = clock.now();
  orphans.startScan();
  let cursor: string | undefined;
  do {
    const limit = bounds.page.value;
    const page = await store.due({ untilMs, limit, ...(cursor !== undefined && { cursor }) }, signal);
    const done: DueHint[] = [];
    await overPartitions(page.items.filter(owns), bounds.parallelism.value, async (partition, hints) => {
      done.push(...(await settledHints({ options, bounds, orphans }, partition, hints, signal)));
    });
    if (done.length > 0) await store.clear(done, signal);
    cursor = page.next;
  } while (cursor !== undefined && !signal.aborted);
  orphans.endScan();
}

/** Loads each partition once, a bounded number at a time. */
async function overPartitions(
  hints: readonly DueHint[],
  parallelism: number,
  visit: (partition: string, hints: readonly DueHint[]) => Promise<void>,
): Promise<void> {
  const groups = [...Map.groupBy(hints, (hint) => hint.partition)];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let group = groups[next++]; group !== undefined; group = groups[next++]) await visit(...group);
  };
  await Promise.all(Array.from({ length: Math.min(parallelism, groups.length) }, worker));
}

async function settledHints(
  { options, orphans }: Scan,
  partition: string,
  hints: readonly DueHint[],
  signal: AbortSignal,
): Promise<readonly DueHint[]> {
  const { ledger } = options;
  const newest = hints.reduce((version, hint) => Math.max(version, hint.version), 0);
  let snapshot = await ledger.load(partition, { signal });
  if (snapshot.version < newest) snapshot = await ledger.load(partition, { fresh: true, signal });
  const missing = hints.filter((hint) => hint.version > snapshot.version && orphans.isOrphan(hint));
  if (missing.some((hint) => judge(options, hint, snapshot) === 'settled')) {
    const taken = await takeVersion(options, partition, snapshot, signal);
    if (taken) snapshot = taken;
  }
  // The commit that a hint announces may still be on its way: only a version taken by another tells that it never comes.
  return hints.filter((hint) => hint.version <= snapshot.version && judge(options, hint, snapshot) === 'settled');
}

/** A hint that cannot be judged is kept. */
function judge({ log, onDue }: TickOptions, hint: DueHint, snapshot: Snapshot): 'pending' | 'settled' {
  try {
    return onDue(hint, snapshot);
  } catch (error) {
    const { partition, kind } = hint;
    log.error('a hint cannot be judged and is kept', { partition, kind, err: asFault(error) });
    return 'pending';
  }
}

const COMMIT_ID_PARTS = 4;

/** Moves the version on by a commit of nothing. Undefined: somebody else moved it, and the next scan sees what they wrote. */
async function takeVersion(
  { store, rng }: TickOptions,
  partition: string,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  const part = () => rng.int(2 ** 32).toString(36);
  const commitId = `tick-${Array.from({ length: COMMIT_ID_PARTS }, part).join('')}`;
  const nothing = { put: [], remove: [], hints: [], entries: [] };
  const outcome = await store.commit({ partition, expectedVersion: snapshot.version, commitId, ...nothing }, signal);
  return outcome.kind === 'committed' ? { version: outcome.version, rows: snapshot.rows } : undefined;
}
