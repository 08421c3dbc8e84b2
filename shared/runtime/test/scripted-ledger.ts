/**
 * A ledger in memory for this package's own tests: one version per partition, commits that can fail. Not part of the
 * package's interface; the real ledger has tests of its own.
 */
import type { Fault } from '@leasehold/kernel';
import type { Ledger, Snapshot } from '@leasehold/store';

export interface ScriptedLedger {
  readonly ledger: Ledger;
  /** Commits rows as a service would. */
  put(partition: string, rows: Readonly<Record<string, string>>): void;
  rows(partition: string): readonly string[];
  /** As another replica would: no commit of this process tells of it. */
  removeElsewhere(partition: string, key: string): void;
  /** While set, a load has read its rows and waits for this before it answers. */
  holdLoads: Promise<void> | undefined;
  loads: number;
  updates: number;
  /** That loads and updates were given. */
  readonly signals: (AbortSignal | undefined)[];
  /** While set, `load` or `update` fail with it. */
  loadFault: Fault | undefined;
  updateFault: Fault | undefined;
}

export function scriptedLedger(): ScriptedLedger {
  const partitions = new Map<string, Snapshot>();
  const listeners = new Set<(partition: string, now: Snapshot) => void>();
  const of = (partition: string): Snapshot => partitions.get(partition) ?? { version: 0, rows: new Map() };
  const commit = (partition: string, rows: ReadonlyMap<string, string>): void => {
    const now = { version: of(partition).version + 1, rows };
    partitions.set(partition, now);
    for (const listener of listeners) listener(partition, now);
  };
  const ledger: Pick<Ledger, 'load' | 'update' | 'onCommit'> = {
    load: async (partition, options) => {
      scripted.loads += 1;
      scripted.signals.push(options?.signal);
      if (scripted.loadFault) throw scripted.loadFault;
      const snapshot = of(partition);
      await scripted.holdLoads;
      return snapshot;
    },
    update: async (partition, decide, options) => {
      scripted.updates += 1;
      scripted.signals.push(options?.signal);
      if (scripted.updateFault) throw scripted.updateFault;
      const { put = [], remove = [], result } = decide(of(partition));
      const rows = new Map(of(partition).rows);
      for (const { key, value } of put) rows.set(key, value);
      for (const key of remove) rows.delete(key);
      if (put.length + remove.length > 0) commit(partition, rows);
      return result;
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const scripted: ScriptedLedger = {
    ledger: ledger as Ledger,
    loads: 0,
    updates: 0,
    signals: [],
    loadFault: undefined,
    updateFault: undefined,
    put: (partition, rows) => commit(partition, new Map([...of(partition).rows, ...Object.entries(rows)])),
    holdLoads: undefined,
    removeElsewhere: (partition, key) => {
      const { version, rows } = of(partition);
      partitions.set(partition, { version: version + 1, rows: new Map([...rows].filter(([known]) => known !== key)) });
    },
    rows: (partition) => [...of(partition).rows.keys()],
  };
  return scripted;
}
