/**
 * Decides a batch: each update's function on the rows that those before it left (L1), merged into one commit.
 *
 * 1. Pure but for the functions handed in. A function never sees a map that changes later.
 * 2. An update whose function throws, or whose rows no store would take, leaves no trace in the batch (L2).
 * 3. The batch ends before the update that would take it over its bounds; an update too big alone is `Invalid`.
 */
import { bug } from '@leasehold/kernel';
import { checkEntry, checkKey, checkRow, rowWeight } from '../bounds.ts';
import type { Update } from '../ledger.port.ts';
import type { DirectoryEntry, Row, Snapshot } from '../port.ts';
import type { LedgerBounds } from './bounds.ts';
import { isHot, TIMER_PREFIX, timerDueAt } from './hot.ts';

export type Decide = (now: Snapshot) => Update<unknown>;

export type Verdict =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'thrown'; readonly error: unknown };

export interface Decided {
  /** One for each update taken, in order; shorter than the batch when a bound ended it. */
  readonly verdicts: readonly Verdict[];
  readonly put: ReadonlyMap<string, Row>;
  readonly remove: ReadonlySet<string>;
  readonly entries: readonly DirectoryEntry[];
  /** Rows after the batch, those read by `need` included. */
  readonly after: ReadonlyMap<string, string>;
}

function checkUpdate(update: Update<unknown>): void {
  for (const row of update.put ?? []) {
    checkRow(row);
    if (row.ttlMs !== undefined && isHot(row.key)) throw bug(`the hot row ${row.key} cannot have a time to live`);
    if (row.key.startsWith(TIMER_PREFIX)) timerDueAt(row.key, row.value);
  }
  for (const key of update.remove ?? []) {
    checkKey(key);
    if (update.put?.some((row) => row.key === key)) throw bug(`an update puts and removes ${key}`);
  }
  for (const entry of update.entries ?? []) checkEntry(entry);
}

const weigh = (update: Update<unknown>): number => (update.put ?? []).reduce((sum, row) => sum + rowWeight(row), 0);
const changesOf = (update: Update<unknown>): number => (update.put?.length ?? 0) + (update.remove?.length ?? 0);

function startMerge(base: Snapshot) {
  const put = new Map<string, Row>();
  const remove = new Set<string>();
  const entries = new Map<string, DirectoryEntry>();
  let rows: ReadonlyMap<string, string> = base.rows;
  const applyRows = (update: Update<unknown>) => {
    const next = new Map(rows);
    for (const row of update.put ?? []) {
      next.set(row.key, row.value);
      // Removed and set again, so that the order of rows is the order of their last writing.
      put.delete(row.key);
      put.set(row.key, row);
      remove.delete(row.key);
    }
    for (const key of update.remove ?? []) {
      next.delete(key);
      put.delete(key);
      // All hot rows are known, so removing one that is not there needs no tombstone.
      if (!isHot(key) || base.rows.has(key)) remove.add(key);
    }
    rows = next;
  };
  return {
    put,
    remove,
    entries,
    rows: () => rows,
    apply: (update: Update<unknown>) => {
      if (changesOf(update) > 0) applyRows(update);
      for (const entry of update.entries ?? []) {
        entries.set(`${entry.directory}\u0000${entry.name}`, { ...entry, version: base.version + 1 });
      }
    },
  };
}

export function decideBatch(base: Snapshot, batch: readonly Decide[], bounds: LedgerBounds): Decided {
  const merge = startMerge(base);
  const verdicts: Verdict[] = [];
  let bytes = 0;
  let changes = 0;
  for (const decide of batch) {
    try {
      const update = decide({ version: base.version, rows: merge.rows() });
      checkUpdate(update);
      bytes += weigh(update);
      changes += changesOf(update);
      const full = bytes > bounds.batchBytes || changes > bounds.batchChanges;
      if (full && verdicts.length > 0 && changesOf(update) > 0) break;
      merge.apply(update);
      verdicts.push({ kind: 'result', result: update.result });
    } catch (error) {
      verdicts.push({ kind: 'thrown', error });
    }
  }
  const { put, remove } = merge;
  return { verdicts, put, remove, entries: [...merge.entries.values()], after: merge.rows() };
}
