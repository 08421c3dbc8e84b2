/**
 * A store in memory for this package's own tests: what was asked is seen, commits wait and fail on demand, and another replica may be
 * faster. Not part of the package's interface.
 */

import { inSlice } from '../src/key-range.ts';
import type { CommitOutcome, CommitRequest, Slice, Snapshot, Store } from '../src/port.ts';

export interface ScriptedStore {
  readonly store: Store;
  readonly loads: { readonly partition: string; readonly keys: readonly string[]; readonly prefixes: number }[];
  readonly commits: CommitRequest[];
  /** As another replica would. */
  putElsewhere(partition: string, rows: Readonly<Record<string, string>>): void;
  rows(partition: string): Readonly<Record<string, string>>;
  /** While set, a commit waits for it before it is tried, or a load before it answers. */
  commitGate: Promise<void> | undefined;
  loadGate: Promise<void> | undefined;
  /** Throws what a commit fails with, or does what comes before it; absent: nothing. */
  beforeCommit: ((request: CommitRequest) => void) | undefined;
  beforeLoad: ((slices: readonly Slice[]) => void) | undefined;
}

export function scriptedStore(exclusive = false): ScriptedStore {
  const partitions = new Map<string, Snapshot>();
  const of = (partition: string): Snapshot => partitions.get(partition) ?? { version: 0, rows: new Map() };
  const commit = async (request: CommitRequest): Promise<CommitOutcome> => {
    scripted.commits.push(request);
    await scripted.commitGate;
    scripted.beforeCommit?.(request);
    const { partition, expectedVersion, put, remove } = request;
    const { version, rows } = of(partition);
    if (version !== expectedVersion) return { kind: 'conflict' };
    const next = new Map(rows);
    for (const { key, value } of put) next.set(key, value);
    for (const key of remove) next.delete(key);
    partitions.set(partition, { version: version + 1, rows: next });
    return { kind: 'committed', version: version + 1 };
  };
  const load = async (partition: string, slices: readonly Slice[], signal?: AbortSignal): Promise<Snapshot> => {
    signal?.throwIfAborted();
    const keys = slices.flatMap((slice) => ('key' in slice && slice.key !== 'state' ? [slice.key] : []));
    scripted.loads.push({ partition, keys, prefixes: slices.filter((slice) => 'prefix' in slice).length });
    const { version, rows } = of(partition);
    const found = new Map([...rows].filter(([key]) => slices.some((slice) => inSlice(key, slice))));
    scripted.beforeLoad?.(slices);
    await scripted.loadGate;
    return { version, rows: found };
  };
  const scripted: ScriptedStore = {
    store: { kind: 'simulated', exclusive, load, commit } as unknown as Store,
    loads: [],
    commits: [],
    commitGate: undefined,
    loadGate: undefined,
    beforeCommit: undefined,
    beforeLoad: undefined,
    putElsewhere: (partition, more) => {
      const { version, rows } = of(partition);
      partitions.set(partition, { version: version + 1, rows: new Map([...rows, ...Object.entries(more)]) });
    },
    rows: (partition) => Object.fromEntries(of(partition).rows),
  };
  return scripted;
}
