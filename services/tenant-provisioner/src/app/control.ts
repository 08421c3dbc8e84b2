/**
 * The switches of an operator and the brake on mass deletion: one small partition of the service.
 *
 * O1. A switch holds for all replicas; each reads it at least every few seconds.
 * O2. The brake counts deletions that events asked for and that would have an effect. Once more than the bound were asked
 *     for within the window it stays shut until an operator opens it, however long that takes.
 * O3. Asking twice for the same event counts once.
 * O4. The brake is no switch: the mesh shuts it and leaves the operator's switches as they are.
 * O5. What was held goes on only after an opening that came later than the holding. Openings are counted, so that neither a
 *     record that was not read yet nor an old one releases anything, whatever the clocks say.
 * O6. What an operator changes is in the journal of this partition, in the same commit.
 */
import { difference, type JournalRow, journalChange } from '@leasehold/controller';
import { type Bound, bound, type Clock, canonicalJson, isoTime, NEWER_RELEASE, unavailable } from '@leasehold/kernel';
import type { Ledger, Snapshot } from '@leasehold/store';
import type { Context } from '../domain/draft.ts';
import { NAMES, SERVICE } from './partition.ts';

export const CONTROL_PARTITION = `${SERVICE}/control`;

export interface BrakeBounds {
  readonly windowMs: Bound;
  readonly leastDeletions: Bound;
  /** Of all tenants. */
  readonly share: Bound;
}

export const BRAKE_BOUNDS: BrakeBounds = {
  windowMs: bound('deletion-brake-window-ms', 3_600_000),
  leastDeletions: bound('deletion-brake-least', 20),
  share: bound('deletion-brake-share', 0.01),
};

type Switch = 'running' | 'paused';

export interface ControlState {
  readonly v: 1;
  readonly reconcile: Switch;
  readonly deletions: Switch;
  /** How often an operator said `deletions: running`, and whether the mesh has shut it since. */
  readonly brake: { readonly shut: boolean; readonly openings: number };
  readonly backends: Readonly<Record<string, Switch>>;
  /** Deletions by event that were let pass within the window. */
  readonly recent: readonly { readonly key: string; readonly atMs: number }[];
  readonly updatedAtMs: number;
  /** Serial of the last journal row. */
  readonly journal?: number;
}

const EMPTY: ControlState = {
  v: 1,
  reconcile: 'running',
  deletions: 'running',
  brake: { shut: false, openings: 0 },
  backends: {},
  recent: [],
  updatedAtMs: 0,
};

/** Before the first read nothing is known, so nothing is begun and nothing is taken down. */
const UNREAD: ControlState = { ...EMPTY, reconcile: 'paused', deletions: 'paused' };

export interface ControlChange {
  readonly reconcile?: Switch | undefined;
  readonly deletions?: Switch | undefined;
  readonly backends?: Readonly<Record<string, Switch>> | undefined;
}

export interface Control {
  /** As last read; never waits. */
  now(): ControlState;
  refresh(signal?: AbortSignal): Promise<ControlState>;
  write(change: ControlChange, by?: JournalRow['actor'], signal?: AbortSignal): Promise<ControlState>;
  /** Keeps what an operator did to something else that is no tenant's. */
  note(row: Omit<JournalRow, 'at'>, signal?: AbortSignal): Promise<void>;
  /** Whether a deletion that an event asks for may go on; counts it if so. */
  admitDeletion(eventKey: string, tenants: number, signal?: AbortSignal): Promise<Context['brake']>;
  /** Called whenever other switches than before, or an opening of the brake, are known here, whoever set them. @returns the way to stop it */
  onSwitched(listener: () => void): () => void;
}

export function createControl(deps: {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly bounds?: BrakeBounds;
}): Control {
  const { ledger, clock, bounds = BRAKE_BOUNDS } = deps;
  let known = UNREAD;
  let knownVersion = 0;
  // A read may be overtaken by a commit of this process: what is older than what is known is no news (O5).
  const learn = (state: ControlState, version: number): ControlState => {
    if (version < knownVersion) return known;
    const isNews = switchesText(known) !== switchesText(state);
    [known, knownVersion] = [state, version];
    if (isNews) for (const listener of [...switched]) listener();
    return known;
  };
  const switched = new Set<() => void>();
  const options = (signal?: AbortSignal) => (signal ? { signal } : {});
  const update = async <T>(
    change: (state: ControlState) => readonly [ControlState, T, Omit<JournalRow, 'at'>?],
    signal?: AbortSignal,
  ): Promise<T> => {
    const [state, version, result] = await ledger.update(
      CONTROL_PARTITION,
      (now) => {
        const before = read(now);
        const [changed, value, row] = change(before);
        const journal = (before.journal ?? 0) + 1;
        const after = row ? { ...changed, journal } : changed;
        const put = after === before ? [] : [{ key: 'state', value: JSON.stringify(after) }];
        const kept = row ? [journalChange(NAMES, journal, null, { ...row, at: clock.now() })] : [];
        const version = now.version + Math.min(put.length + kept.length, 1);
        const entries = kept.map(({ entry }) => entry);
        return { put: [...put, ...kept.map((each) => each.row)], entries, result: [after, version, value] as const };
      },
      options(signal),
    );
    learn(state, version);
    return result;
  };
  return {
    now: () => known,
    refresh: async (signal) => {
      const now = await ledger.load(CONTROL_PARTITION, { fresh: !ledger.store.exclusive, ...options(signal) });
      return learn(read(now), now.version);
    },
    write: (change, by, signal) =>
      update((state) => {
        const changed = applyChange(state, change, clock.now());
        return [changed, changed, controlRow(state, changed, by)];
      }, signal),
    note: (row, signal) => update((state) => [state, undefined, row], signal),
    admitDeletion: (eventKey, tenants, signal) =>
      update((state) => admit(state, eventKey, tenants, clock.now(), bounds), signal),
    onSwitched: (listener) => subscribe(switched, listener),
  };
}

function subscribe(to: Set<() => void>, listener: () => void): () => void {
  to.add(listener);
  return () => {
    to.delete(listener);
  };
}

const switchesText = ({ reconcile, deletions, backends, brake: { openings } }: ControlState): string =>
  canonicalJson({ reconcile, deletions, backends, openings });

type Stored = Omit<ControlState, 'brake' | 'deletions'> & {
  readonly deletions: Switch | 'braked';
  readonly brake?: ControlState['brake'];
};

/** An earlier release kept the brake in the switch. @throws Fault `Unavailable` (`NewerRelease`) */
const read = (now: Snapshot): ControlState => {
  const text = now.rows.get('state');
  if (text === undefined) return EMPTY;
  const { deletions, brake, ...rest } = JSON.parse(text) as Stored;
  if (rest.v !== 1)
    throw unavailable('the switches were written by a newer release, which has to see to them', {
      code: NEWER_RELEASE,
    });
  const shut = deletions === 'braked';
  return { ...rest, deletions: shut ? 'running' : deletions, brake: brake ?? { shut, openings: 0 } };
};

function applyChange(state: ControlState, change: ControlChange, nowMs: number): ControlState {
  return {
    ...state,
    ...(change.reconcile ? { reconcile: change.reconcile } : {}),
    ...(change.deletions ? { deletions: change.deletions } : {}),
    // Opening the brake forgets what shut it: the operator has looked.
    ...(change.deletions === 'running'
      ? { recent: [], brake: { shut: false, openings: state.brake.openings + 1 } }
      : {}),
    backends: { ...state.backends, ...change.backends },
    updatedAtMs: nowMs,
  };
}

function admit(
  state: ControlState,
  eventKey: string,
  tenants: number,
  nowMs: number,
  bounds: BrakeBounds,
): readonly [ControlState, Context['brake']] {
  const held = { openings: state.brake.openings };
  if (state.recent.some(({ key }) => key === eventKey)) return [state, 'open'];
  if (state.brake.shut) return [state, held];
  const recent = state.recent.filter(({ atMs }) => atMs > nowMs - bounds.windowMs.value);
  const allowed = Math.max(bounds.leastDeletions.value, Math.floor(tenants * bounds.share.value));
  if (recent.length >= allowed)
    return [{ ...state, recent, brake: { ...state.brake, shut: true }, updatedAtMs: nowMs }, held];
  return [{ ...state, recent: [...recent, { key: eventKey, atMs: nowMs }] }, 'open'];
}

const controlRow = (
  before: ControlState,
  after: ControlState,
  actor: JournalRow['actor'] | undefined,
): Omit<JournalRow, 'at'> => ({
  command: { kind: 'control' },
  disposition: 'applied',
  reasons: [],
  ...(actor ? { actor } : {}),
  ...difference(factsOf(before, Object.keys(after.backends)), factsOf(after, Object.keys(after.backends))),
});

/** A backend that was never named runs. */
const factsOf = ({ reconcile, deletions, brake, backends }: ControlState, names: readonly string[]) => ({
  reconcile,
  deletions,
  brake: brake.shut ? 'shut' : 'open',
  ...Object.fromEntries(names.map((name) => [`backends.${name}`, backends[name] ?? 'running'])),
});

export const controlView = (state: ControlState, backends: readonly string[]) => ({
  reconcile: state.reconcile,
  deletions: state.deletions === 'running' && state.brake.shut ? ('braked' as const) : state.deletions,
  brake: state.brake.shut ? ('shut' as const) : ('open' as const),
  backends: Object.fromEntries(backends.map((name) => [name, state.backends[name] ?? 'running'])),
  updated_at: state.updatedAtMs === 0 ? null : isoTime(state.updatedAtMs),
});
