/**
 * Which owners there are and what each is said to have: read from the directory by one walk a process, and kept as this
 * process's own commits say. Ceilings, the sweep, and what a service shows or looks for are served from it in memory.
 * It is as old as the last walk, by design; whoever acts on an owner opens its partition first.
 *
 * V1. A walk begins at intervals, or later where the rows of the last one would be more than a minute may read: with a hundred
 *     thousand owners a walk is a share of the store's work that has a bound, however often it is wished for.
 * V2. Who is in the directory no more is dropped at the end of a whole walk; what was noted while it went on is kept.
 * V3. Equal summaries are held once: thousands of settled owners share a few.
 */
import { bound, type Clock } from '@leasehold/kernel';
import type { Store } from '@leasehold/store';
import type { OwnerSummary } from '../model/summary.ts';
import { createHeldObjects } from './held-objects.ts';

/** What a service shows of its inventory. */
export interface InventoryGauges<S extends OwnerSummary> {
  /** Counts the one in place of the other. @returns whether something that is shown may have changed. */
  replace(before: S | undefined, after: S | undefined): boolean;
  publish(): void;
}

/** Nothing is shown. */
const NO_GAUGES: InventoryGauges<OwnerSummary> = { replace: () => false, publish: () => undefined };

export interface Inventory<S extends OwnerSummary = OwnerSummary> {
  /** Owners that are not gone. */
  total(): number;
  /** Called on a commit of this process, so that the own work is seen at once. Undefined: no walk finds it any more. */
  note(ownerId: string, summary: S | undefined): void;
  /** Objects of this kind that owners other than this one hold, or may come to hold. */
  heldByOthers(kind: string, ownerId: string): number;
  /** Walks over the whole directory once. */
  count(signal: AbortSignal): Promise<void>;
  /** Every owner that is known, gone ones too as long as the directory names them; in the order of the last walk. */
  entries(): Iterable<readonly [ownerId: string, summary: S]>;
  /** Resolves when a whole walk has taken place. */
  whenRead(signal: AbortSignal): Promise<void>;
  /** V1: from the end of one walk to the beginning of the next, in milliseconds, when it is wished for at this interval. */
  pauseMs(intervalMs: number): number;
}

const PAGE = 500;
/** Between two pages others get their turn. */
const PAGE_PAUSE = bound('inventory-page-pause-ms', 5);
/** V1. */
const ROWS_A_MINUTE = bound('inventory-rows-per-minute', 60_000);
const MINUTE_MS = 60_000;

export function createInventory<S extends OwnerSummary>(deps: {
  readonly directory: string;
  readonly store: Pick<Store, 'list'>;
  readonly clock: Clock;
  readonly gauges?: InventoryGauges<S>;
}): Inventory<S> {
  const { gauges = NO_GAUGES } = deps;
  const known = new Map<string, S>();
  const objects = createHeldObjects();
  const read = Promise.withResolvers<void>();
  /** V2: noted since the walk began. */
  let noted = new Set<string>();

  /** @returns whether it was news. */
  const keep = (name: string, summary: S | undefined): boolean => {
    const before = known.get(name);
    if (before === summary) return false;
    if (summary === undefined) known.delete(name);
    else known.set(name, summary);
    objects.replace(before, summary);
    return gauges.replace(before, summary);
  };

  /** V3: by text, those of the last walk. */
  let shared: ReadonlyMap<string, S> = new Map();
  const walk = async (signal: AbortSignal): Promise<ReadonlySet<string>> => {
    const seen = new Set<string>();
    const used = new Map<string, S>();
    const summaryOf = (text: string): S => {
      const held = used.get(text) ?? shared.get(text) ?? (JSON.parse(text) as S);
      used.set(text, held);
      return held;
    };
    let cursor: string | undefined;
    do {
      const page = await deps.store.list(deps.directory, { limit: PAGE, ...(cursor ? { cursor } : {}) }, signal);
      for (const { name, summary } of page.items) {
        seen.add(name);
        if (!noted.has(name)) keep(name, summaryOf(summary));
      }
      cursor = page.next;
      if (cursor !== undefined) await deps.clock.sleep(PAGE_PAUSE.value, signal);
    } while (cursor !== undefined);
    shared = used;
    return seen;
  };

  return {
    total: objects.total,
    heldByOthers: (kind, ownerId) => objects.held(kind) - objects.heldBy(known.get(ownerId), kind),
    entries: () => known,
    note: (ownerId, summary) => {
      noted.add(ownerId);
      if (keep(ownerId, summary)) gauges.publish();
    },
    count: async (signal) => {
      noted = new Set();
      const seen = await walk(signal);
      for (const name of [...known.keys()]) if (!seen.has(name) && !noted.has(name)) keep(name, undefined);
      gauges.publish();
      read.resolve();
    },
    whenRead: (signal) => untilAborted(read.promise, signal),
    pauseMs: (intervalMs) => Math.max(intervalMs, (known.size / ROWS_A_MINUTE.value) * MINUTE_MS),
  };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<T>();
  const end = (): void => ended.reject(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return Promise.race([promise, ended.promise]).finally(() => signal.removeEventListener('abort', end));
}
