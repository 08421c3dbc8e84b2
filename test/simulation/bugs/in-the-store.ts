/**
 * Stores that keep less than they promise.
 */
import type { CommitRequest, Store } from '@leasehold/store';
import type { Process } from '@leasehold/testing/world';
import { CONTROL_PARTITION, type ControlState, type TenantState, tenantOfPartition } from '../service.ts';

const committing = (store: Store, commit: Store['commit']): Store => ({ ...store, commit });

export const hintsDropped = (store: Store): Store =>
  committing(store, (request, signal) => store.commit({ ...request, hints: [] }, signal));

export const inboxNotRead = (store: Store): Store => ({
  ...store,
  load: async (partition, slices, signal) => {
    const { version, rows } = await store.load(partition, slices, signal);
    return { version, rows: new Map([...rows].filter(([key]) => !key.startsWith('inbox/'))) };
  },
});

/** Loads the version that is there and writes over it. */
export const lostUpdate = (store: Store): Store =>
  committing(store, async (request, signal) => {
    const outcome = await store.commit(request, signal);
    if (outcome.kind === 'committed') return outcome;
    const { version } = await store.load(request.partition, [], signal);
    const again = await store.commit(
      { ...request, expectedVersion: version, commitId: `${request.commitId}+` },
      signal,
    );
    return again.kind === 'committed' ? { kind: 'committed', version: request.expectedVersion + 1 } : again;
  });

const BACKGROUND_MS = 400;

export const intentAfterEffect = (store: Store, process: Process): Store =>
  committing(store, (request, signal) => {
    if (!beginsSomething(request)) return store.commit(request, signal);
    void process.clock
      .sleep(BACKGROUND_MS)
      .then(() => store.commit(request))
      .catch(() => undefined);
    return Promise.resolve({ kind: 'committed', version: request.expectedVersion + 1 });
  });

const stateIn = (request: CommitRequest): TenantState | undefined => {
  const text = tenantOfPartition(request.partition) && request.put.find(({ key }) => key === 'state')?.value;
  return text ? (JSON.parse(text) as TenantState) : undefined;
};

const beginsSomething = (request: CommitRequest): boolean =>
  stateIn(request)?.records.some(({ intent, status }) => intent !== undefined && status === 'creating') ?? false;

export const generationNotBumped = (store: Store): Store =>
  committing(store, (request, signal) => {
    const put = request.put.map((row) => {
      const state = row.key === 'state' ? stateIn(request) : undefined;
      return state && state.generation > 1
        ? { ...row, value: JSON.stringify({ ...state, generation: state.generation - 1 }) }
        : row;
    });
    return store.commit({ ...request, put }, signal);
  });

const misread = (store: Store, change: (partition: string, state: string) => string): Store => ({
  ...store,
  load: async (partition, slices, signal) => {
    const snapshot = await store.load(partition, slices, signal);
    const text = snapshot.rows.get('state');
    if (text === undefined) return snapshot;
    return { ...snapshot, rows: new Map(snapshot.rows).set('state', change(partition, text)) };
  },
});

/** Who works on a tenant is not read. */
export const claimNotSeen = (store: Store): Store =>
  misread(store, (partition, text) => {
    if (tenantOfPartition(partition) === undefined) return text;
    const { claim: _unseen, ...state } = JSON.parse(text) as TenantState;
    return JSON.stringify(state);
  });

/** The record of the switches is read as if the brake had never counted anything. */
export const brakeForgotten = (store: Store): Store =>
  misread(store, (partition, text) => {
    if (partition !== CONTROL_PARTITION) return text;
    const state = JSON.parse(text) as ControlState;
    return JSON.stringify({ ...state, recent: [], brake: { ...state.brake, shut: false } });
  });

/** Any opening of the brake, however old, counts for what it holds. */
export const heldReleased = (store: Store): Store =>
  misread(store, (partition, text) => {
    if (tenantOfPartition(partition) === undefined) return text;
    const state = JSON.parse(text) as TenantState;
    return state.held ? JSON.stringify({ ...state, held: { ...state.held, openings: -1 } }) : text;
  });
