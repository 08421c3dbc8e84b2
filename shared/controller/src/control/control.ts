/**
 * The switches of an operator: one small partition of the service. What a service keeps beside them in the same row, because it has to
 * be decided with them, it hands in as an extension.
 *
 * O1. A switch holds for all replicas; each reads it at least every few seconds.
 * O5. A read may be overtaken by a commit of this process: what is older than what is known is no news.
 * O6. What an operator changes is in the journal of this partition, in the same commit.
 */
import {
  type Clock,
  canonicalJson,
  isoTime,
  type Json,
  type JsonObject,
  NEWER_RELEASE,
  unavailable,
} from '@leasehold/kernel';
import type { Ledger, Snapshot } from '@leasehold/store';
import { difference, type JournalRow, journalChange } from '../rows/journal.ts';
import type { ServiceNames } from '../rows/names.ts';

export type Switch = 'running' | 'paused';

export interface ControlState {
  readonly v: 1;
  readonly reconcile: Switch;
  readonly deletions: Switch;
  readonly backends: Readonly<Record<string, Switch>>;
  readonly updatedAtMs: number;
  /** Serial of the last journal row. */
  readonly journal?: number;
}

export interface ControlChange {
  readonly reconcile?: Switch | undefined;
  readonly deletions?: Switch | undefined;
  readonly backends?: Readonly<Record<string, Switch>> | undefined;
}

/** What a service keeps in the row of its switches. */
export interface ControlExtension<S extends ControlState> {
  /** As it is before anybody wrote. */
  readonly empty: S;
  /** From what is stored, maybe by another release. */
  read(stored: ControlState): S;
  /** What of its own follows from an operator's change. */
  changed(before: S, change: ControlChange): Partial<S>;
  /** What of its own is news to whoever listens to the switches. */
  heardOf(state: S): Json;
  /** What the journal says of it beside the switches. */
  factsOf(state: S): JsonObject;
}

export interface Control<S extends ControlState = ControlState> {
  /** As last read; never waits. */
  now(): S;
  refresh(signal?: AbortSignal): Promise<S>;
  write(change: ControlChange, by?: JournalRow['actor'], signal?: AbortSignal): Promise<S>;
  /** Keeps what an operator did to something else that is no owner's. */
  note(row: Omit<JournalRow, 'at'>, signal?: AbortSignal): Promise<void>;
  /** Any other pure decision on the row. */
  update<R>(decide: (state: S) => readonly [S, R], signal?: AbortSignal): Promise<R>;
  /**
   * Called whenever other switches than before, or what else is heard of, are known here, whoever set them.
   * @returns the way to stop it
   */
  onSwitched(listener: () => void): () => void;
}

export interface ControlDeps {
  readonly names: ServiceNames;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

const EMPTY: ControlState = {
  v: 1,
  reconcile: 'running',
  deletions: 'running',
  backends: {},
  updatedAtMs: 0,
};

/** Switches alone. */
export const SWITCHES: ControlExtension<ControlState> = {
  empty: EMPTY,
  read: (stored) => stored,
  changed: () => ({}),
  heardOf: () => null,
  factsOf: () => ({}),
};

export function createControl<S extends ControlState>(
  { names, ledger, clock }: ControlDeps,
  extension: ControlExtension<S>,
): Control<S> {
  // Before the first read nothing is known, so nothing is begun and nothing is taken down.
  let known: S = { ...extension.empty, reconcile: 'paused' as const, deletions: 'paused' as const };
  let knownVersion = 0;
  const switched = new Set<() => void>();
  const textOf = (state: S): string => canonicalJson([switchesOf(state), extension.heardOf(state)]);
  // O5.
  const learn = (state: S, version: number): S => {
    if (version < knownVersion) return known;
    const isNews = textOf(known) !== textOf(state);
    [known, knownVersion] = [state, version];
    if (isNews) for (const listener of [...switched]) listener();
    return known;
  };
  const options = (signal?: AbortSignal) => (signal ? { signal } : {});
  /** @returns the row as it is kept, and what the decision came to. */
  const commit = async <R>(
    change: (state: S) => readonly [S, R, Omit<JournalRow, 'at'>?],
    signal?: AbortSignal,
  ): Promise<readonly [S, R]> => {
    const [state, version, result] = await ledger.update(
      names.control,
      (now) => {
        const before = read(now, extension);
        const [changed, value, row] = change(before);
        const journal = (before.journal ?? 0) + 1;
        const after = row ? { ...changed, journal } : changed;
        const put = after === before ? [] : [{ key: 'state', value: JSON.stringify(after) }];
        const kept = row ? [journalChange(names, journal, null, { ...row, at: clock.now() })] : [];
        const version = now.version + Math.min(put.length + kept.length, 1);
        const entries = kept.map(({ entry }) => entry);
        return { put: [...put, ...kept.map((each) => each.row)], entries, result: [after, version, value] as const };
      },
      options(signal),
    );
    learn(state, version);
    return [state, result];
  };
  return {
    now: () => known,
    refresh: async (signal) => {
      const now = await ledger.load(names.control, { fresh: !ledger.store.exclusive, ...options(signal) });
      return learn(read(now, extension), now.version);
    },
    write: async (change, by, signal) => {
      const [state] = await commit((before) => {
        const changed = applyChange(before, change, clock.now(), extension);
        return [changed, undefined, controlRow(before, changed, by, extension)];
      }, signal);
      return state;
    },
    note: async (row, signal) => {
      await commit((state) => [state, undefined, row], signal);
    },
    update: async (decide, signal) => (await commit(decide, signal))[1],
    onSwitched: (listener) => subscribe(switched, listener),
  };
}

function subscribe(to: Set<() => void>, listener: () => void): () => void {
  to.add(listener);
  return () => {
    to.delete(listener);
  };
}

const switchesOf = ({ reconcile, deletions, backends }: ControlState): JsonObject => ({
  reconcile,
  deletions,
  backends,
});

/** @throws Fault `Unavailable` (`NewerRelease`) */
function read<S extends ControlState>(now: Snapshot, extension: ControlExtension<S>): S {
  const text = now.rows.get('state');
  if (text === undefined) return extension.empty;
  const stored = JSON.parse(text) as ControlState;
  if (stored.v !== 1)
    throw unavailable('the switches were written by a newer release, which has to see to them', {
      code: NEWER_RELEASE,
    });
  return extension.read(stored);
}

const applyChange = <S extends ControlState>(
  state: S,
  change: ControlChange,
  nowMs: number,
  extension: ControlExtension<S>,
): S => ({
  ...state,
  ...(change.reconcile ? { reconcile: change.reconcile } : {}),
  ...(change.deletions ? { deletions: change.deletions } : {}),
  ...extension.changed(state, change),
  backends: { ...state.backends, ...change.backends },
  updatedAtMs: nowMs,
});

function controlRow<S extends ControlState>(
  before: S,
  after: S,
  actor: JournalRow['actor'] | undefined,
  extension: ControlExtension<S>,
): Omit<JournalRow, 'at'> {
  const names = Object.keys(after.backends);
  const factsOf = (state: S): JsonObject => ({
    reconcile: state.reconcile,
    deletions: state.deletions,
    ...extension.factsOf(state),
    // A backend that was never named runs.
    ...Object.fromEntries(names.map((name) => [`backends.${name}`, state.backends[name] ?? 'running'])),
  });
  return {
    command: { kind: 'control' },
    disposition: 'applied',
    reasons: [],
    ...(actor ? { actor } : {}),
    ...difference(factsOf(before), factsOf(after)),
  };
}

/** As it is shown. */
export const switchesView = (state: ControlState, backends: readonly string[]) => ({
  reconcile: state.reconcile,
  deletions: state.deletions,
  backends: Object.fromEntries(backends.map((name) => [name, state.backends[name] ?? 'running'])),
  updated_at: state.updatedAtMs === 0 ? null : isoTime(state.updatedAtMs),
});
