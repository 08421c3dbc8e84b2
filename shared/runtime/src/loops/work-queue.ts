/**
 * A queue of keys for level-based work. Owns the invariants W1 to W7 of work-queue.port.ts; leaves the order to schedule.ts,
 * the work to the caller, and losing nothing to the hints in the store.
 *
 * 1. `add` never runs work on its own stack.
 */
import { asFault, backoffMs, bound } from '@leasehold/kernel';
import { settlesWithin } from '../resilience/deadline.ts';
import { createSchedule, type Placed, type Places, type Wanted } from './schedule.ts';
import type { WorkQueue, WorkQueueOptions } from './work-queue.port.ts';

const BACKOFF = { baseMs: 250, capMs: 60_000 } as const;
/** A store that is back is noticed by everybody within this time. */
const STORE_CAP_MS = bound('work backoff while the store is away ms', 5_000);
const DRAIN_MS = bound('work drain ms', 5_000);

interface Entry extends Placed {
  readonly key: string;
  running: boolean;
  /** The run under way is a low one, or a takeover. */
  low: boolean;
  takeover: boolean;
  /** Whether its place is one of those for takeovers. */
  takesOver: boolean;
  /** When it is wanted next; while it runs: what was asked for meanwhile, if anything. */
  next: Wanted | undefined;
  failures: number;
  /** A plain `add` does not get in before this: the backoff of the last failure. */
  notBeforeMs: number;
}

const newEntry = (key: string): Entry => ({
  key,
  ticket: 0,
  running: false,
  low: false,
  takeover: false,
  takesOver: false,
  next: undefined,
  failures: 0,
  notBeforeMs: 0,
});

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { clock } = options;
  const entries = new Map<string, Entry>();
  const stop = new AbortController();
  const schedule = createSchedule<Entry>(clock, () => pump());
  let closed = false;
  const places = createPlaces(options);
  let dropped = 0;
  let onIdle: (() => void) | undefined;

  const pump = (): void => {
    while (!closed && places.any()) {
      const entry = schedule.take(places.free());
      if (entry === undefined) {
        schedule.arm();
        return;
      }
      places.take(entry);
      entry.next = undefined;
      void run(entry);
    }
  };
  const run = async (entry: Entry): Promise<void> => {
    const again = await runOnce(entry, options, stop.signal);
    places.give(entry);
    const wanted = merge(again, admitted(entry, entry.next));
    entry.next = wanted;
    if (wanted === undefined || closed) entries.delete(entry.key);
    else schedule.place(entry, wanted);
    pump();
    if (places.running() === 0) onIdle?.();
  };
  const add: WorkQueue['add'] = (key, wish) => {
    if (closed) return;
    const wanted = wantedAs(wish, clock.now());
    const known = entries.get(key);
    if (known === undefined && entries.size >= options.capacity.value) {
      if (dropped++ === 0) warnFull(options);
      return;
    }
    const entry = known ?? newEntry(key);
    if (known === undefined) entries.set(key, entry);
    const merged = merge(entry.next, entry.running ? wanted : admitted(entry, wanted));
    if (merged === undefined || isSame(merged, entry.next)) return;
    entry.next = merged;
    if (entry.running) return;
    schedule.place(entry, merged);
    pump();
  };
  const whenIdle = (): Promise<void> =>
    places.running() === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          onIdle = resolve;
        });
  return {
    add,
    size: () => entries.size,
    running: places.running,
    due: (key) => entries.get(key)?.next?.atMs,
    dropped: () => dropped,
    close: () => {
      closed = true;
      schedule.clear();
      for (const [key, entry] of entries) if (!entry.running) entries.delete(key);
      return drain(options, whenIdle(), stop);
    },
  };
}

const wantedAs = (wish: Parameters<WorkQueue['add']>[1], nowMs: number): Wanted => ({
  atMs: wish?.atMs ?? nowMs,
  urgent: wish?.urgent ?? false,
  low: wish?.low ?? false,
  takeover: wish?.takeover ?? false,
});

/** Who runs now, within the bounds. */
function createPlaces({ parallelism, lowParallelism = parallelism }: WorkQueueOptions) {
  let running = 0;
  let low = 0;
  let takeovers = 0;
  const free = (): Places => ({
    forTakeovers: takeovers < parallelism.value,
    forLow: low < lowParallelism.value,
    forOthers: running - takeovers < parallelism.value,
  });
  return {
    running: () => running,
    free,
    any: () => free().forTakeovers || free().forOthers,
    take: (entry: Entry): void => {
      entry.running = true;
      entry.low = entry.next?.low ?? false;
      entry.takeover = entry.next?.takeover ?? false;
      entry.takesOver = entry.takeover && free().forTakeovers;
      running += 1;
      if (entry.takesOver) takeovers += 1;
      if (entry.low) low += 1;
    },
    give: (entry: Entry): void => {
      entry.running = false;
      running -= 1;
      if (entry.low) low -= 1;
      if (entry.takesOver) takeovers -= 1;
    },
  };
}

async function drain({ clock, drainMs = DRAIN_MS }: WorkQueueOptions, idle: Promise<void>, stop: AbortController) {
  if (await settlesWithin(clock, drainMs.value, idle)) return;
  stop.abort(new Error('the work queue is closing'));
  await settlesWithin(clock, drainMs.value, idle);
}

async function runOnce(entry: Entry, options: WorkQueueOptions, signal: AbortSignal): Promise<Wanted | undefined> {
  try {
    await undefined;
    const { againAtMs } = await options.work(entry.key, signal);
    entry.failures = 0;
    entry.notBeforeMs = 0;
    return againAtMs === undefined
      ? undefined
      : { atMs: againAtMs, urgent: false, low: entry.low, takeover: entry.takeover };
  } catch (error) {
    return signal.aborted ? undefined : afterFailure(entry, error, options);
  }
}

function afterFailure(entry: Entry, error: unknown, options: WorkQueueOptions): Wanted {
  const { clock, log, rng } = options;
  const fault = asFault(error);
  entry.failures += 1;
  const backoff = options.backoff ?? BACKOFF;
  // What ails the store ails every key, and is told where the store is watched.
  const isStore = fault.code === 'StoreUnavailable';
  const capMs = isStore ? Math.min(backoff.capMs, STORE_CAP_MS.value) : backoff.capMs;
  const waitMs = Math.max(backoffMs(entry.failures, { ...backoff, capMs }, rng), fault.retryAfterMs ?? 0);
  entry.notBeforeMs = clock.now() + waitMs;
  const fields = { queue: options.name, key: entry.key, failures: entry.failures, wait_ms: waitMs, err: fault };
  if (fault.class === 'Bug') log.error('work failed', fields);
  else if (entry.failures === 1 && !isStore) log.warn('work failed, tried again later', fields);
  else log.debug('work failed again', fields);
  return { atMs: entry.notBeforeMs, urgent: false, low: entry.low, takeover: entry.takeover };
}

/** The earlier time, urgent or a takeover if one of the two is, and low if both are. */
function merge(a: Wanted | undefined, b: Wanted | undefined): Wanted | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    atMs: Math.min(a.atMs, b.atMs),
    urgent: a.urgent || b.urgent,
    low: a.low && b.low,
    takeover: a.takeover || b.takeover,
  };
}

const isSame = (a: Wanted, b: Wanted | undefined): boolean =>
  a.atMs === b?.atMs && a.urgent === b.urgent && a.low === b.low && a.takeover === b.takeover;

const admitted = (entry: Entry, wanted: Wanted | undefined): Wanted | undefined =>
  wanted === undefined || wanted.urgent || wanted.atMs >= entry.notBeforeMs
    ? wanted
    : { ...wanted, atMs: entry.notBeforeMs };

const warnFull = ({ log, name, capacity }: WorkQueueOptions): void =>
  log.warn('work queue is full: further keys wait for their hints', { queue: name, bound: capacity.name });
