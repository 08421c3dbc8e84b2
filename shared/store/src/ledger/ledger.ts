/**
 * The ledger over a store: one lane per partition with something queued, one cache, one set of listeners.
 *
 * 1. Implements L1 to L5 of `ledger.port.ts`.
 * 2. Nothing here but promises, the Clock and the Rng: the same inputs in the same order give the same commits.
 */
import { type Clock, type Log, type Rng, silentLog, unavailable } from '@leasehold/kernel';
import type { Ledger, UpdateOptions } from '../ledger.port.ts';
import type { Snapshot, Store } from '../port.ts';
import { LEDGER_BOUNDS, type LedgerBounds } from './bounds.ts';
import { createSnapshotCache } from './cache.ts';
import type { Decide } from './decide.ts';
import { isHot } from './hot.ts';
import { createLane, type Lane } from './lane.ts';
import { createReader } from './reader.ts';

export interface LedgerOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Jitter and commit ids. Replicas on one store need different seeds or a different `writer`. */
  readonly rng: Rng;
  /** Names this process in commit ids: must differ between processes on one store. */
  readonly writer?: string;
  readonly log?: Log;
  readonly bounds?: Partial<LedgerBounds>;
}

type Listener = (partition: string, now: Snapshot) => void;

const hex = (rng: Rng): string =>
  rng
    .int(2 ** 32)
    .toString(16)
    .padStart(8, '0');

function createListeners(log: Log) {
  const listeners = new Set<Listener>();
  return {
    add: (listener: Listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    tell: (partition: string, now: Snapshot) => {
      for (const listener of listeners) {
        try {
          listener(partition, now);
        } catch (error) {
          log.error('a listener to commits failed', { partition, reason: String(error) });
        }
      }
    },
  };
}

export function createLedger(options: LedgerOptions): Ledger {
  const { store, clock, log = silentLog } = options;
  const bounds: LedgerBounds = { ...LEDGER_BOUNDS, ...options.bounds };
  const cache = createSnapshotCache(bounds);
  const reader = createReader(store, cache);
  const listeners = createListeners(log);
  const lanes = new Map<string, Lane>();
  const ids = options.rng.fork('commit-ids');
  const jitter = options.rng.fork('jitter');
  const prefix = options.writer === undefined ? '' : `${options.writer}-`;
  const commitId = () => `${prefix}${hex(ids)}${hex(ids)}${hex(ids)}${hex(ids)}`;
  let pending = 0;

  const laneOf = (partition: string): Lane => {
    const known = lanes.get(partition);
    if (known) return known;
    const lane = createLane({
      partition,
      store,
      reader,
      cache,
      clock,
      rng: jitter,
      log,
      bounds,
      commitId,
      committed: (now) => listeners.tell(partition, now),
      settled: (count) => {
        pending -= count;
      },
      emptied: () => lanes.delete(partition),
    });
    lanes.set(partition, lane);
    return lane;
  };

  const update = (partition: string, decide: Decide, { need = [], signal }: UpdateOptions = {}) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (pending >= bounds.pendingUpdates) {
      const message = `too many updates wait (ledger.pendingUpdates ${bounds.pendingUpdates})`;
      return Promise.reject(unavailable(message, { code: 'StoreUnavailable', retryAfterMs: 1_000 }));
    }
    pending += 1;
    return laneOf(partition).push(
      decide,
      need.filter((key) => !isHot(key)),
      signal,
    );
  };

  return {
    store,
    update: (partition, decide, options) => update(partition, decide, options) as Promise<never>,
    load: async (partition, { need = [], fresh = false, signal } = {}) => {
      const cold = need.filter((key) => !isHot(key));
      const trusted = !fresh && !lanes.has(partition);
      return trusted ? (await reader.base(partition, cold, signal)).snapshot : reader.fresh(partition, cold, signal);
    },
    onCommit: listeners.add,
  };
}
