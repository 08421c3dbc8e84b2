/**
 * A tick over hints and versions in memory for this package's own tests: what it scanned, loaded, cleared and committed is seen. Not
 * part of the package's interface.
 */
import { bound, type Fault, seededRng } from '@leasehold/kernel';
import type { DueHint, Snapshot } from '@leasehold/store';
import { type ManualClock, manualClock } from '@leasehold/testing/fakes/manual-clock';
import type { TickBounds, TickOptions } from '../src/loops/tick.port.ts';
import { createTick } from '../src/loops/tick.ts';
import { scriptedLog } from './scripted-log.ts';

const EVERY = bound('every', 10_000);

export interface TickBenchOptions {
  readonly bounds?: Partial<TickBounds>;
  owns?(hint: DueHint): boolean;
  /** What the jitter draws; absent: of a seed. */
  readonly chance?: number;
}

const newWorld = () => ({
  clock: manualClock(1_000_000),
  hints: new Set<DueHint>(),
  versions: new Map<string, number>(),
  /** Of whole scans, when each began. */
  scans: [] as number[],
  /** How many hints each call cleared. */
  cleared: [] as number[],
  commits: [] as string[],
  loads: [] as { readonly partition: string; readonly fresh: boolean }[],
  loading: { now: 0, most: 0, gate: undefined as Promise<void> | undefined },
  /** That loads were given. */
  signals: [] as (AbortSignal | undefined)[],
  asked: [] as string[],
});

interface Faults {
  cached: ReadonlyMap<string, number> | undefined;
  fault: Fault | undefined;
  beforeCommit: () => void;
  verdict: (hint: DueHint, snapshot: Snapshot) => 'pending' | 'settled';
}

type World = ReturnType<typeof newWorld>;

const storeOf = ({ clock, hints, versions, scans, cleared, commits }: World, faults: Faults): TickOptions['store'] => ({
  due: async ({ untilMs, limit, cursor }) => {
    // The first scan begins with the tick: let the test say what it finds.
    await Promise.resolve();
    if (cursor === undefined) scans.push(clock.now());
    if (faults.fault) throw faults.fault;
    const all = [...hints].filter((hint) => hint.dueAtMs <= untilMs && hint.partition > (cursor ?? ''));
    const items = all.sort((a, b) => (a.partition < b.partition ? -1 : 1)).slice(0, limit);
    const last = items.at(-1);
    return { items, ...(all.length > items.length && last && { next: last.partition }) };
  },
  clear: async (gone) => {
    cleared.push(gone.length);
    for (const hint of gone) hints.delete(hint);
  },
  commit: async ({ partition, expectedVersion, commitId, put, remove, hints, entries }) => {
    if (put.length + remove.length + hints.length + entries.length > 0) throw new Error('a commit of something');
    commits.push(commitId);
    faults.beforeCommit();
    if ((versions.get(partition) ?? 0) !== expectedVersion) return { kind: 'conflict' };
    versions.set(partition, expectedVersion + 1);
    return { kind: 'committed', version: expectedVersion + 1 };
  },
});

const ledgerOf = ({ versions, loads, loading, signals }: World, faults: Faults): TickOptions['ledger'] => ({
  load: async (partition, options) => {
    const fresh = options?.fresh ?? false;
    loads.push({ partition, fresh });
    signals.push(options?.signal);
    loading.now += 1;
    loading.most = Math.max(loading.most, loading.now);
    await loading.gate;
    loading.now -= 1;
    const known = fresh ? undefined : faults.cached?.get(partition);
    return { version: known ?? versions.get(partition) ?? 0, rows: new Map() };
  },
});

export function tickBench({ bounds = {}, owns, chance }: TickBenchOptions = {}) {
  const world = newWorld();
  const clock: ManualClock = world.clock;
  const { log, lines: said } = scriptedLog();
  const faults: Faults = {
    cached: undefined,
    fault: undefined,
    beforeCommit: () => undefined,
    verdict: () => 'settled',
  };
  const tick = createTick({
    clock,
    rng: chance === undefined ? seededRng(1) : { ...seededRng(1), next: () => chance },
    log,
    everyMs: EVERY,
    bounds,
    ...(owns ? { owns } : {}),
    store: storeOf(world, faults),
    ledger: ledgerOf(world, faults),
    onDue: (hint, snapshot) => {
      world.asked.push(`${hint.partition}@${snapshot.version}`);
      return faults.verdict(hint, snapshot);
    },
  });
  const add = (partition: string, version = 1, dueAtMs = 0): DueHint => {
    const hint = { kind: 'timer', dueAtMs, partition, version };
    world.hints.add(hint);
    return hint;
  };
  const set =
    <K extends keyof Faults>(name: K) =>
    (next: Faults[K]) => {
      faults[name] = next;
    };
  return {
    ...{ ...world, said, tick, add, setCached: set('cached'), setFault: set('fault') },
    ...{ setBeforeCommit: set('beforeCommit'), setVerdict: set('verdict') },
  };
}
